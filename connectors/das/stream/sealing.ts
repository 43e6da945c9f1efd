/**
 * When windows of a live fibre are sealed, and when late data makes a new version of them. In: the
 * settled files with their times and content hashes. Out: windows that are due. Plain JSON.
 * @module
 */
import { createHash } from 'node:crypto';
import { isoToNs, nsToIso, secondsToNs, windowNs, type TimeWindow } from '../../../core/time.js';

/** A settled file as sealing sees it. */
export interface SealableFile {
  /** Hash of the samples: a repeated file is no new input. */
  readonly contentId: string;
  readonly window: TimeWindow;
}

export interface SealedInputs {
  /** Counts from 1. */
  readonly version: number;
  /** Hash of the content hashes of all files that reach into the window. */
  readonly inputs: string;
}

/** By start of the window. */
export type SealState = Readonly<Record<string, SealedInputs>>;

export interface SealSettings {
  readonly intervalS: number;
  /** Data this far beyond both ends shapes the window, s: overlap and filter margins. */
  readonly reachS: number;
  /** A window is sealed with what there is this long after its reach ended, s. */
  readonly latencyS: number;
  /** Windows that ended longer ago than this are forgotten: files as late as that seal none, s. */
  readonly horizonS: number;
}

export interface DueWindow extends SealedInputs {
  readonly window: TimeWindow;
  /** All time of its reach is covered, its time is over, or its inputs are others than before. */
  readonly why: 'complete' | 'overdue' | 'late-data';
}

/**
 * Windows to seal now, oldest first, and the state with them sealed. Depends on the set of files
 * only, not on their order, names or repetitions.
 */
export function sealWindows(input: {
  readonly state: SealState;
  readonly files: readonly SealableFile[];
  readonly nowNs: bigint;
  readonly settings: SealSettings;
}): { readonly state: SealState; readonly due: readonly DueWindow[] } {
  const { settings, nowNs } = input;
  const files = [...new Map(input.files.map((file) => [file.contentId, file])).values()].map(
    ({ contentId, window }) => ({ contentId, ...windowNs(window) }),
  );
  const intervalNs = secondsToNs(settings.intervalS);
  const reachNs = secondsToNs(settings.reachS);
  const oldestNs = nowNs - secondsToNs(settings.horizonS);
  const state: Record<string, SealedInputs> = {};
  for (const [start, sealed] of Object.entries(input.state)) {
    if (isoToNs(start) + intervalNs > oldestNs) state[start] = sealed;
  }
  const due: DueWindow[] = [];
  for (const startNs of windowStarts(files, intervalNs)) {
    const endNs = startNs + intervalNs;
    if (endNs <= oldestNs) continue;
    const reach = { startNs: startNs - reachNs, endNs: endNs + reachNs };
    const inside = files.filter((f) => f.startNs < reach.endNs && f.endNs > reach.startNs);
    const window = { start: nsToIso(startNs), end: nsToIso(endNs) };
    const inputs = createHash('sha256')
      .update(
        inside
          .map(({ contentId }) => contentId)
          .sort()
          .join('\n'),
      )
      .digest('hex');
    const before = state[window.start];
    if (before?.inputs === inputs) continue;
    const isOverdue = nowNs >= reach.endNs + secondsToNs(settings.latencyS);
    const why = before ? 'late-data' : covers(inside, reach) ? 'complete' : 'overdue';
    if (why === 'overdue' && !isOverdue) continue;
    const sealed = { version: (before?.version ?? 0) + 1, inputs };
    state[window.start] = sealed;
    due.push({ window, why, ...sealed });
  }
  return { state, due };
}

interface Span {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** Starts of the windows that hold samples of a file, on the grid of the epoch, ascending. */
function windowStarts(files: readonly Span[], intervalNs: bigint): bigint[] {
  const starts = new Set<bigint>();
  for (const { startNs, endNs } of files) {
    for (let at = startNs - (startNs % intervalNs); at < endNs; at += intervalNs) starts.add(at);
  }
  return [...starts].sort((a, b) => (a < b ? -1 : 1));
}

/** Files that follow each other may be stamped this far apart, ns. */
const TOUCH_NS = 1_000_000n;

/** True when the files leave no time of the span open. */
function covers(files: readonly Span[], span: Span): boolean {
  let reachedNs = span.startNs;
  for (const { startNs, endNs } of [...files].sort((a, b) => (a.startNs < b.startNs ? -1 : 1))) {
    if (startNs > reachedNs + TOUCH_NS) return false;
    if (endNs > reachedNs) reachedNs = endNs;
  }
  return reachedNs >= span.endNs;
}
