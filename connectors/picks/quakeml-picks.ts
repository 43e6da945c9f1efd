/** Picks of QuakeML 1.2 (BED) in, readings of each event out. @module */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import type { EventReadings, PhaseReading } from '../../core/picks.js';
import { ignoredRows, phaseKind } from './phase-names.js';
import { parseEpochS } from './time-text.js';
import { childrenOf, parseXml, textAt, type XmlElement } from './xml-tree.js';

/**
 * Every event with its picks. The phase is that of the preferred (else the last) origin's arrival
 * of the pick, else the pick's hint; an arrival of time weight 0 and a rejected pick are ignored with
 * that reason. Throws CorruptSourceError naming line or pick, UnsupportedSourceError without picks.
 */
export function parseQuakeMlPicks(input: {
  readonly source: string;
  readonly text: string;
}): EventReadings[] {
  const { source } = input;
  const root = parseXml(input);
  const parameters =
    root.name === 'eventParameters' ? root : childrenOf(root, 'eventParameters')[0];
  if (!parameters) {
    throw new UnsupportedSourceError({
      source,
      reason: `its root <${root.name}> has no eventParameters`,
      remedy: 'give QuakeML 1.2 (BED) with picks',
    });
  }
  const events = childrenOf(parameters, 'event').map((event, i) => readEvent(source, event, i));
  if (events.some(({ readings, ignored }) => readings.length + ignored.length > 0)) return events;
  throw new UnsupportedSourceError({
    source,
    reason: `${events.length} events and no pick`,
    remedy: 'export QuakeML with picks (for example with includearrivals=true)',
  });
}

function readEvent(source: string, event: XmlElement, index: number): EventReadings {
  const id = event.attributes['publicID'] ?? `event-${index + 1}`;
  const arrivals = arrivalsOf(event);
  const ignored = ignoredRows();
  const readings: PhaseReading[] = [];
  for (const pick of childrenOf(event, 'pick')) {
    const pickId = pick.attributes['publicID'] ?? '';
    const fail = (reason: string): CorruptSourceError =>
      new CorruptSourceError({ source, at: `pick ${pickId}`, reason });
    const time = textAt(pick, 'time', 'value');
    if (time === undefined) throw fail('it has no time');
    const timeS = parseEpochS(time);
    if (!Number.isFinite(timeS)) throw fail(`time '${time}' cannot be read`);
    const stream = childrenOf(pick, 'waveformID')[0]?.attributes;
    const code = stream?.['stationCode'];
    if (code === undefined || code === '') throw fail('it has no station');
    const network = stream?.['networkCode'] ?? '';
    const arrival = arrivals.get(pickId);
    const name = arrival?.phase ?? textAt(pick, 'phaseHint') ?? '';
    const phase = phaseKind(name);
    const sigma = sigmaOf(pick);
    if (phase === null) ignored.add(`phase ${name === '' ? 'not named' : name}: neither P nor S`);
    else if (arrival?.weight === 0) ignored.add('weight 0');
    else if (textAt(pick, 'evaluationStatus') === 'rejected') ignored.add('rejected');
    else {
      readings.push({
        station: network === '' ? code : `${network}.${code}`,
        phase,
        timeS,
        sigmaS: sigma > 0 && Number.isFinite(sigma) ? sigma : null,
      });
    }
  }
  return { eventId: id, readings, ignored: ignored.list() };
}

/** Standard deviation of the time, s: stated, or the mean of its two sides; 0 where there is none. */
function sigmaOf(pick: XmlElement): number {
  const stated = (name: string): number => Number(textAt(pick, 'time', name) ?? 0);
  const own = stated('uncertainty');
  return own > 0 ? own : (stated('lowerUncertainty') + stated('upperUncertainty')) / 2;
}

/** Phase and weight by pick, from the origin that the event prefers. */
function arrivalsOf(event: XmlElement): Map<string, { phase?: string; weight?: number }> {
  const origins = childrenOf(event, 'origin');
  const preferred = textAt(event, 'preferredOriginID');
  const origin = origins.find((o) => o.attributes['publicID'] === preferred) ?? origins.at(-1);
  const found = new Map<string, { phase?: string; weight?: number }>();
  if (!origin) return found;
  for (const arrival of childrenOf(origin, 'arrival')) {
    const pick = textAt(arrival, 'pickID');
    if (pick === undefined) continue;
    const phase = textAt(arrival, 'phase');
    const weight = textAt(arrival, 'timeWeight');
    found.set(pick, {
      ...(phase === undefined ? {} : { phase }),
      ...(weight === undefined ? {} : { weight: Number(weight) }),
    });
  }
  return found;
}
