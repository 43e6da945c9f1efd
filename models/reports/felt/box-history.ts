/**
 * Versions of an event's felt boxes. Boxes are revised, also without a new response, and can lose
 * responses; nothing is overwritten. A version holds only what changed: one event had 249 versions
 * of 502 MB in all.
 * @module
 */

/** What a version says of a box; null: the box is gone. */
export interface BoxState {
  readonly intensity: number;
  readonly responses: number;
}

export interface BoxVersion {
  /** When this version was received, ms since 1970. */
  readonly receivedMs: number;
  /** Changed boxes by name. */
  readonly changes: ReadonlyMap<string, BoxState | null>;
  /** Boxes whose intensity changed while their number of responses did not. */
  readonly revisedWithoutResponse: number;
  /** Boxes with fewer responses than before, among them those that are gone. */
  readonly lostResponses: number;
}

/** Versions in the order received. */
export type BoxHistory = readonly BoxVersion[];

/**
 * The history with one more version. Unchanged boxes add no version. A version received earlier
 * than the last one is refused by returning null: order of receipt is the order of knowledge.
 */
export function addBoxVersion(
  history: BoxHistory,
  received: {
    readonly receivedMs: number;
    readonly boxes: readonly (BoxState & { readonly name: string })[];
  },
): BoxHistory | null {
  const last = history.at(-1);
  if (last && received.receivedMs < last.receivedMs) return null;
  const before = boxesAt(history, Number.POSITIVE_INFINITY);
  const changes = new Map<string, BoxState | null>();
  const now = new Set<string>();
  let revisedWithoutResponse = 0;
  let lostResponses = 0;
  for (const { name, intensity, responses } of received.boxes) {
    now.add(name);
    const old = before.get(name);
    if (old && old.intensity === intensity && old.responses === responses) continue;
    if (old && old.responses === responses) revisedWithoutResponse++;
    if (old && responses < old.responses) lostResponses++;
    changes.set(name, { intensity, responses });
  }
  for (const name of before.keys()) {
    if (now.has(name)) continue;
    changes.set(name, null);
    lostResponses++;
  }
  if (changes.size === 0) return history;
  return [
    ...history,
    { receivedMs: received.receivedMs, changes, revisedWithoutResponse, lostResponses },
  ];
}

/** The boxes as they were known at an instant, by name. */
export function boxesAt(history: BoxHistory, atMs: number): ReadonlyMap<string, BoxState> {
  const boxes = new Map<string, BoxState>();
  for (const version of history) {
    if (version.receivedMs > atMs) break;
    for (const [name, state] of version.changes) {
      if (state === null) boxes.delete(name);
      else boxes.set(name, state);
    }
  }
  return boxes;
}
