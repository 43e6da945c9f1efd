/**
 * The picker without weights: energy ratio of the array along the best move-out, an arrival a
 * kilometre of fibre, phases named by their order. Its probabilities are not calibrated.
 * @module
 */
import { nsToIso, secondsToNs } from '../../../../core/time.js';
import { dasEvidence } from '../../../../models/das/evidence.js';
import type { PickWindow } from './pick-window.js';
import type { FibreEvent, FibrePick, FibrePicks } from './pick-types.js';

/** Vp Vs / (Vp - Vs) of the upper crust, km/s, with its range. */
const KM_PER_S_MINUS_P = { p05: 7, p50: 8.2, p95: 9.5 };

/** Picks and events of a window. */
export function pickByStaLta(window: PickWindow): FibrePicks {
  const { channelCount, sampleCount, rateHz, startNs } = window;
  const endNs = startNs + secondsToNs(sampleCount / rateHz);
  const evidence = dasEvidence({
    waveforms: {
      startNs,
      rateHz,
      sampleCount,
      components: ['strain-rate'],
      units: window.units,
      sensors: Array.from({ length: channelCount }, (_, c) => sensorOf(window, c)),
    },
    window: { start: nsToIso(startNs), end: nsToIso(endNs) },
  });
  const picks: FibrePick[] = [];
  const events: FibreEvent[] = [];
  for (const segment of evidence) {
    const middle = middleChannel(window.distanceM, Number(segment.sensorId.split('#')[1] ?? 0));
    const own = segment.arrivals.flatMap((arrival): FibrePick[] =>
      arrival.phase === 'unknown'
        ? []
        : [
            {
              channel: window.channels[middle] as number,
              distanceM: window.distanceM[middle] as number,
              phase: arrival.phase,
              timeNs: startNs + secondsToNs(arrival.timeS),
              probability: 1 / (1 + Math.exp(-arrival.logLikelihoodRatio)),
              sigmaS: arrival.sigmaS,
            },
          ],
    );
    picks.push(...own);
    const p = own.find(({ phase }) => phase === 'P');
    const s = own.find(({ phase }) => phase === 'S');
    if (p && s && events.length === 0) events.push(eventOf(p, s));
  }
  return { method: 'sta-lta', picks, events, outOfDistribution: null, notes: [] };
}

function sensorOf(window: PickWindow, c: number) {
  const { sampleCount } = window;
  const samples = window.samples.slice(c * sampleCount, (c + 1) * sampleCount);
  const mask = Uint8Array.from(samples, (value) => (Number.isFinite(value) ? 1 : 0));
  return {
    sensorId: `fibre/${window.channels[c]}`,
    latitude: 0,
    longitude: 0,
    elevationM: 0,
    positionSigmaKm: 1,
    distanceM: window.distanceM[c] as number,
    quality: '',
    samples: samples.map((value) => (Number.isFinite(value) ? value : 0)),
    mask,
  };
}

function eventOf(p: FibrePick, s: FibrePick): FibreEvent {
  const delayS = Number(s.timeNs - p.timeNs) / 1e9;
  const { p05, p50, p95 } = KM_PER_S_MINUS_P;
  return {
    pTimeNs: p.timeNs,
    sTimeNs: s.timeNs,
    distanceKm: { p05: p05 * delayS, p50: p50 * delayS, p95: p95 * delayS },
    probability: p.probability * s.probability,
  };
}

/** Middle one of the channels in a kilometre of fibre, as `fibreSegments` numbers them. */
function middleChannel(distances: readonly number[], kilometre: number): number {
  const start = Math.min(...distances);
  const own = distances.flatMap((m, i) =>
    Math.floor((m - start) / 1000) === kilometre ? [i] : [],
  );
  return own[Math.floor(own.length / 2)] ?? 0;
}
