/**
 * Evidence of a replayed network at one instant. In: the records that had arrived by then. Out: the
 * evidence of every device, on repaired clocks, over the stretch that is looked at.
 * @module
 */
import type { DevicePositions } from '../../../../connectors/phones/devices.js';
import { phoneWaveforms } from '../../../../connectors/phones/to-waveforms.js';
import type { EvidenceSet } from '../../../../core/evidence.js';
import type { PhoneRecord } from '../../../../core/tables/phone-table.js';
import { nsToIso, type TimeWindow } from '../../../../core/time.js';
import type { AlignedWaveforms, WaveformSegment } from '../../../../core/waveform.js';
import { phoneEvidence } from '../../../../models/phones/evidence.js';
import { alignWaveforms } from '../../../../tensors/align-waveforms.js';

/** Grid rate of devices that are not taken at their own rate, Hz. */
export const REPLAY_RATE_HZ = 31.25;
/** Devices between these rates are taken as they are: picks and filters are made for them, Hz. */
const NATIVE_HZ = { least: 25, most: 40 };
/** Runs of one device whose measured rates differ by less than this share lie on one time line. */
const SAME_RATE = 0.002;
const COMPONENTS = ['x', 'y', 'z'] as const;

/**
 * Evidence from `startNs` to `nowNs`. Give the records that had arrived by `nowNs` and no other:
 * then nothing in the answer comes from later.
 */
export function evidenceAt(input: {
  readonly records: readonly PhoneRecord[];
  readonly devices: DevicePositions;
  readonly startNs: bigint;
  readonly nowNs: bigint;
}): EvidenceSet {
  const { records, devices, startNs, nowNs } = input;
  const window = { start: nsToIso(startNs), end: nsToIso(nowNs) };
  const { segments } = phoneWaveforms({ records, window, devices });
  const byDevice = new Map<string, WaveformSegment[]>();
  for (const segment of segments) {
    const own = byDevice.get(segment.sensorId);
    if (own) own.push(segment);
    else byDevice.set(segment.sensorId, [segment]);
  }
  const sensors = [...byDevice.values()].flatMap((own) =>
    phoneEvidence({ waveforms: nativeWaveforms(own) ?? gridWaveforms(own, window), window }),
  );
  return { window, sensors, reports: null };
}

function gridWaveforms(segments: readonly WaveformSegment[], window: TimeWindow): AlignedWaveforms {
  return alignWaveforms({ segments, window, rateHz: REPLAY_RATE_HZ, components: COMPONENTS });
}

/**
 * The runs of one device on its own samples, without resampling: the filter of a resampler needs
 * half a second that has not been recorded yet, and all devices together cost as much as the
 * posterior. Later runs are moved to the nearest sample. Null when the rate is unusual or changes.
 */
function nativeWaveforms(segments: readonly WaveformSegment[]): AlignedWaveforms | null {
  const first = segments.reduce((a, b) => (b.startNs < a.startNs ? b : a));
  const { rateHz, startNs } = segments.reduce((a, b) =>
    b.samples.length > a.samples.length ? b : a,
  );
  if (rateHz < NATIVE_HZ.least || rateHz > NATIVE_HZ.most) return null;
  if (segments.some((s) => Math.abs(s.rateHz / rateHz - 1) > SAME_RATE)) return null;
  const indexOf = (ns: bigint): number => Math.round((Number(ns - startNs) / 1e9) * rateHz);
  const from = indexOf(first.startNs);
  const sampleCount = segments.reduce(
    (most, s) => Math.max(most, indexOf(s.startNs) - from + s.samples.length),
    0,
  );
  const samples = new Float32Array(COMPONENTS.length * sampleCount);
  const filled = new Uint8Array(sampleCount);
  for (const segment of segments) {
    const c = COMPONENTS.findIndex((name) => name === segment.component);
    const at = indexOf(segment.startNs) - from;
    samples.set(segment.samples, c * sampleCount + at);
    for (let i = at; i < at + segment.samples.length; i++)
      filled[i] = (filled[i] as number) | (1 << c);
  }
  const quality = [...new Set(segments.map((s) => s.quality).filter((q) => q !== ''))].sort();
  const sensor = {
    ...{ sensorId: first.sensorId, latitude: first.latitude, longitude: first.longitude },
    ...{ elevationM: first.elevationM, positionSigmaKm: first.positionSigmaKm },
    distanceM: first.distanceM,
    quality: quality.join('; '),
    samples,
    mask: filled.map((bits) => (bits === (1 << COMPONENTS.length) - 1 ? 1 : 0)),
  };
  return {
    startNs: startNs + BigInt(Math.round((from / rateHz) * 1e9)),
    ...{ rateHz, sampleCount, components: [...COMPONENTS], units: first.units, sensors: [sensor] },
  };
}
