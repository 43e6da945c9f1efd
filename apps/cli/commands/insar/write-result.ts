/** Files of an inversion: summary, samples, slip, and maps of data, model and residual. @module */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encode } from 'fast-png';
import { encodeGeoTiff } from '../../../../catalogue/export/geotiff.js';
import type { InsarScene } from '../../../../core/waveform.js';
import type { LosTable, TableInversion } from '../../../../models/deformation/invert-tables.js';
import type { InvertResult } from '../../../../models/deformation/invert.js';

/** Writes everything into a folder that exists; the summary last, so that it stands for a whole result. */
export async function writeResult(input: {
  readonly folder: string;
  readonly scenes: readonly InsarScene[];
  readonly tables: readonly LosTable[];
  readonly result: InvertResult | TableInversion;
  readonly summary: unknown;
}): Promise<void> {
  const { folder, scenes, result } = input;
  const put = (name: string, bytes: Uint8Array | string): Promise<void> =>
    writeFile(path.join(folder, name), bytes);
  await put('samples.csv', samplesCsv(result));
  if (result.distributed) await put('slip.json', slipJson(result.distributed.slip));
  for (const [i, scene] of scenes.entries()) {
    const fit = result.scenes[i];
    if (!fit) continue;
    const largest = scene.losM.reduce((m, v) => (Math.abs(v) > m ? Math.abs(v) : m), 0);
    const name = scene.sceneId.replace(/[^A-Za-z0-9._-]/g, '-');
    const maps = { data: scene.losM, model: fit.predictedM, residual: fit.residualM };
    for (const [kind, values] of Object.entries(maps)) {
      await put(`${name}-${kind}.png`, picture(scene, values, largest));
      if (/^EPSG:\d+$/.test(scene.crs)) {
        const { rows, columns, transform, crs } = scene;
        const description = `${kind}, m towards the satellite`;
        await put(
          `${name}-${kind}.tif`,
          encodeGeoTiff({ rows, columns, transform, crs, values, description }),
        );
      }
    }
    await put(`${name}-fringes.png`, picture(scene, fit.predictedM, scene.wavelengthM / 2, true));
  }
  for (const [i, fit] of ('tables' in result ? result.tables : []).entries()) {
    await put(
      `${fit.name.replace(/[^A-Za-z0-9._-]/g, '-')}-fit.csv`,
      pointsCsv(input.tables[i] as LosTable, fit),
    );
  }
  await put('result.json', `${JSON.stringify(input.summary, null, 2)}\n`);
}

function pointsCsv(table: LosTable, fit: TableInversion['tables'][number]): string {
  const rows = Array.from(table.losM, (data, i) =>
    [table.eastM[i], table.northM[i], data, fit.predictedM[i], fit.residualM[i]].join(','),
  );
  return `eastM,northM,dataM,modelM,residualM\n${rows.join('\n')}\n`;
}

function samplesCsv(result: InvertResult): string {
  const width = result.columns.length;
  const rows = Array.from({ length: result.samples.length / width }, (_, i) =>
    [...result.samples.subarray(i * width, (i + 1) * width)].join(','),
  );
  return `${result.columns.join(',')}\n${rows.join('\n')}\n`;
}

function slipJson(slip: NonNullable<InvertResult['distributed']>['slip']): string {
  const { plane, along, down, slipM, slipSdM, rakeDeg, smoothing, abic, momentNm, mw } = slip;
  return `${JSON.stringify({
    ...{ plane, along, down, smoothing, abic, momentNm, mw },
    slipM: [...slipM],
    slipSdM: [...slipSdM],
    rakeDeg: [...rakeDeg],
  })}\n`;
}

/** Blue away, red towards, white zero, up to `limitM`; or fringes of `limitM`. Transparent without data. */
function picture(
  scene: Pick<InsarScene, 'rows' | 'columns'>,
  values: Float32Array,
  limitM: number,
  fringes = false,
): Uint8Array {
  const { rows, columns } = scene;
  const data = new Uint8Array(rows * columns * 4);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    const part = value / (limitM || 1);
    const colour = fringes ? hue(part - Math.floor(part)) : diverging(part);
    data.set([...colour, 255], 4 * i);
  }
  return encode({ width: columns, height: rows, data, channels: 4 });
}

function diverging(part: number): readonly [number, number, number] {
  const size = Math.round(255 * (1 - Math.min(1, Math.abs(part))));
  return part >= 0 ? [255, size, size] : [size, size, 255];
}

function hue(part: number): readonly [number, number, number] {
  const channel = (shift: number): number =>
    Math.round(127.5 * (1 + Math.cos(2 * Math.PI * (part - shift))));
  return [channel(0), channel(1 / 3), channel(2 / 3)];
}
