/**
 * NonLinLoc phase files (`NLLOC_OBS`; NonLinLoc manual, "Phase file formats"): text in, readings of
 * each event out.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import type { EventReadings, PhaseReading } from '../../core/picks.js';
import { ignoredRows, phaseKind } from './phase-names.js';
import { dayS } from './time-text.js';

/** Errors from here on mean "not used" in NonLinLoc. */
const UNUSED_ERROR_S = 999;
const COLUMNS = 11;
/** Lines of hypocentre files around their PHASE blocks, and notes of the phase file itself. */
const KEYWORD =
  /^(#|PUBLIC_ID|PHASE\b|END_PHASE|END_NLLOC|NLLOC\b|SIGNATURE|COMMENT|GRID|SEARCH|HYPOCENTER|GEOGRAPHIC|QUALITY|VPVSRATIO|STATISTICS|STAT_GEOG|TRANSFORM|QML_|FOCALMECH|SCATTER|END_SCATTER|EDT|COMPLEX|ORIGIN)/;

/**
 * Events are separated by blank lines; `PUBLIC_ID name` before the phases names one. Columns:
 * station, instrument, component, onset, phase, first motion, yyyymmdd, hhmm, seconds, error type,
 * error (s), coda, amplitude, period and optionally a prior weight. Phases of weight 0 or with an
 * error of 999 s and more are ignored with that reason, phases other than P and S too. Throws
 * CorruptSourceError naming the line, UnsupportedSourceError for a file without phases.
 */
export function parseNllObs(input: {
  readonly source: string;
  readonly text: string;
}): EventReadings[] {
  const events: EventReadings[] = [];
  let readings: PhaseReading[] = [];
  let ignored = ignoredRows();
  let name: string | null = null;
  const finish = (): void => {
    if (readings.length > 0 || ignored.list().length > 0) {
      events.push({
        eventId: name ?? `event-${events.length + 1}`,
        readings,
        ignored: ignored.list(),
      });
      name = null;
    }
    readings = [];
    ignored = ignoredRows();
  };
  input.text.split(/\r?\n/).forEach((line, i) => {
    const text = line.trim();
    if (text === '') return finish();
    if (KEYWORD.test(text)) {
      const id = /^PUBLIC_ID\s+(\S+)/.exec(text)?.[1];
      if (id !== undefined) {
        finish();
        name = id;
      }
      return;
    }
    const reading = readPhase(input.source, i + 1, text.split(/\s+/));
    if (typeof reading === 'string') ignored.add(reading);
    else readings.push(reading);
  });
  finish();
  if (events.length > 0) return events;
  throw new UnsupportedSourceError({
    source: input.source,
    reason: 'it has no phases',
    remedy: 'give a NonLinLoc phase file (NLLOC_OBS) or QuakeML with picks',
  });
}

/** A reading, or why the line is ignored. */
function readPhase(source: string, line: number, cells: readonly string[]): PhaseReading | string {
  const fail = (reason: string): CorruptSourceError =>
    new CorruptSourceError({ source, at: `line ${line}`, reason });
  if (cells.length < COLUMNS) {
    throw fail(`${cells.length} columns where a NonLinLoc phase has at least ${COLUMNS}`);
  }
  const [station, , , , phase, , date, clock, seconds, kind, error] = cells as readonly [
    ...(readonly [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ]),
    ...string[],
  ];
  const day = /^(\d{4})(\d\d)(\d\d)$/.exec(date);
  // Hours and minutes may lack their leading zeros.
  const hhmm = /^\d{1,4}$/.exec(clock) ? clock.padStart(4, '0') : null;
  const secondsValue = Number(seconds);
  if (!day || hhmm === null || !Number.isFinite(secondsValue)) {
    throw fail(`'${date} ${clock} ${seconds}' is not yyyymmdd hhmm seconds`);
  }
  const midnightS = dayS(`${String(day[1])}-${String(day[2])}-${String(day[3])}`);
  if (Number.isNaN(midnightS)) throw fail(`'${date}' is not a day`);
  const [hour, minute] = [Number(hhmm.slice(0, 2)), Number(hhmm.slice(2))];
  if (hour > 24 || minute > 60) throw fail(`'${clock}' is not hhmm`);
  const sigma = Number(error);
  if (!Number.isFinite(sigma) || sigma < 0)
    throw fail(`error '${error}' is not a number of seconds`);
  const phaseKindOf = phaseKind(phase);
  if (phaseKindOf === null) return `phase ${phase}: neither P nor S`;
  if (sigma >= UNUSED_ERROR_S) return `error of ${UNUSED_ERROR_S} s or more: not used`;
  if (cells[14] !== undefined && Number(cells[14]) === 0) return 'weight 0';
  return {
    station,
    phase: phaseKindOf,
    // Readings past the minute or the hour may be counted on from it.
    timeS: midnightS + hour * 3600 + minute * 60 + secondsValue,
    // Box-car errors are half widths.
    sigmaS: sigma === 0 ? null : kind.toUpperCase() === 'BOX' ? sigma / Math.sqrt(3) : sigma,
  };
}
