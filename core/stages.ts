/**
 * Inputs and results of the stages: the contract between workflows and activities. Everything here
 * is small JSON; bytes are behind ArtifactRefs.
 * @module
 */
import type { ArtifactRef } from './artifact.js';
import { SOURCE_KINDS, type SourceKind } from './evidence.js';
import type { OriginDraft } from './quake.js';
import type { RegionConfig } from './region.js';
import type { RunKind } from './search-attributes.js';
import { addSeconds, type IsoTime, type TimeWindow } from './time.js';

/** What a fused window reads: the window itself plus the overlap on both sides. */
export interface IngestInput {
  readonly region: RegionConfig;
  /** Read this much: window and overlap. */
  readonly reach: TimeWindow;
}

/** What one source contributed to a window. */
export interface IngestResult {
  readonly source: SourceKind;
  readonly artifacts: readonly ArtifactRef[];
  /** Files, segments, scenes or reports read. */
  readonly items: number;
  /** Why something that was expected is not there; empty when complete. */
  readonly missing: readonly string[];
  readonly quarantined: number;
  readonly notes: readonly string[];
}

export interface AlignInput {
  readonly region: RegionConfig;
  readonly window: TimeWindow;
  readonly reach: TimeWindow;
  readonly ingested: readonly IngestResult[];
}

/** Files of a window: one a source, and the phones that only trigger. */
export const WINDOW_FILES = [...SOURCE_KINDS, 'crowd'] as const;
export type WindowFile = (typeof WINDOW_FILES)[number];

/** A sealed window: its Arrow files and window.json. */
export interface SealedWindow {
  /** Hash of all inputs: names this version of the window. */
  readonly version: string;
  readonly manifest: ArtifactRef;
  readonly files: Partial<Readonly<Record<WindowFile, ArtifactRef>>>;
  readonly missing: readonly string[];
  readonly notes: readonly string[];
}

export interface EvidenceSummary {
  readonly evidence: ArtifactRef;
  readonly sensors: number;
  readonly arrivals: number;
  readonly reportCells: number;
  readonly notes: readonly string[];
}

export interface DetectInput {
  readonly region: RegionConfig;
  /** Only quakes whose origin time lies here are declared; neighbours own the rest. */
  readonly window: TimeWindow;
  readonly evidence: ArtifactRef;
  readonly inputs: readonly ArtifactRef[];
  readonly workflowId: string;
}

export interface DetectResult {
  readonly drafts: readonly OriginDraft[];
  /** Why nothing, or not more, was declared. */
  readonly why: readonly string[];
  readonly backend: string;
}

/** One line about a stored quake, for workflow results, signals and tables. */
export interface QuakeLine {
  readonly eventId: string;
  readonly version: number;
  readonly originTime: IsoTime;
  readonly latitude: number;
  readonly longitude: number;
  readonly depthKm: number;
  readonly magnitude: number;
  readonly probability: number;
}

export interface FuseWindowInput {
  readonly regionId: string;
  /** Absent in scheduled runs: then the scheduled time, floored to the interval, starts it. */
  readonly window?: TimeWindow;
  readonly runKind: RunKind;
  /** Read only these sources; all when absent. */
  readonly sources?: readonly SourceKind[];
  /** Wait this long after the window's end for late data, s. Only scheduled runs wait. */
  readonly latencyS?: number;
}

export interface FuseWindowResult {
  readonly regionId: string;
  readonly window: TimeWindow;
  readonly version: string | null;
  readonly quakes: readonly QuakeLine[];
  readonly missing: readonly string[];
  readonly why: readonly string[];
}

export interface BackfillInput {
  readonly regionId: string;
  readonly range: TimeWindow;
  readonly sources?: readonly SourceKind[];
  /** Windows at a time, 1 to 50. */
  readonly parallel: number;
  /** Carried over continue-as-new; leave out. */
  readonly carried?: BackfillProgress & { readonly nextWindow: number };
}

export interface BackfillProgress {
  readonly windows: number;
  readonly done: number;
  readonly failed: number;
  readonly quakes: number;
  /** The first 20 failures; the rest is in the failed children. */
  readonly failures: readonly { readonly window: IsoTime; readonly reason: string }[];
}

export interface WatchInput {
  readonly regionId: string;
  /** Last segment id already seen; 0 from the beginning. */
  readonly cursor: number;
  /** A window is fused when no new segment came for it for this long, s. */
  readonly settleS: number;
  /** Looks at the segment index at least this often, s; signals only make it sooner. */
  readonly pollS: number;
  /** Windows with data that are not fused yet (start times); carried over continue-as-new. */
  readonly pending?: readonly IsoTime[];
}

/** A posterior of a deforming source as handed to an event. */
export interface DeformationEvidence {
  readonly deformationId: string;
  /** JSON of the inversion, `deformation` kind. */
  readonly artifact: ArtifactRef;
  /** Origin version it was offered for; a later version made from the window gets it again. */
  readonly basis: number;
}

export interface DeformStackInput {
  readonly regionId: string;
  readonly uri: string;
  /** Row and column of the reference; chosen and explained when absent. */
  readonly referencePixel?: { readonly row: number; readonly column: number };
  /** Share of the interferograms that a pixel needs to be solved, 0 to 1; the model's default. */
  readonly minPairShare?: number;
}

export interface InvertDeformationInput {
  readonly regionId: string;
  /** Scenes to invert together: already ingested, or a folder to read. */
  readonly scenes?: readonly ArtifactRef[];
  readonly uri?: string;
  readonly model: 'okada' | 'mogi';
  /** Event that the scenes may explain; found by time and place when absent. */
  readonly event?: { readonly eventId: string; readonly version: number };
}

export interface DeformationResult {
  readonly deformationId: string;
  readonly summary: Readonly<Record<string, unknown>>;
  readonly artifacts: readonly ArtifactRef[];
  readonly notes: readonly string[];
}

export interface TrackEventInput {
  readonly eventId: string;
}

/**
 * Live records this far beyond a window's reach still shape it, s: clocks are judged by what arrives
 * within a minute of it, and the ends of the resampling need their neighbours.
 */
export const LIVE_MARGIN_S = 64;

/** Workflow id of a window: the key of its identity. */
export function windowWorkflowId(regionId: string, start: IsoTime): string {
  return `fuse-${regionId}-${start}`;
}

/** The window and what it reads on both sides. */
export function reachOf(region: { readonly overlapS: number }, window: TimeWindow): TimeWindow {
  return {
    start: addSeconds(window.start, -region.overlapS),
    end: addSeconds(window.end, region.overlapS),
  };
}
