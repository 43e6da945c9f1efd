/**
 * Times of posts as CSV (`time_utc`, optionally `lat`, `lon`, and flags about the text that was
 * never stored) in, report table of the posts that may come from people who felt shaking out.
 * @module
 */
import type { Connector, Scan, SourceFile } from '../../core/connector.js';
import { CorruptSourceError } from '../../core/errors.js';
import type { ReportItem } from '../../core/waveform.js';
import {
  collectedTable,
  collector,
  coveredWindow,
  instantNames,
  postTimeNs,
  type Collected,
} from './collect.js';
import { csvFields, csvMark, plainNumber, type CsvMark } from './csv.js';
import { textLines, utf16Of } from './lines.js';

const FORMAT = 'reports/post-times-csv';

const TIME_COLUMNS = ['time_utc', 'timestamp_utc', 'time', 'timestamp'] as const;
const NUMBER_COLUMNS = ['lat', 'lon', 'radius_km', 'n_words'] as const;
const FLAG_COLUMN = /^(has|in)_[a-z_]+$/;

/**
 * Rules of USGS Tweet Earthquake Dispatch (Earle et al. 2011) that keep the posts of people who
 * felt something: the word "earthquake", at most seven words, no link, no magnitude. The first rule
 * that a row breaks drops it; a rule whose column is missing drops nothing.
 */
const FELT_RULES: readonly {
  readonly name: string;
  readonly column: string;
  readonly keeps: (value: number) => boolean;
}[] = [
  { name: 'no earthquake word', column: 'has_eq_word', keeps: (value) => value === 1 },
  { name: 'has a link', column: 'has_url', keeps: (value) => value === 0 },
  { name: 'has a magnitude', column: 'has_magnitude', keeps: (value) => value === 0 },
  { name: 'more than 7 words', column: 'n_words', keeps: (value) => value <= 7 },
];

interface CollectedPosts extends Collected {
  readonly rows: number;
  /** Number of rows each rule dropped, by its name. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly columns: readonly string[];
}

/** Post times. Only files whose columns are all known are taken: other CSV may mean anything. */
export const postTimesCsvConnector: Connector = {
  format: FORMAT,
  source: 'reports',
  title: 'Times of posts, CSV',
  probe: (file) => Promise.resolve(probeCsv(file)),
  scan: async (file) => csvScan(await collectRows(file)),
  read: async ({ file, window }) => {
    const collected = await collectRows(file);
    return collectedTable({ collected, scan: csvScan(collected), window });
  },
};

function probeCsv(file: SourceFile): number {
  const head = new TextDecoder(utf16Of(file.head) ?? 'utf-8').decode(file.head);
  const [header = '', ...rows] = head.split(/\r?\n/);
  const columns = knownColumns(header);
  if (columns === null) return 0;
  const mark = csvMark(header);
  const time = timeColumn(columns);
  // The last line of the head may be cut; one good time is enough.
  const good = rows.some((row) => postTimeNs(csvFields(row, mark)?.[time] ?? '') !== null);
  return good ? 0.8 : 0;
}

/** Column names in lower case; null unless there is a time and nothing unknown. */
function knownColumns(header: string): string[] | null {
  const names = csvFields(header.replace(/^\uFEFF/, ''), csvMark(header));
  const columns = names?.map((name) => name.trim().toLowerCase());
  if (!columns || timeColumn(columns) < 0) return null;
  const known = [...TIME_COLUMNS, ...NUMBER_COLUMNS] as readonly string[];
  return columns.every((name) => known.includes(name) || FLAG_COLUMN.test(name)) ? columns : null;
}

function timeColumn(columns: readonly string[]): number {
  return columns.findIndex((name) => (TIME_COLUMNS as readonly string[]).includes(name));
}

async function collectRows(file: SourceFile): Promise<CollectedPosts> {
  const collected = collector();
  const nameOf = instantNames();
  const dropped: Record<string, number> = {};
  let columns: readonly string[] | null = null;
  let mark: CsvMark = ',';
  let rows = 0;
  for await (const line of textLines({ path: file.path })) {
    if (columns === null) {
      columns = knownColumns(line.text ?? '');
      mark = csvMark(line.text ?? '');
      if (columns !== null) continue;
      throw new CorruptSourceError({
        source: file.path,
        at: 'line 1',
        reason: `no header of known columns with one of ${TIME_COLUMNS.join(', ')}`,
      });
    }
    if (line.text?.trim() === '') continue;
    rows++;
    const row = parseRow(columns, mark, line.text);
    if (typeof row === 'string') {
      collected.reject({ at: `line ${line.number}`, reason: row });
      continue;
    }
    const broken = FELT_RULES.find(
      ({ column, keeps }) => row.numbers[column] !== undefined && !keeps(row.numbers[column]),
    );
    if (broken) dropped[broken.name] = (dropped[broken.name] ?? 0) + 1;
    else collected.take(rowItem(row, nameOf(row.timeNs)));
  }
  return { ...collected.result(), rows, dropped, columns: columns ?? [] };
}

interface Row {
  readonly timeNs: bigint;
  /** Values of the filled columns other than the time. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** The checked row, or why it is refused. */
function parseRow(columns: readonly string[], mark: CsvMark, text: string | null): Row | string {
  const fields = text === null ? null : csvFields(text, mark);
  if (fields === null) return 'not readable as CSV';
  if (fields.length !== columns.length) {
    return `${fields.length} fields, the header has ${columns.length}`;
  }
  const time = timeColumn(columns);
  const timeNs = postTimeNs(fields[time] as string);
  if (timeNs === null) return `${columns[time]}: not an ISO-8601 time with zone`;
  const numbers: Record<string, number> = {};
  for (const [i, name] of columns.entries()) {
    const field = (fields[i] as string).trim();
    if (i === time || field === '') continue;
    const value = /^(true|false)$/i.test(field)
      ? Number(/^true$/i.test(field))
      : Number(plainNumber(field, mark));
    if (!Number.isFinite(value)) return `${name}: not a number`;
    numbers[name] = value;
  }
  return placeProblem(numbers) ?? { timeNs, numbers };
}

function placeProblem({ lat, lon }: Readonly<Record<string, number>>): string | null {
  if ((lat === undefined) !== (lon === undefined)) return 'lat and lon must come together';
  if (lat !== undefined && Math.abs(lat) > 90) return 'lat: outside -90 to 90';
  if (lon !== undefined && (lon < -180 || lon > 360)) return 'lon: outside -180 to 360';
  return null;
}

function rowItem(row: Row, sourceId: string): ReportItem {
  return {
    kind: 'post',
    sourceId,
    timeNs: row.timeNs,
    latitude: row.numbers['lat'] ?? null,
    longitude: row.numbers['lon'] ?? null,
    radiusKm: row.numbers['radius_km'] ?? null,
    intensity: null,
    felt: 1,
    notFelt: 0,
  };
}

function csvScan(collected: CollectedPosts): Scan {
  const { items, rows, dropped, columns } = collected;
  const lacking = FELT_RULES.filter(({ column }) => !columns.includes(column));
  return {
    format: FORMAT,
    source: 'reports',
    window: coveredWindow(items),
    facts: {
      rows,
      posts: items.length,
      dropped,
      placed: items.filter((item) => item.latitude !== null).length,
      rejected: collected.rejectedCount,
    },
    audit: [
      ...Object.entries(dropped).map(
        ([rule, count]) => `${count} of ${rows} rows dropped: ${rule}`,
      ),
      ...(lacking.length === 0
        ? []
        : [`rules not applied, column missing: ${lacking.map(({ column }) => column).join(', ')}`]),
      ...(collected.rejectedCount === 0
        ? []
        : [`${collected.rejectedCount} rows refused, first: ${collected.rejected[0]?.reason}`]),
    ],
  };
}
