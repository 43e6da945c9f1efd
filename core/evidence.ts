/**
 * What models say about a window before sources are combined. Times are seconds from the window's
 * start (float64); `EvidenceSet.window.start` anchors them.
 * @module
 */
import type { TimeWindow } from './time.js';

export type SourceKind = 'das' | 'phones' | 'insar' | 'reports';

export const SOURCE_KINDS = ['das', 'phones', 'insar', 'reports'] as const;

/** Ground-motion quantity an amplitude is given in. */
export type AmplitudeQuantity = 'pga-gal' | 'strain-rate-microstrain-s';

/** One arrival at one independent sensor group: the unit of evidence, used once. */
export interface Arrival {
  /** Phase named by the picker; 'unknown' when it cannot tell P from S. */
  readonly phase: 'P' | 'S' | 'unknown';
  /** Onset, s from the window's start. */
  readonly timeS: number;
  /** One standard deviation of the onset, s. */
  readonly sigmaS: number;
  /** log p(data | arrival) - log p(data | noise), natural log, calibrated. */
  readonly logLikelihoodRatio: number;
  /** Largest amplitude from this onset to the next (or 30 s), log10 of `quantity`; null if unknown. */
  readonly log10Amplitude: number | null;
  /**
   * Seconds after the onset that the amplitude covers so far, while its span is not over: shaking
   * may still grow. Absent: the span is complete.
   */
  readonly amplitudeSeenS?: number;
}

/** Everything one independent sensor group says about a window. */
export interface SensorEvidence {
  readonly source: 'das' | 'phones';
  /** Device id, or fibre id and segment number. */
  readonly sensorId: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly elevationM: number;
  /** Standard deviation of the position (privacy cell, cable routing), km. */
  readonly positionSigmaKm: number;
  /** Proven uptime, s from the window's start; silence outside it means nothing. */
  readonly uptime: readonly { readonly startS: number; readonly endS: number }[];
  /** False arrivals a second while up. */
  readonly falseRateHz: number;
  readonly quantity: AmplitudeQuantity;
  /** log10 of the smallest amplitude that would have made an arrival here (noise times threshold). */
  readonly log10Threshold: number;
  readonly arrivals: readonly Arrival[];
  /** Evidence series for the stack: log-likelihood ratio that an onset lies at each instant. */
  readonly series: {
    readonly startS: number;
    readonly rateHz: number;
    /** float32 little-endian, base64. Decode with `decodeFloat32`. */
    readonly llrBase64: string;
  };
  /** Remarks a person should see (clock repaired, dead channels, out of distribution). */
  readonly notes: readonly string[];
}

/** Reports of one map cell. */
export interface ReportCell {
  readonly cellId: string;
  readonly latitude: number;
  readonly longitude: number;
  /** Half diagonal of the cell or of the place name, km. */
  readonly radiusKm: number;
  /** Community decimal intensity (1 to 10), null when nobody answered the questions. */
  readonly intensity: number | null;
  readonly felt: number;
  readonly notFelt: number;
}

/** People of one place, or of several near each other, who might post. */
export interface OnlinePeople {
  readonly latitude: number;
  readonly longitude: number;
  readonly count: number;
  /** Share of them that the feeds listened to reach, of what they reach elsewhere; 0 to 1. */
  readonly upShare: number;
}

/** What was learned of the people of a region and its feeds. */
export interface PeopleShares {
  /** Posts on the feeds listened to for each person who feels the quake, at the mean hour. */
  readonly postsPerPerson: number;
  /** Felt reports for each person who feels the quake. */
  readonly reportsPerPerson: number;
  /** Doubt about each of the two; natural log. */
  readonly postsSigma: number;
  readonly reportsSigma: number;
  /** Share of people online at each hour of local mean solar time over that of the whole day. */
  readonly onlineByHour: readonly number[];
}

/** Counts of posts in time, for a whole region. */
export interface PostCounts {
  readonly startS: number;
  readonly binS: number;
  readonly counts: readonly number[];
  /** Posts a second before the window, the noise rate. */
  readonly backgroundHz: number;
  /** Seconds of each bin in which feeds were up; absent: all. What came meanwhile is unknown, not silence. */
  readonly upS?: readonly number[];
  /** Who lives in and about the region; absent: not known. */
  readonly people?: readonly OnlinePeople[];
  /** What was learned of them; absent parts: the defaults. */
  readonly shares?: Partial<PeopleShares>;
}

export interface ReportsEvidence {
  readonly cells: readonly ReportCell[];
  readonly posts: PostCounts | null;
  readonly notes: readonly string[];
}

/** Triggers of a cell's phones in one bin of time. */
export interface CrowdBin {
  /** Middle of the bin on repaired device clocks, s from the window's start. */
  readonly timeS: number;
  /** Triggers; a fraction is left when an event took its share. */
  readonly count: number;
  /** Root mean square of their clocks' errors, s. */
  readonly clockSigmaS: number;
  /** Mean log odds of an earthquake that the phones' own models gave; null when none did. */
  readonly logOdds: number | null;
  /** Mean log10 of their peak accelerations, gal; null when none was told. */
  readonly log10PeakGal: number | null;
}

/** Phones of one map cell that say "triggered" and "still here", no more. */
export interface CrowdCell {
  readonly cellId: string;
  /** Mean place of its phones. */
  readonly latitude: number;
  readonly longitude: number;
  /** Standard deviation of a phone's place about it, privacy cell included, km. */
  readonly scatterKm: number;
  /** Phones that lay still by their heartbeats: they would have triggered. */
  readonly active: number;
  /** When triggers would have been heard, s from the window's start; silence else means nothing. */
  readonly uptime: readonly { readonly startS: number; readonly endS: number }[];
  /** False triggers a phone and second. */
  readonly falseRateHz: number;
  /** Bins with triggers, in the order of time. */
  readonly bins: readonly CrowdBin[];
}

/** What crowds of phones say that send no records. A phone with a record is a sensor, not here. */
export interface CrowdEvidence {
  /** Length of a bin, s. */
  readonly binS: number;
  readonly cells: readonly CrowdCell[];
  readonly notes: readonly string[];
}

/** All evidence of one window: the input of the posterior. */
export interface EvidenceSet {
  readonly window: TimeWindow;
  readonly sensors: readonly SensorEvidence[];
  readonly reports: ReportsEvidence | null;
  /** Phones known by triggers and heartbeats; absent or null without any. */
  readonly crowd?: CrowdEvidence | null;
}

/** Standard base64 of a float32 array's bytes (little-endian). Not for the workflow sandbox. */
export function encodeFloat32(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

/** Inverse of encodeFloat32; copies, so the result is aligned. */
export function decodeFloat32(base64: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return new Float32Array(bytes.buffer, 0, bytes.byteLength / 4);
}
