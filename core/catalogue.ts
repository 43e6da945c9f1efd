/**
 * Ports to the catalogue (PostgreSQL). `catalogue/` implements them, activities and the API use
 * them, tests fake them.
 * @module
 */
import type { ArtifactRef } from './artifact.js';
import type { SourceKind } from './evidence.js';
import type { OriginDraft, Quake, StoredOrigin } from './quake.js';
import type { Bounds, RegionConfig } from './region.js';
import type { IsoTime, TimeWindow } from './time.js';

export interface EventFilter {
  readonly regionId?: string;
  readonly from?: IsoTime;
  readonly to?: IsoTime;
  readonly bounds?: Bounds;
  readonly minMagnitude?: number;
  readonly minProbability?: number;
  readonly updatedAfter?: IsoTime;
  readonly limit?: number;
  readonly orderBy?: 'time' | 'time-asc' | 'magnitude' | 'magnitude-asc';
}

/** A sealed piece of a live feed. */
export interface SegmentRow {
  /** Increases with every insert: the cursor of `watchRegion`. */
  readonly id: number;
  readonly regionId: string;
  readonly source: SourceKind;
  readonly sourceId: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly records: number;
  readonly artifact: ArtifactRef;
}

export interface QuarantineRow {
  readonly regionId: string;
  readonly source: SourceKind;
  /** File, topic or record that was refused. */
  readonly item: string;
  readonly reason: string;
}

/** A product made from InSAR: velocity map or source inversion. */
export interface DeformationRow {
  /** Workflow id and input hash: writing it twice is a no-op. */
  readonly id: string;
  readonly regionId: string;
  readonly kind: 'velocity' | 'source';
  readonly createdAt: IsoTime;
  /** Numbers for tables and pages (velocity range, source parameters and intervals). */
  readonly summary: Readonly<Record<string, unknown>>;
  readonly artifacts: readonly ArtifactRef[];
}

/** The map of shaking of one version of an event, or why there is none. */
export interface ShakingRow {
  /** Hash over the keys of its files: writing it twice is a no-op. */
  readonly id: string;
  readonly eventId: string;
  readonly version: number;
  readonly createdAt: IsoTime;
  /** Numbers for pages: strongest motions, observations used, grid; empty without a map. */
  readonly summary: Readonly<Record<string, unknown>>;
  /** shaking.arrow, shaking.geojson and GeoTIFFs, as their keys end. */
  readonly artifacts: readonly ArtifactRef[];
  /** Null when there is a map. */
  readonly problem: string | null;
}

export interface Catalogue {
  /** Creates or replaces a region's configuration. */
  putRegion(region: RegionConfig): Promise<void>;
  getRegion(regionId: string): Promise<RegionConfig | null>;
  listRegions(): Promise<RegionConfig[]>;

  /**
   * Appends an origin. Finds the event under an advisory lock by posterior overlap (or takes
   * `eventId`), allocates an id if there is none; the same idempotency key returns the stored row.
   */
  appendOrigin(draft: OriginDraft, options?: { eventId?: string }): Promise<StoredOrigin>;
  listEvents(filter: EventFilter): Promise<Quake[]>;
  getEvent(eventId: string): Promise<Quake | null>;
  /** All versions, oldest first. */
  listOrigins(eventId: string): Promise<StoredOrigin[]>;

  /** Idempotent on the id; the latest of an event's highest version is its map. */
  putShaking(row: Omit<ShakingRow, 'createdAt'>): Promise<ShakingRow>;
  getShaking(input: { eventId: string }): Promise<ShakingRow | null>;

  /** Idempotent on the artifact key. */
  addSegment(segment: Omit<SegmentRow, 'id'>): Promise<SegmentRow>;
  segmentsInWindow(input: {
    regionId: string;
    source: SourceKind;
    window: TimeWindow;
  }): Promise<SegmentRow[]>;
  segmentsAfter(input: { regionId: string; afterId: number; limit: number }): Promise<SegmentRow[]>;

  quarantine(row: QuarantineRow): Promise<void>;
  listQuarantine(input: {
    regionId?: string;
    limit: number;
  }): Promise<(QuarantineRow & { createdAt: IsoTime; count: number })[]>;

  putDeformation(row: Omit<DeformationRow, 'createdAt'>): Promise<DeformationRow>;
  listDeformation(input: { regionId?: string; limit: number }): Promise<DeformationRow[]>;
}
