/** A folder written by `insar stack` in, one self-contained HTML page about its quality out. @module */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readGeoTiff } from '../../../../../connectors/insar/geotiff-reader.js';
import { CorruptSourceError, InvalidInputError } from '../../../../../core/errors.js';
import { publishFile } from '../publish.js';
import { parseQc, type StackQc } from './qc-file.js';
import { reportHtml, type ReportMap } from './html.js';
import { seriesOf, type PixelSeries } from './series.js';

/** Maps that the page shows, in this order; those that are not there are left out. */
const MAPS: readonly Pick<ReportMap, 'name' | 'title' | 'units' | 'kind'>[] = [
  { name: 'velocity', title: 'Velocity', units: 'mm/yr', kind: 'diverging' },
  { name: 'velocity-bootstrap-sd', title: 'Bootstrap error', units: 'mm/yr', kind: 'sequential' },
  { name: 'velocity-sd', title: 'Error from scatter', units: 'mm/yr', kind: 'sequential' },
  { name: 'velocity-covariance-sd', title: 'Error from pairs', units: 'mm/yr', kind: 'sequential' },
  { name: 'mean-coherence', title: 'Mean coherence', units: '', kind: 'share' },
  { name: 'temporal-coherence', title: 'Temporal coherence', units: '', kind: 'share' },
  { name: 'residual-rms', title: 'Residual of pairs, rms', units: 'mm', kind: 'sequential' },
  { name: 'loop-rms', title: 'Loop closure, rms', units: 'rad', kind: 'sequential' },
  { name: 'cycle-loops', title: 'Loops off by a cycle', units: 'loops', kind: 'sequential' },
  { name: 'rejection', title: 'Rejected pixels', units: '', kind: 'classes' },
];

/** Writes `report.html` into the folder (or `file`) and gives its path. Throws InvalidInputError without qc.json. */
export async function writeReport(folder: string, file?: string): Promise<string> {
  const qc = parseQc(await readQc(folder), folder);
  const maps: ReportMap[] = [];
  for (const map of MAPS) {
    if (!qc.files.includes(`${map.name}.tif`)) continue;
    maps.push({ ...map, ...(await readMap(folder, `${map.name}.tif`, qc)) });
  }
  const velocity = maps.find(({ name }) => name === 'velocity');
  const series: readonly PixelSeries[] = velocity
    ? await seriesOf(qc, velocity.values, (name) => readMap(folder, name, qc))
    : [];
  const target = file ?? path.join(folder, 'report.html');
  await publishFile(target, reportHtml({ qc, maps, series }));
  return target;
}

async function readQc(folder: string): Promise<string> {
  try {
    return await readFile(path.join(folder, 'qc.json'), 'utf8');
  } catch (cause) {
    throw new InvalidInputError({
      what: `folder ${folder}`,
      reason: 'it has no qc.json',
      remedy: 'give a folder that `quakeloom insar stack` wrote',
      cause,
    });
  }
}

async function readMap(
  folder: string,
  name: string,
  qc: StackQc,
): Promise<{ readonly values: Float32Array }> {
  const { info, values } = await readGeoTiff(path.join(folder, name));
  if (info.rows !== qc.rows || info.columns !== qc.columns) {
    throw new CorruptSourceError({
      source: name,
      at: 'TIFF tags 256 and 257',
      reason: `it has ${info.rows} x ${info.columns} pixels, qc.json says ${qc.rows} x ${qc.columns}`,
    });
  }
  return { values: Float32Array.from(values) };
}
