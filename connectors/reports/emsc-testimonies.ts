/**
 * EMSC felt reports of one event (`<unid>.txt` or `.csv` of testimonies-ws 1.1: `#<unid>`, comments, then
 * `longitude,latitude,iraw,icorr`, a line a testimony) in, report table of felt cells out. Testimonies of
 * a hundredth of a degree are one cell of their mean corrected intensity (Bossu et al. 2017): nobody's
 * exact place goes further.
 * @module
 */
import { z } from 'zod';
import type { Connector, Scan, SourceFile } from '../../core/connector.js';
import { CorruptSourceError } from '../../core/errors.js';
import { KM_PER_DEGREE } from '../../core/geo.js';
import {
  collectedTable,
  collector,
  feltCellScan,
  latitude,
  longitude,
  zodReason,
  type Collected,
} from './collect.js';
import { csvFields } from './csv.js';
import { textLines } from './lines.js';

const FORMAT = 'reports/emsc-testimonies';
const HEADER = /^#?\s*longitude\s*,\s*latitude\s*,\s*iraw\s*,\s*icorr\b/im;
const CELL_DEG = 0.01;

const ROW = z.object({
  longitude: z.coerce.number().pipe(longitude),
  latitude: z.coerce.number().pipe(latitude),
  raw: z.coerce.number().min(1).max(12),
  corrected: z.coerce.number().min(0).max(12),
});

interface Cell {
  readonly latitude: number;
  readonly longitude: number;
  sum: number;
  felt: number;
  notFelt: number;
}

/** Cells of testimonies; raw intensity 1 is "not felt". The file has no times. */
export const emscTestimoniesConnector: Connector = {
  format: FORMAT,
  source: 'reports',
  title: 'EMSC felt reports (testimonies)',
  probe: (file) => Promise.resolve(HEADER.test(Buffer.from(file.head).toString('utf8')) ? 0.9 : 0),
  scan: async (file) => cellScan(await collectCells(file)),
  read: async ({ file, window }) => {
    const collected = await collectCells(file);
    return collectedTable({ collected, scan: cellScan(collected), window });
  },
};

async function collectCells(file: SourceFile): Promise<Collected> {
  const collected = collector();
  const cells = new Map<string, Cell>();
  let isTable = false;
  for await (const line of textLines({ path: file.path })) {
    const at = `line ${line.number}`;
    const text = line.text?.trim();
    if (text === '') continue;
    if (HEADER.test(text ?? '')) {
      isTable = true;
      continue;
    }
    if (text?.startsWith('#') === true) continue;
    if (!isTable) {
      const reason = 'no line "longitude,latitude,iraw,icorr" before the first testimony';
      throw new CorruptSourceError({ source: file.path, at, reason });
    }
    const fields = text === undefined ? null : csvFields(text);
    if (fields === null || fields.length !== 4 || fields.some((field) => field.trim() === '')) {
      collected.reject({ at, reason: 'not four fields' });
      continue;
    }
    const [lon, lat, raw, corrected] = fields;
    const parsed = ROW.safeParse({ longitude: lon, latitude: lat, raw, corrected });
    if (parsed.success) addTestimony(cells, parsed.data);
    else collected.reject({ at, reason: zodReason(parsed.error) });
  }
  for (const [name, cell] of cells) {
    const people = cell.felt + cell.notFelt;
    collected.take({
      kind: 'felt-cell',
      sourceId: `emsc ${name}`,
      timeNs: null,
      latitude: cell.latitude,
      longitude: cell.longitude,
      radiusKm: CELL_DEG * KM_PER_DEGREE * Math.SQRT1_2,
      intensity: Number((cell.sum / people).toFixed(2)),
      felt: cell.felt,
      notFelt: cell.notFelt,
    });
  }
  return collected.result();
}

function addTestimony(cells: Map<string, Cell>, row: z.infer<typeof ROW>): void {
  const [lat, lon] = [row.latitude, row.longitude].map((v) => Number(v.toFixed(2))) as [
    number,
    number,
  ];
  const name = `${lat} ${lon}`;
  let cell = cells.get(name);
  if (!cell) {
    cells.set(name, (cell = { latitude: lat, longitude: lon, sum: 0, felt: 0, notFelt: 0 }));
  }
  const isFelt = row.raw > 1;
  cell.sum += isFelt ? Math.max(1, row.corrected) : 1;
  if (isFelt) cell.felt++;
  else cell.notFelt++;
}

function cellScan(collected: Collected): Scan {
  return feltCellScan({
    format: FORMAT,
    collected,
    name: 'cells',
    remarks: ['testimonies have no times: they belong to the event that the file names'],
  });
}
