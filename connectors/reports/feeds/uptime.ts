/** When a feed was up. A feed that is down is unknown, not silent. @module */

export interface UptimeLog {
  /** Proof of life at an instant: a frame or a heartbeat. */
  seen(timeS: number): void;
  /** The connection is known to be lost. */
  lost(timeS: number): void;
  /** A replay from the cursor covers everything since the last proof of life. */
  resumed(timeS: number): void;
  intervals(): readonly { readonly startS: number; readonly endS: number }[];
}

const MAX_INTERVALS = 10_000;

/** `idleS` without proof of life ends an interval at the last proof. */
export function createUptimeLog(input: {
  readonly idleS: number;
  /** What an earlier process proved. */
  readonly intervals?: readonly { readonly startS: number; readonly endS: number }[];
}): UptimeLog {
  const closed: { startS: number; endS: number }[] = [...(input.intervals ?? [])];
  let open: { startS: number; endS: number } | null = null;
  const close = (): void => {
    if (open !== null) closed.push(open);
    open = null;
    if (closed.length > MAX_INTERVALS) closed.shift();
  };
  return {
    seen: (timeS) => {
      if (open !== null && timeS - open.endS > input.idleS) close();
      if (open === null) open = { startS: timeS, endS: timeS };
      else open.endS = Math.max(open.endS, timeS);
    },
    lost: close,
    resumed: (timeS) => {
      open ??= closed.pop() ?? { startS: timeS, endS: timeS };
      open.endS = Math.max(open.endS, timeS);
    },
    intervals: () => (open === null ? [...closed] : [...closed, { ...open }]),
  };
}

/** Seconds of [fromS, toS] within the intervals. */
export function upSeconds(
  intervals: readonly { readonly startS: number; readonly endS: number }[],
  fromS: number,
  toS: number,
): number {
  return intervals.reduce(
    (sum, { startS, endS }) => sum + Math.max(0, Math.min(toS, endS) - Math.max(fromS, startS)),
    0,
  );
}

/**
 * Seconds of listening in [fromS, toS] of several feeds that count as one: a feed that is down takes away
 * the share of the posts that comes from it.
 */
export function sharedUpSeconds(
  feeds: readonly { readonly uptime: UptimeLog; readonly posts: number }[],
  fromS: number,
  toS: number,
): number {
  const total = feeds.reduce((sum, { posts }) => sum + posts + 1, 0);
  return feeds.reduce(
    (sum, { uptime, posts }) =>
      sum + ((posts + 1) / total) * upSeconds(uptime.intervals(), fromS, toS),
    0,
  );
}
