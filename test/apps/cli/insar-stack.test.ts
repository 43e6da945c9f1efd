import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import { encodeGeoTiff } from '../../../catalogue/export/geotiff.js';
import { readGeoTiff } from '../../../connectors/insar/geotiff-reader.js';
import { towardSatellite } from '../../../connectors/insar/line-of-sight.js';
import { writeLicsarScene } from '../../../connectors/insar/write-licsar.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const home = mkdtempSync(path.join(os.tmpdir(), 'insar-stack-'));
afterAll(() => rmSync(home, { recursive: true }));

async function run(argv: readonly string[]) {
  let [text, errors] = ['', ''];
  const output = {
    write: (part: string) => void (text += part),
    error: (line: string) => void (errors += `${line}\n`),
    isTerminal: false,
  };
  return { code: await runCli({ argv, output }), text, errors };
}

const [ROWS, COLUMNS] = [12, 16];
const DATES = ['2020-01-01', '2020-01-13', '2020-01-25', '2020-02-18', '2020-03-13', '2020-04-06'];
const PAIRS = [
  ...[
    [0, 1],
    [1, 2],
    [0, 2],
    [2, 3],
    [1, 3],
  ],
  ...[
    [3, 4],
    [4, 5],
    [3, 5],
    [2, 4],
  ],
] as const;
/** East and up, mm/yr: grows from the left edge, where nothing moves. */
const motion = (i: number): readonly [number, number] => [3 * (i % COLUMNS), -4 * (i % COLUMNS)];

/** LiCSAR files of ground that moves east and up; coherent, and best in the first pixel. */
async function writeTrack(folder: string, headingDeg: number): Promise<void> {
  const look = towardSatellite({ headingDeg, incidenceDeg: 39 });
  const pixels = ROWS * COLUMNS;
  mkdirSync(folder, { recursive: true });
  for (const [a, b] of PAIRS as readonly (readonly [number, number])[]) {
    const [firstDate, secondDate] = [DATES[a] as string, DATES[b] as string];
    const years = (Date.parse(secondDate) - Date.parse(firstDate)) / 86_400_000 / 365.25;
    const scene = {
      ...{ sceneId: 'made', firstDate, secondDate, rows: ROWS, columns: COLUMNS },
      transform: [20, 0.001, 0, 38, 0, -0.001] as const,
      crs: 'EPSG:4326',
      losM: Float32Array.from({ length: pixels }, (_, i) => {
        const [east, up] = motion(i);
        // Added to all pixels, as an arbitrary constant of the unwrapper.
        return ((east * look[0] + up * look[2]) * years) / 1000 + 0.011;
      }),
      coherence: Float32Array.from({ length: pixels }, (_, i) => (i === 0 ? 0.9 : 0.6)),
      unitVectors: Float32Array.from(
        { length: 3 * pixels },
        (_, i) => look[Math.floor(i / pixels)] as number,
      ),
      wavelengthM: 0.05546576,
      notes: [],
    };
    await writeLicsarScene({ scene, folder, frame: '102A_00000_000000' });
  }
}

const ascending = path.join(home, 'ascending');
const descending = path.join(home, 'descending');
beforeAll(async () => {
  await writeTrack(ascending, -12);
  await writeTrack(descending, -168);
});

interface Summary {
  readonly pairsUsed: number;
  readonly solvedPixels: number;
  readonly rows: number;
  readonly columns: number;
  readonly reference: { readonly row: number; readonly column: number; readonly reason: string };
  readonly velocityMmPerYear: Readonly<Record<'min' | 'max' | 'mean' | 'std', number>>;
  readonly rejectedPixels: Readonly<Record<string, number>>;
  readonly gnss: { readonly offsetMmPerYear: number } | null;
  readonly terms: Readonly<Record<string, { readonly median: number }>>;
}

async function stack(name: string, argv: readonly string[]) {
  const out = path.join(home, name);
  const result = await run(['insar', 'stack', ...argv, '--out', out, '--json']);
  expect(result.errors).not.toContain('What to do');
  expect(result.code).toBe(0);
  return { out, summary: JSON.parse(result.text) as Summary };
}

describe('quakeloom insar stack', () => {
  it('writes velocity, errors, series, QC and report of a folder', async () => {
    const { out, summary } = await stack('plain', [ascending]);
    expect(summary).toMatchObject({ pairsUsed: 9, solvedPixels: ROWS * COLUMNS });
    expect(summary.reference).toMatchObject({ row: 0, column: 0 });
    const look = towardSatellite({ headingDeg: -12, incidenceDeg: 39 });
    const { info, values } = await readGeoTiff(path.join(out, 'velocity.tif'));
    expect(info).toMatchObject({ rows: ROWS, columns: COLUMNS, crs: 'EPSG:4326' });
    values.forEach((v, i) => {
      const [east, up] = motion(i);
      expect(Math.abs(v - (east * look[0] + up * look[2]))).toBeLessThan(1e-3);
    });
    const last = await readGeoTiff(path.join(out, 'series', 'displacement-20200406.tif'));
    expect(last.values[5]).toBeCloseTo(((values[5] as number) * 96) / 365.25, 3);
    const qc = JSON.parse(readFileSync(path.join(out, 'qc.json'), 'utf8')) as {
      pairs: { components: number }[];
      loops: unknown[];
      files: string[];
    };
    expect(qc.loops).toHaveLength(4);
    expect(qc.pairs.every(({ components }) => components === 1)).toBe(true);
    for (const file of qc.files) expect(existsSync(path.join(out, file)), file).toBe(true);
    rmSync(path.join(out, 'report.html'));
    const report = await run(['insar', 'report', out, '--json']);
    expect(report.code).toBe(0);
    const html = readFileSync(path.join(out, 'report.html'), 'utf8');
    for (const part of [
      '<svg',
      'data:image/png;base64,',
      'maxLoopRmsRad',
      'minPairShare',
      '20200101_20200113',
    ]) {
      expect(html).toContain(part);
    }
    expect(html).not.toMatch(/(src|href)="http/);
  });

  it('takes east and up apart with a second track', async () => {
    const out = path.join(home, 'both');
    const result = await run(['insar', 'stack', ascending, descending, '--out', out, '--json']);
    expect(result.code).toBe(0);
    const east = await readGeoTiff(path.join(out, 'east.tif'));
    const up = await readGeoTiff(path.join(out, 'up.tif'));
    const shown = JSON.parse(result.text) as {
      tracks: Summary[];
      decomposition: { pixels: number };
    };
    expect(shown.tracks).toHaveLength(2);
    expect(shown.decomposition.pixels).toBe(ROWS * COLUMNS);
    east.values.forEach((v, i) => expect(Math.abs(v - motion(i)[0])).toBeLessThan(2e-3));
    up.values.forEach((v, i) => expect(Math.abs(v - motion(i)[1])).toBeLessThan(2e-3));
    expect(existsSync(path.join(out, 'track-2', 'report.html'))).toBe(true);
  });

  it('keeps to area, mask, reference, weights, season and stations', async () => {
    const mask = path.join(home, 'mask.tif');
    const values = Float32Array.from({ length: ROWS * COLUMNS }, (_, i) =>
      i % COLUMNS < 6 ? 1 : 0,
    );
    const transform = [20, 0.001, 0, 38, 0, -0.001] as const;
    const grid = { rows: ROWS, columns: COLUMNS, values, transform, crs: 'EPSG:4326' };
    writeFileSync(mask, encodeGeoTiff(grid));
    const stations = path.join(home, 'stations.csv');
    writeFileSync(stations, 'name,x,y,east,north,up\nA,20.0085,37.9955,24,0,-25\n');
    const { out, summary } = await stack('options', [
      ...[ascending, '--area', '20.002,37.99,20.012,37.998', '--reference-xy', '20.0065,37.9935'],
      ...['--weights', 'pixel', '--step', '2020-03-01', '--bootstrap', '20', '--gnss', stations],
    ]);
    expect(summary).toMatchObject({ rows: 8, columns: 10, solvedPixels: 80 });
    expect(summary.reference).toMatchObject({ row: 4, column: 4, reason: 'given in the request' });
    expect(Math.abs(summary.terms['stepMm:2020-03-01']?.median ?? 1)).toBeLessThan(1e-3);
    // The station stands where the map says (24, -32): only its up of -25 differs, by 7 mm/yr times the cosine,
    // beside the motion of the reference itself.
    const look = towardSatellite({ headingDeg: -12, incidenceDeg: 39 });
    const reference = 18 * look[0] - 24 * look[2];
    expect(summary.gnss?.offsetMmPerYear).toBeCloseTo(reference + 7 * look[2], 2);
    expect(existsSync(path.join(out, 'velocity.tif'))).toBe(true);
    const masked = await stack('masked', [ascending, '--mask', mask]);
    expect(masked.summary.solvedPixels).toBe(6 * ROWS);
    expect(masked.summary.rejectedPixels).toEqual({
      'outside the area of interest or masked': 10 * ROWS,
    });
  });

  it('says what to relax when nothing survives, and writes nothing', async () => {
    const out = path.join(home, 'nothing');
    const cases = [
      [['--min-coherence', '0.95'], /minCoherence 0.95.*lower minCoherence to 0\.(899|9) or below/],
      [['--min-pair-coherence', '0.8'], /lower minPairCoherence below 0.60/],
      [['--area', '50,10,51,11'], /holds no pixel of the stack/],
      [['--reference-row', '99', '--reference-column', '0'], /row 99, column 0 is outside 12 x 16/],
      [['--reference-row', '1'], /only one was given/],
      [
        ['--seasonal', '--step', '2020-01-13', '--step', '2020-01-25', '--step', '2020-03-13'],
        /cannot tell/,
      ],
    ] as const;
    for (const [argv, message] of cases) {
      const result = await run(['insar', 'stack', ascending, '--out', out, ...argv]);
      expect(result.code).not.toBe(0);
      expect(result.errors).toMatch(message);
    }
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(home).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('refuses empty folders, single pairs, damaged files and mixed grids', async () => {
    const bad = path.join(home, 'bad');
    mkdirSync(bad);
    const attempt = (...argv: string[]) =>
      run(['insar', 'stack', bad, '--out', path.join(home, 'no'), ...argv]);
    expect((await attempt()).errors).toContain('no unwrapped interferograms');
    const copy = (name: string): void =>
      copyFileSync(path.join(ascending, name), path.join(bad, name));
    for (const part of ['E', 'N', 'U']) copy(`102A_00000_000000.geo.${part}.tif`);
    copy('20200101_20200113.geo.unw.tif');
    expect((await attempt()).errors).toContain('a velocity with an error needs three dates');
    copy('20200113_20200125.geo.unw.tif');
    copy('20200101_20200125.geo.unw.tif');
    expect((await attempt()).code).toBe(0);
    truncateSync(path.join(bad, '20200101_20200125.geo.unw.tif'), 300);
    const damaged = await attempt();
    expect(damaged.code).toBe(1);
    expect(damaged.errors).toContain('20200101_20200125.geo.unw.tif');
    const skipping = await attempt('--skip-damaged', '--json');
    expect(skipping.code).toBe(0);
    expect((JSON.parse(skipping.text) as { skipped: unknown[] }).skipped).toHaveLength(1);
    expect((await run(['insar', 'report', bad])).errors).toContain('it has no qc.json');
    expect((await run(['insar', 'stack', path.join(home, 'nowhere'), '--out', bad])).code).toBe(2);
  });
});

describeWithSamples(
  'insar stack of the samples',
  ['insar/mexico-city-2018/expected.json', 'insar/sydney-small/expected.json'],
  () => {
    it(
      'gives the expected values of Mexico City without any option',
      { timeout: 60_000 },
      async () => {
        const { out, summary } = await stack('mexico', [samplePath('insar/mexico-city-2018')]);
        const expected = JSON.parse(
          readFileSync(samplePath('insar/mexico-city-2018/expected.json'), 'utf8'),
        ) as {
          referencePixel: { row: number; column: number };
          losVelocityMmPerYear: Record<'min' | 'max' | 'mean' | 'std', number>;
          residualRmsMm: number;
          validPixels: number;
          velocityAt: { row: number; column: number; mmPerYear: number }[];
        };
        expect(summary.reference).toMatchObject(expected.referencePixel);
        const { values } = await readGeoTiff(path.join(out, 'velocity.tif'));
        for (const { row, column, mmPerYear } of expected.velocityAt) {
          expect(Math.abs((values[row * 100 + column] as number) - mmPerYear)).toBeLessThan(1e-4);
        }
        const { completePixels } = summary as unknown as {
          completePixels: {
            pixels: number;
            residualRmsMm: number;
            velocityMmPerYear: Record<string, number>;
          };
        };
        expect(completePixels.pixels).toBe(expected.validPixels);
        expect(completePixels.residualRmsMm).toBeCloseTo(expected.residualRmsMm, 5);
        for (const name of ['min', 'max', 'mean', 'std'] as const) {
          const apart =
            (completePixels.velocityMmPerYear[name] as number) -
            expected.losVelocityMmPerYear[name];
          expect(Math.abs(apart), name).toBeLessThan(1e-4);
        }
      },
    );

    it(
      'solves Sydney with its holes, by the wavelength that PyRate left in the files',
      { timeout: 60_000 },
      async () => {
        const { summary } = await stack('sydney', [samplePath('insar/sydney-small')]);
        expect(summary.pairsUsed).toBe(17);
        expect(summary.solvedPixels).toBeGreaterThan(3200);
        expect((summary as unknown as { notes: string[] }).notes).toContain(
          'wavelength 0.0562356424 m',
        );
      },
    );
  },
);
