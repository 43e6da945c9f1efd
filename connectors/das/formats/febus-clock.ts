/**
 * The clock of a Febus file: a time a block in, runs of the kept samples out.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { placeOf, type AttributeSet } from '../attributes.js';
import { disagreement, note, type AuditEntry } from '../audit.js';
import type { SampleRun, TimeStamps } from '../clock.js';
import { numbersOf } from './febus-distances.js';
import type { FebusTrim } from './febus-trim.js';
import { statedText } from '../header-fields.js';
import type { Hdf5Reader } from '../../hdf5/hdf5.js';
import { readTimeStamps } from '../time-stamps.js';

/** Gaps that are named one by one. */
const NAMED_GAPS = 5;

/**
 * A block's time is that of its reference, `Origin[1]` ms before which its first sample lies (zero
 * or below). In files that state their version that is the block's middle (febus_optics_lib 1.2.3,
 * `__create_time_vector`, `timestamp_position`), also of blocks whose overlap was cut on writing, of
 * which `Origin` knows nothing. A gap is a step of more than 1.5 kept blocks; where the median step is another than
 * the kept blocks fill, blocks are taken as following each other. Throws CorruptSourceError when
 * there are fewer times than blocks or they do not increase.
 */
export function febusClock(
  reader: Hdf5Reader,
  input: { readonly set: AttributeSet; readonly times: string; readonly trim: FebusTrim },
): { readonly runs: readonly SampleRun[]; readonly audit: readonly AuditEntry[] } {
  const { set, times, trim } = input;
  const { source } = reader;
  const stamps = readTimeStamps(reader, { path: times, ticksPerSecond: 1 });
  if (stamps.offsetsS.length < trim.blockCount || stamps.originNs <= 0n) {
    const reason = `${stamps.offsetsS.length} times for ${trim.blockCount} blocks`;
    throw new CorruptSourceError({ source, at: times, reason });
  }
  const audit: AuditEntry[] = [];
  if (stamps.offsetsS.length > trim.blockCount) {
    const found = { [times]: stamps.offsetsS.length, blocks: trim.blockCount };
    audit.push(disagreement('shape', found, trim.blockCount, 'the first times, one a block'));
  }
  const origin = originOf(set, trim);
  audit.push(...origin.audit);
  const offsetS = origin.seconds + trim.before * trim.stepS;
  const gaps = gapsOf(source, { times, trim, stamps });
  const starts = [0, ...gaps.starts];
  const runs = starts.map((block, i) => ({
    firstIndex: block * trim.kept,
    sampleCount: ((starts[i + 1] ?? trim.blockCount) - block) * trim.kept,
    startNs:
      stamps.originNs + BigInt(Math.round(((stamps.offsetsS[block] as number) + offsetS) * 1e9)),
    rateHz: 1 / trim.stepS,
  }));
  return { runs, audit: [...audit, ...gaps.audit] };
}

/** From a block's time to its first stored sample, s. */
function originOf(
  set: AttributeSet,
  trim: FebusTrim,
): { readonly seconds: number; readonly audit: readonly AuditEntry[] } {
  const originMs = numbersOf(set, 'Origin')[1] ?? 0;
  const stated = (Number.isFinite(originMs) ? originMs : 0) / 1000;
  const place = `${placeOf(set, 'Origin')}[1]`;
  if (stated > 0) {
    const why = 'blocks begin after their time, which no known firmware writes';
    return { seconds: stated, audit: [disagreement('time', { [place]: originMs }, originMs, why)] };
  }
  const middle = (-trim.stored * trim.stepS) / 2;
  const isMiddle = Math.abs(stated - middle) <= trim.stepS;
  if (statedText(set, 'Version') === null || isMiddle) return { seconds: stated, audit: [] };
  const seconds = trim.isCutBefore ? middle : stated;
  const found = { [place]: originMs, 'half a stored block, ms': 1000 * middle };
  const why = trim.isCutBefore
    ? "the overlap was cut on writing: the time is that of the stored block's middle"
    : "the file's origin, though the maker puts the time into the middle of the block";
  return { seconds, audit: [disagreement('time', found, 1000 * seconds, why)] };
}

/** Blocks before which there is a gap. */
function gapsOf(
  source: string,
  input: { times: string; trim: FebusTrim; stamps: TimeStamps },
): { readonly starts: readonly number[]; readonly audit: readonly AuditEntry[] } {
  const { times, trim, stamps } = input;
  const keptS = trim.kept * trim.stepS;
  const steps = new Float64Array(Math.max(0, trim.blockCount - 1));
  for (let i = 0; i < steps.length; i++) {
    steps[i] = (stamps.offsetsS[i + 1] as number) - (stamps.offsetsS[i] as number);
    if (!((steps[i] as number) > 0)) {
      const reason = 'the block is not later than the one before it';
      throw new CorruptSourceError({ source, at: `${times}[${i + 1}]`, reason });
    }
  }
  if (steps.length === 0) return { starts: [], audit: [] };
  const median = steps.slice().sort()[Math.floor(steps.length / 2)] as number;
  if (Math.abs(median - keptS) > Math.max(trim.stepS, 0.25 * keptS)) {
    const found = { [`median step of ${times}`]: median, 'kept samples of a block': keptS };
    const why =
      'the kept samples do not fill the steps between blocks: taken as following each other';
    return { starts: [], audit: [disagreement('time', found, keptS, why)] };
  }
  const starts: number[] = [];
  const audit: AuditEntry[] = [];
  steps.forEach((step, i) => {
    if (step <= 1.5 * keptS) return;
    starts.push(i + 1);
    if (starts.length > NAMED_GAPS) return;
    const found = { [`${times}[${i + 1}]`]: step - keptS };
    const why = `gap of ${(step - keptS).toPrecision(6)} s: a new segment starts there`;
    audit.push(note('gap', found, null, why));
  });
  if (starts.length > NAMED_GAPS) {
    const why = `gaps in all; the first ${NAMED_GAPS} are named`;
    audit.push(note('gap', { [times]: starts.length }, null, why));
  }
  return { starts, audit };
}
