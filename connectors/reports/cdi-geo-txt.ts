/**
 * USGS `cdi_geo.txt` (also `cdi_geo_1km.txt`, `cdi_zip.txt`): felt boxes as comma-separated text
 * under a `# Columns:` line, in; report table of felt cells out. The boxes are those of the event's
 * default grid, so their size is read from each name.
 * @module
 */
import { z } from 'zod';
import type { Connector, Scan, SourceFile } from '../../core/connector.js';
import { CorruptSourceError } from '../../core/errors.js';
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

const FORMAT = 'reports/cdi-geo-txt';
/** Half diagonal assumed where a row names a postal code or city, km. */
const PLACE_RADIUS_KM = 3;
/** Names of the columns in the years of the product, in lower case. */
const COLUMNS = {
  box: ['geocoded box', 'zip/location', 'utm', 'location'],
  intensity: ['cdi'],
  responses: ['no. of responses', 'nresp', 'responses'],
  latitude: ['latitude', 'lat'],
  longitude: ['longitude', 'lon'],
  suspect: ['suspect?', 'suspect'],
} as const;

const ROW = z.object({
  box: z.string().min(1),
  intensity: z.coerce.number().min(0).max(12),
  responses: z.coerce.number().int().min(1),
  latitude: z.coerce.number().pipe(latitude),
  longitude: z.coerce.number().pipe(longitude),
});

type ColumnName = keyof typeof COLUMNS;

/** Felt boxes; rows marked suspect are refused with that reason. The product has no times. */
export const cdiGeoTxtConnector: Connector = {
  format: FORMAT,
  source: 'reports',
  title: 'USGS Did You Feel It?, cdi_geo.txt',
  probe: (file) => {
    const head = Buffer.from(file.head).toString('latin1');
    const isTable = /^\uFEFF?\s*(?:#[^\n]*\n)*?#?\s*Columns:[^\n]*\bCDI\b/i.test(head);
    return Promise.resolve(isTable ? 0.9 : 0);
  },
  scan: async (file) => boxScan(await collectBoxes(file)),
  read: async ({ file }) => {
    const collected = await collectBoxes(file);
    return collectedTable({ collected, scan: boxScan(collected), window: null });
  },
};

async function collectBoxes(file: SourceFile): Promise<Collected> {
  const collected = collector();
  const seen = new Set<string>();
  let columns: ReadonlyMap<ColumnName, number> | null = null;
  for await (const line of textLines({ path: file.path })) {
    const at = `line ${line.number}`;
    if (line.text?.trim() === '') continue;
    const header = /^#?\s*Columns:(.*)$/i.exec(line.text ?? '')?.[1];
    if (header !== undefined) {
      columns = columnsOf(header, file.path, at);
      continue;
    }
    if (line.text?.startsWith('#')) continue;
    if (columns === null) {
      throw new CorruptSourceError({
        source: file.path,
        at,
        reason: 'no "# Columns:" line before the first box',
      });
    }
    const fields = line.text === null ? null : csvFields(line.text);
    if (fields === null) {
      collected.reject({ at, reason: 'not readable as CSV' });
      continue;
    }
    const value = (name: ColumnName): string => fields[columns?.get(name) ?? -1]?.trim() ?? '';
    const parsed = ROW.safeParse({
      box: value('box'),
      intensity: numberText(value('intensity')),
      responses: numberText(value('responses')),
      latitude: numberText(value('latitude')),
      longitude: numberText(value('longitude')),
    });
    if (!parsed.success) {
      collected.reject({ at, reason: zodReason(parsed.error) });
      continue;
    }
    const row = parsed.data;
    if (/^(1|true|yes)$/i.test(value('suspect'))) {
      collected.reject({ at, reason: 'marked suspect by USGS' });
      continue;
    }
    if (seen.has(row.box)) {
      collected.reject({ at, reason: `box ${row.box} stands in the file twice` });
      continue;
    }
    seen.add(row.box);
    const sizeM = Number(/UTM:\([^)]*\s(\d+)\)/.exec(row.box)?.[1] ?? Number.NaN);
    const isFelt = row.intensity > 1;
    collected.take({
      kind: 'felt-cell',
      sourceId: row.box,
      timeNs: null,
      latitude: row.latitude,
      longitude: row.longitude,
      radiusKm: Number.isFinite(sizeM) ? (sizeM / 1000) * Math.SQRT1_2 : PLACE_RADIUS_KM,
      intensity: row.intensity,
      felt: isFelt ? row.responses : 0,
      notFelt: isFelt ? 0 : row.responses,
    });
  }
  return collected.result();
}

/** An empty field is no zero. */
function numberText(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function columnsOf(header: string, source: string, at: string): ReadonlyMap<ColumnName, number> {
  const names = (csvFields(header) ?? []).map((name) => name.trim().toLowerCase());
  const columns = new Map<ColumnName, number>();
  for (const [column, spellings] of Object.entries(COLUMNS)) {
    const found = names.findIndex((name) => (spellings as readonly string[]).includes(name));
    if (found >= 0) columns.set(column as ColumnName, found);
    else if (column !== 'suspect') {
      throw new CorruptSourceError({ source, at, reason: `no column "${spellings[0]}"` });
    }
  }
  return columns;
}

function boxScan(collected: Collected): Scan {
  return feltCellScan({
    format: FORMAT,
    collected,
    name: 'boxes',
    remarks: ['the product has no times: it belongs to the event it was downloaded for'],
  });
}
