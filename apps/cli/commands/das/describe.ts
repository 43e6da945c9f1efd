/** Header facts of a fibre recording for `das scan`. @module */
import type { AuditEntry } from '../../../../connectors/das/audit.js';
import { runTimeNs } from '../../../../connectors/das/clock.js';
import { channelDistanceM, type DasRecording } from '../../../../connectors/das/recording.js';
import { nsToIso } from '../../../../core/time.js';

/** What `das scan --json` prints; units in names, times twice. */
export interface RecordingFacts {
  readonly format: string;
  readonly version: string | null;
  /** Stored samples, overlaps taken out, in the order of `dims`. */
  readonly shape: readonly [number, number];
  readonly dims: readonly [string, string];
  readonly dtype: string;
  readonly rateHz: number;
  /** Time of the first sample, ns since the epoch. */
  readonly startTime: bigint;
  readonly startTimeIso: string;
  /** Time of the last sample, ns since the epoch. */
  readonly endTime: bigint;
  readonly endTimeIso: string;
  readonly firstDistanceM: number;
  readonly lastDistanceM: number;
  readonly distanceStepM: number;
  readonly gaugeLengthM: number | null;
  /** The file's own unit of a stored value; null when it states none. */
  readonly units: string | null;
  /** What samples become: component, unit and factor. */
  readonly conversion: {
    readonly component: string;
    readonly units: string;
    readonly factor: number;
    readonly difference: boolean;
  };
  /** Gap-free runs. */
  readonly segments: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly audit: readonly AuditEntry[];
}

/** Facts of an open recording. */
export function recordingFacts(recording: DasRecording): RecordingFacts {
  const { layout, runs, conversion } = recording;
  const [first, last] = [runs[0], runs.at(-1)];
  const startTime = first?.startNs ?? 0n;
  const endTime = last ? runTimeNs(last, Math.max(0, last.sampleCount - 1)) : startTime;
  const isTimeFirst = layout.timeAxis === 0;
  const { timeCount, channelCount } = layout;
  return {
    format: recording.format,
    version: recording.version,
    shape: isTimeFirst ? [timeCount, channelCount] : [channelCount, timeCount],
    dims: isTimeFirst ? ['time', 'distance'] : ['distance', 'time'],
    dtype: layout.type,
    rateHz: first?.rateHz ?? Number.NaN,
    startTime,
    startTimeIso: nsToIso(startTime),
    endTime,
    endTimeIso: nsToIso(endTime),
    firstDistanceM: channelDistanceM(recording, 0),
    lastDistanceM: channelDistanceM(recording, channelCount - 1),
    distanceStepM: recording.spacingM,
    gaugeLengthM: recording.gaugeLengthM,
    units: recording.storedUnit,
    conversion: {
      component: conversion.component,
      units: conversion.units,
      factor: conversion.factor,
      difference: conversion.difference,
    },
    segments: runs.length,
    details: recording.facts,
    audit: recording.audit,
  };
}
