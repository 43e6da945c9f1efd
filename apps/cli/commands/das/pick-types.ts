/** What `das pick` finds, whichever picker found it. @module */

export interface FibrePick {
  readonly channel: number;
  readonly distanceM: number;
  readonly phase: 'P' | 'S';
  readonly timeNs: bigint;
  readonly probability: number;
  /** One standard deviation. */
  readonly sigmaS: number;
}

export interface FibreEvent {
  readonly pTimeNs: bigint | null;
  readonly sTimeNs: bigint | null;
  /** Epicentral distance, quantiles; null without both phases. */
  readonly distanceKm: { readonly p05: number; readonly p50: number; readonly p95: number } | null;
  readonly probability: number;
}

export interface FibrePicks {
  /** `network`: the trained picker; `sta-lta`: the array energy ratio, not calibrated. */
  readonly method: 'network' | 'sta-lta';
  readonly picks: readonly FibrePick[];
  readonly events: readonly FibreEvent[];
  /** Null where the method cannot tell. */
  readonly outOfDistribution: {
    readonly flag: boolean;
    readonly score: number;
    readonly reasons: readonly string[];
  } | null;
  /** Why this method, and what it could not do. */
  readonly notes: readonly string[];
}
