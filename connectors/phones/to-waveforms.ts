/**
 * In: raw phone records and a window. Out: gap-free waveforms on repaired clocks, cut to the window.
 * @module
 */
import { distanceKm } from '../../core/geo.js';
import { lastSampleNs, type PhoneRecord } from '../../core/tables/phone-table.js';
import { windowNs, type TimeWindow } from '../../core/time.js';
import type { WaveformSegment } from '../../core/waveform.js';
import { repairClocks } from './clock.js';
import type { DevicePosition, DevicePositions } from './devices.js';
import { uniqueRecords } from './identity.js';
import { findRuns, type Run } from './runs.js';

const COMPONENTS = ['x', 'y', 'z'] as const;
/** A device that is found further apart than this in one run has moved, km. */
const MOVED_KM = 1;

/**
 * Waveforms in gal, a segment a component and gap-free run, ordered by device, time, component.
 * Give every record that arrived within 60 s of the window: then the result depends only on the set
 * of records, not on their order, repetition, or on further records before and after. The position
 * is the record's own, else that of `devices`; a device without one is left out and named in
 * `notes`. Rates are measured (see runs.ts). Throws InvalidInputError for an empty window.
 */
export function phoneWaveforms(input: {
  readonly records: readonly PhoneRecord[];
  readonly window: TimeWindow;
  readonly devices?: DevicePositions;
}): { readonly segments: readonly WaveformSegment[]; readonly notes: readonly string[] } {
  const { startNs, endNs } = windowNs(input.window);
  const { records, clocks } = repairClocks({
    records: uniqueRecords(input.records),
    window: input.window,
  });
  const segments: WaveformSegment[] = [];
  const notes: string[] = [];
  for (const { deviceId, remark } of clocks) {
    const inside = records
      .filter((r) => r.deviceId === deviceId && lastSampleNs(r) >= startNs)
      .filter((r) => r.firstSampleNs < endNs)
      .sort(byTime);
    if (inside.length === 0) continue;
    if (remark !== '') notes.push(`device ${deviceId}: ${remark}`);
    const placed = inside.flatMap((record) => {
      const position = positionOf(record, input.devices);
      return position ? [{ record, position }] : [];
    });
    if (placed.length < inside.length) {
      notes.push(
        `device ${deviceId}: ${inside.length - placed.length} records without a position left out`,
      );
    }
    const positions = new Map(placed.map((p) => [p.record, p.position]));
    for (const run of findRuns(placed.map((p) => p.record))) {
      const position = positions.get(run.records[0] as PhoneRecord) as DevicePosition;
      const moved = run.records.reduce(
        (most, r) => Math.max(most, distanceKm(position, positions.get(r) as DevicePosition)),
        0,
      );
      const quality = [
        ...(remark === '' ? [] : [remark]),
        ...rateRemarks(run),
        ...(moved > MOVED_KM ? [`moved by ${moved.toFixed(1)} km`] : []),
      ].join('; ');
      segments.push(...runSegments({ run, startNs, endNs, position, quality }));
    }
  }
  return { segments, notes };
}

function byTime(a: PhoneRecord, b: PhoneRecord): number {
  const [ta, tb] = [lastSampleNs(a), lastSampleNs(b)];
  // Equal times keep the order of uniqueRecords: sort is stable.
  return ta === tb ? 0 : ta < tb ? -1 : 1;
}

function positionOf(
  record: PhoneRecord,
  devices: DevicePositions | undefined,
): DevicePosition | null {
  const listed = devices?.get(record.deviceId);
  return record.position
    ? { ...record.position, elevationM: listed?.elevationM ?? 0 }
    : (listed ?? null);
}

/** Remarks on the time line of a run, when it differs from the declared rate by a sample or more. */
function rateRemarks(run: Run): string[] {
  const declared = (run.records[0] as PhoneRecord).rateHz;
  const remarks: string[] = [];
  if (Math.abs(run.rateHz / declared - 1) > 0.01) {
    remarks.push(`rate ${run.rateHz.toFixed(2)} Hz measured, ${declared} Hz declared`);
  }
  if (run.wanderS * run.rateHz > 1) {
    remarks.push(`record times wander by ${run.wanderS.toFixed(2)} s`);
  }
  return remarks;
}

function runSegments(input: {
  readonly run: Run;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly position: DevicePosition;
  readonly quality: string;
}): WaveformSegment[] {
  const { run, position } = input;
  const indexAt = (ns: bigint): number =>
    Math.ceil((Number(ns - run.startNs) / 1e9) * run.rateHz - 1e-6);
  const from = Math.max(0, indexAt(input.startNs));
  const to = Math.min(run.samples, indexAt(input.endNs));
  if (to <= from) return [];
  const device = run.records[0] as PhoneRecord;
  return COMPONENTS.map((component) => ({
    sensorId: device.deviceId,
    component,
    startNs: run.startNs + BigInt(Math.round((from / run.rateHz) * 1e9)),
    rateHz: run.rateHz,
    samples: joined(run, component).slice(from, to),
    units: 'gal',
    latitude: position.latitude,
    longitude: position.longitude,
    elevationM: position.elevationM,
    positionSigmaKm: position.positionSigmaKm,
    distanceM: null,
    quality: input.quality,
  }));
}

function joined(run: Run, component: (typeof COMPONENTS)[number]): Float32Array {
  const samples = new Float32Array(run.samples);
  let at = 0;
  for (const record of run.records) {
    samples.set(record[component], at);
    at += record.x.length;
  }
  return samples;
}
