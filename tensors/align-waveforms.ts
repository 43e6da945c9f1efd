/**
 * Waveform segments of one source onto one clock. In: segments in any order, cut anyhow, repeated
 * or not. Out: samples and masks on a grid anchored at the epoch.
 * @module
 */
import { InvalidInputError } from '../core/errors.js';
import { NS_PER_S, windowNs, type TimeWindow } from '../core/time.js';
import type { AlignedSensor, AlignedWaveforms, WaveformSegment } from '../core/waveform.js';
import { resampleChain, resamplePlan, type ResamplePlan } from './resample-chain.js';
import { epochGrid } from './sample-grid.js';
import { chainSegments } from './sample-runs.js';

/** Read beyond the window's ends, so that filters have their support: s and samples. */
const MARGIN_S = 2;
const MARGIN_SAMPLES = 64;

/**
 * Aligns the segments of one source. Grid times are the multiples of `1 / rateHz` since the epoch
 * inside the window. Samples already on the grid pass through bit-exactly; others are resampled by
 * a Kaiser-windowed sinc (with an anti-alias cut-off going down). A grid sample is masked when any
 * sample within the filter's reach is missing, so nothing is interpolated across a gap. Equal sets
 * of samples give equal results, however they were cut, ordered or repeated; samples given twice
 * with different values are masked and noted in `quality`. Sensors come sorted by distance, then
 * id. Throws InvalidInputError for mixed units or a rate without a whole-nanosecond interval.
 */
export function alignWaveforms(input: {
  readonly segments: readonly WaveformSegment[];
  readonly window: TimeWindow;
  readonly rateHz: number;
  readonly components: readonly string[];
}): AlignedWaveforms {
  const { segments, window, rateHz, components } = input;
  const grid = epochGrid({ window, rateHz });
  const plan = resamplePlan(grid);
  const wanted = segments.filter((s) => components.includes(s.component));
  const sensors = [...groupBy(wanted, (s) => s.sensorId)]
    .map(([, own]) => alignSensor({ segments: own, window, components, plan }))
    .sort(compareSensors);
  return {
    startNs: grid.startNs,
    rateHz,
    sampleCount: grid.count,
    components: [...components],
    units: commonUnits(wanted),
    sensors,
  };
}

/** Intervals of a mask that have no data, s from sample 0. Shape of `mask`: [time]. */
export function maskGaps(
  mask: Uint8Array,
  rateHz: number,
): { readonly startS: number; readonly endS: number }[] {
  const gaps: { startS: number; endS: number }[] = [];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 1) continue;
    const from = i;
    while (i < mask.length && mask[i] !== 1) i++;
    gaps.push({ startS: from / rateHz, endS: i / rateHz });
  }
  return gaps;
}

function alignSensor(input: {
  segments: readonly WaveformSegment[];
  window: TimeWindow;
  components: readonly string[];
  plan: ResamplePlan;
}): AlignedSensor {
  const { segments, window, components, plan } = input;
  const { count } = plan.grid;
  const samples = new Float32Array(components.length * count);
  const mask = new Uint8Array(count).fill(1);
  let conflicts = 0;
  components.forEach((component, c) => {
    const own = segments.filter((s) => s.component === component);
    const chained = chainSegments(own, marginRange(window, own, plan.grid.rateHz));
    conflicts += chained.conflicts;
    const filled = new Uint8Array(count);
    const values = samples.subarray(c * count, (c + 1) * count);
    for (const chain of chained.chains) resampleChain(plan, chain, values, filled);
    for (let k = 0; k < count; k++) if (filled[k] === 0) mask[k] = 0;
  });
  for (let c = 0; c < components.length; c++) {
    for (let k = 0; k < count; k++) if (mask[k] === 0) samples[c * count + k] = 0;
  }
  const place = earliest(segments, window);
  return {
    sensorId: place.sensorId,
    latitude: place.latitude,
    longitude: place.longitude,
    elevationM: place.elevationM,
    positionSigmaKm: place.positionSigmaKm,
    distanceM: place.distanceM,
    quality: qualityOf(segments, conflicts),
    samples,
    mask,
  };
}

/** The window widened so that filters at its ends have their support. */
function marginRange(
  window: TimeWindow,
  segments: readonly WaveformSegment[],
  gridRateHz: number,
): { startNs: bigint; endNs: bigint } {
  const { startNs, endNs } = windowNs(window);
  const slowest = segments.reduce((least, s) => Math.min(least, s.rateHz), gridRateHz);
  const samplesNs = (MARGIN_SAMPLES / slowest) * 1e9;
  const marginNs = BigInt(Math.ceil(MARGIN_S * Number(NS_PER_S) + samplesNs));
  return { startNs: startNs - marginNs, endNs: endNs + marginNs };
}

/** The segment whose first sample inside the window is the earliest: it names the place. */
function earliest(segments: readonly WaveformSegment[], window: TimeWindow): WaveformSegment {
  const { startNs, endNs } = windowNs(window);
  const order = (s: WaveformSegment): bigint => {
    const lastNs = s.startNs + BigInt(Math.round(((s.samples.length - 1) / s.rateHz) * 1e9));
    if (lastNs < startNs) return endNs + (startNs - lastNs);
    return s.startNs < startNs ? startNs : s.startNs;
  };
  return segments.reduce((best, s) => {
    const [a, b] = [order(s), order(best)];
    if (a !== b) return a < b ? s : best;
    return placeText(s) < placeText(best) ? s : best;
  });
}

function placeText(s: WaveformSegment): string {
  return JSON.stringify([s.latitude, s.longitude, s.elevationM, s.positionSigmaKm, s.distanceM]);
}

function qualityOf(segments: readonly WaveformSegment[], conflicts: number): string {
  const remarks = [...new Set(segments.map((s) => s.quality).filter((q) => q !== ''))].sort();
  if (conflicts > 0) remarks.push(`${conflicts} samples given twice with different values, masked`);
  return remarks.join('; ');
}

function commonUnits(segments: readonly WaveformSegment[]): string {
  const units = [...new Set(segments.map((s) => s.units))].sort();
  if (units.length > 1) {
    throw new InvalidInputError({
      what: 'waveform units',
      reason: `one window mixes ${units.join(' and ')}`,
      remedy: 'convert the feeds to one unit in their connector options, or use separate regions',
    });
  }
  return units[0] ?? '';
}

function compareSensors(a: AlignedSensor, b: AlignedSensor): number {
  const fibre = compareText(fibreOf(a.sensorId), fibreOf(b.sensorId));
  if (fibre !== 0) return fibre;
  return (
    (a.distanceM ?? -Infinity) - (b.distanceM ?? -Infinity) || compareText(a.sensorId, b.sensorId)
  );
}

function fibreOf(sensorId: string): string {
  const slash = sensorId.lastIndexOf('/');
  return slash < 0 ? '' : sensorId.slice(0, slash);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
