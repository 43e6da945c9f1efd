/**
 * What a person reads in the Web UI: search attributes and the current-details page.
 * @module
 */
import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { RunKind } from '../core/search-attributes.js';
import type { QuakeLine } from '../core/stages.js';
import type { TimeWindow } from '../core/time.js';

const REGION = defineSearchAttributeKey('QuakeRegion', 'KEYWORD');
const RUN_KIND = defineSearchAttributeKey('QuakeRunKind', 'KEYWORD');
const STAGE = defineSearchAttributeKey('QuakeStage', 'KEYWORD');
const WINDOW_START = defineSearchAttributeKey('QuakeWindowStart', 'DATETIME');
const MAX_MAGNITUDE = defineSearchAttributeKey('QuakeMaxMagnitude', 'DOUBLE');
const EVENT_COUNT = defineSearchAttributeKey('QuakeEventCount', 'INT');

/** Names the run: region, kind and, for a window, its start. */
export function markRun(input: { regionId: string; runKind?: RunKind; window?: TimeWindow }): void {
  upsertSearchAttributes([
    { key: REGION, value: input.regionId },
    ...(input.runKind ? [{ key: RUN_KIND, value: input.runKind }] : []),
    ...(input.window
      ? [{ key: WINDOW_START, value: new Date(Date.parse(input.window.start)) }]
      : []),
  ]);
}

export type Stage =
  'wait' | 'ingest' | 'align' | 'evidence' | 'detect' | 'catalogue' | 'publish' | 'invert' | 'done';

/** Moves the run to a stage and rewrites the details page: what, where, how far, what is missing. */
export function showStage(input: { stage: Stage; title: string; lines: readonly string[] }): void {
  upsertSearchAttributes([{ key: STAGE, value: input.stage }]);
  const body = input.lines.map((line) => `- ${line}`).join('\n');
  setCurrentDetails(`### ${input.title}\n**Stage:** ${input.stage}\n\n${body}`.slice(0, 18_000));
}

/** Records what a run found. */
export function markQuakes(quakes: readonly QuakeLine[]): void {
  upsertSearchAttributes([
    { key: EVENT_COUNT, value: quakes.length },
    ...(quakes.length > 0
      ? [{ key: MAX_MAGNITUDE, value: Math.max(...quakes.map((q) => q.magnitude)) }]
      : []),
  ]);
}

/** `M 5.3 2020-01-30T06:47:22Z 16.83 -100.10, 12 km, p 0.99 (ql…, v1)` */
export function quakeText(quake: QuakeLine): string {
  return (
    `M ${quake.magnitude.toFixed(1)} ${quake.originTime.slice(0, 19)}Z ` +
    `${quake.latitude.toFixed(2)} ${quake.longitude.toFixed(2)}, ` +
    `${quake.depthKm.toFixed(0)} km, p ${quake.probability.toFixed(2)} ` +
    `(${quake.eventId}, v${quake.version})`
  );
}
