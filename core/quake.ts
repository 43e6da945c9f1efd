/**
 * Quakes: origins with their uncertainty, and where each number came from.
 * @module
 */
import type { ArtifactRef } from './artifact.js';
import type { SourceKind } from './evidence.js';
import type { IsoTime, TimeWindow } from './time.js';

/** Marginal of one parameter of a posterior. */
export interface Marginal {
  readonly mean: number;
  readonly sd: number;
  readonly p05: number;
  readonly p50: number;
  readonly p95: number;
}

/**
 * How much one source moved the answer, in nats; negative when it speaks against the event. The
 * values of a first origin add up to the log Bayes factor: log p(all data | an event of the region's
 * prior) - log p(all data | noise), the evidence that prior odds are multiplied by. A source alone
 * has all of it; several share it in proportion to their mean log-likelihood ratios under the
 * posterior, after the cost of the parameters fitted. Deformation that comes later counts by the log
 * of its mean likelihood under the posterior before it.
 */
export interface SourceContribution {
  readonly source: SourceKind;
  readonly nats: number;
  /** Arrivals, cells or scenes used. */
  readonly items: number;
}

/** One posterior, summarised. Depth is km below sea level; latitude and longitude are degrees. */
export interface OriginEstimate {
  readonly originTime: IsoTime;
  readonly originTimeSdS: number;
  readonly latitude: Marginal;
  readonly longitude: Marginal;
  readonly depthKm: Marginal;
  readonly magnitude: Marginal;
  /** Ellipse holding 90 % of the epicentre posterior, Gaussian approximation. */
  readonly ellipse90: {
    readonly semiMajorKm: number;
    readonly semiMinorKm: number;
    /** Of the major axis, clockwise from north. */
    readonly azimuthDeg: number;
  };
  /** P(this is an earthquake | data); calibrated as far as its provenance says. */
  readonly existenceProbability: number;
  readonly arrivalsUsed: number;
  readonly sensorsUp: number;
  readonly azimuthalGapDeg: number;
  readonly nearestSensorKm: number | null;
  readonly contributions: readonly SourceContribution[];
  /** Things a reader must know (single array, saturated, synthetic, out of distribution). */
  readonly notes: readonly string[];
}

/** Where an origin came from: enough to replay it bit for bit. */
export interface Provenance {
  readonly codeVersion: string;
  readonly window: TimeWindow;
  readonly inputs: readonly ArtifactRef[];
  readonly evidence: ArtifactRef | null;
  readonly posterior: ArtifactRef;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly seed: number;
  /** TensorFlow.js backend that ran the stack, for example `tensorflow-cpu`. */
  readonly backend: string;
  readonly synthetic: boolean;
  /** Temporal workflow that made it. */
  readonly workflowId: string;
}

/** An origin ready for the catalogue. */
export interface OriginDraft {
  readonly regionId: string;
  readonly origin: OriginEstimate;
  readonly provenance: Provenance;
  /**
   * Same key, same origin version: makes a retried write a no-op. Derived from the inputs, code
   * version, parameters and seed.
   */
  readonly idempotencyKey: string;
}

/** One version of an origin as stored. */
export interface StoredOrigin extends OriginDraft {
  readonly eventId: string;
  /** 1, 2, 3 ... within the event; the highest is preferred. */
  readonly version: number;
  readonly createdAt: IsoTime;
}

/** An event with its preferred (latest) origin. */
export interface Quake {
  readonly eventId: string;
  readonly regionId: string;
  readonly versions: number;
  readonly preferred: StoredOrigin;
}
