/** Search attributes of every workflow, registered before any worker starts. @module */

/** Name to Temporal indexed value type. An unregistered attribute blocks a workflow for ever. */
export const SEARCH_ATTRIBUTES = {
  QuakeRegion: 'KEYWORD',
  /** scheduled | watch | backfill | manual */
  QuakeRunKind: 'KEYWORD',
  /** wait | ingest | align | evidence | detect | catalogue | publish | invert | done */
  QuakeStage: 'KEYWORD',
  QuakeWindowStart: 'DATETIME',
  QuakeMaxMagnitude: 'DOUBLE',
  QuakeEventCount: 'INT',
} as const;

export type RunKind = 'scheduled' | 'watch' | 'backfill' | 'manual';
