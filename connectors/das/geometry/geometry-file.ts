/**
 * A CSV that says where the channels of a file without distances lie: a header line, then a line a
 * channel, `channel,distance_m` and, if known, `gauge_length_m`. `channel` is the number of the
 * trace (SEG-Y) or `NET.STA.LOC.CHA`, `STA.CHA` or `STA` (MiniSEED). Lines that begin with # are
 * comments.
 * @module
 */
import { readFile, stat } from 'node:fs/promises';
import { InvalidInputError, UnavailableError } from '../../../core/errors.js';

/** Largest table: 100,000 channels need about 4 MB. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface ChannelTable {
  /** Distance along the fibre, m, by the text of the column `channel`. */
  readonly distancesM: ReadonlyMap<string, number>;
  /** The same for all lines; null when not stated. */
  readonly gaugeLengthM: number | null;
}

/** Reads the table. Throws UnavailableError, InvalidInputError naming the line. */
export async function readChannelTable(path: string): Promise<ChannelTable> {
  const text = await readText(path);
  const lines = text.split(/\r?\n/);
  let columns: { channel: number; distance: number; gauge: number } | null = null;
  const distancesM = new Map<string, number>();
  let gaugeLengthM: number | null = null;
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const cells = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    if (columns === null) {
      columns = columnsOf(path, cells);
      continue;
    }
    const channel = cells[columns.channel] ?? '';
    const distanceM = real(path, i, 'distance_m', cells[columns.distance]);
    if (channel === '') throw invalid(path, i, 'no channel');
    if (distancesM.has(channel)) throw invalid(path, i, `channel '${channel}' stands there twice`);
    distancesM.set(channel, distanceM);
    const gauge = columns.gauge < 0 ? '' : (cells[columns.gauge] ?? '');
    if (gauge !== '') {
      const value = real(path, i, 'gauge_length_m', gauge);
      if (gaugeLengthM !== null && gaugeLengthM !== value) {
        throw invalid(path, i, `gauge length ${value} m, before ${gaugeLengthM} m`);
      }
      gaugeLengthM = value;
    }
  }
  if (distancesM.size === 0) throw invalid(path, 0, 'no channel in the table');
  return { distancesM, gaugeLengthM };
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw invalid(path, 0, `${size} bytes, the limit is ${MAX_BYTES}`);
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof InvalidInputError) throw cause;
    throw new UnavailableError({
      what: path,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: "check the path in the option 'geometryFile'",
      cause,
    });
  }
}

function columnsOf(
  path: string,
  cells: readonly string[],
): { channel: number; distance: number; gauge: number } {
  const find = (...names: string[]): number =>
    cells.findIndex((cell) => names.includes(cell.toLowerCase()));
  const channel = find('channel', 'station', 'id', 'trace');
  const distance = find('distance_m', 'distancem', 'distance');
  if (channel < 0 || distance < 0) {
    throw invalid(path, 0, "the header line needs the columns 'channel' and 'distance_m'");
  }
  return { channel, distance, gauge: find('gauge_length_m', 'gaugelengthm', 'gauge_length') };
}

function real(path: string, line: number, name: string, text: string | undefined): number {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw invalid(path, line, `${name} '${(text ?? '').slice(0, 40)}' is not a number`);
}

function invalid(path: string, line: number, reason: string): InvalidInputError {
  return new InvalidInputError({
    what: `${path} line ${line + 1}`,
    reason,
    remedy: 'write a header line channel,distance_m and a line a channel',
  });
}
