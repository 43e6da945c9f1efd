/** Names of phases, and counts of what readers leave out. @module */

/** First P (P, Pg, Pn, p ...) or first S; null for all others (reflections, surface waves, T). */
export function phaseKind(name: string): 'P' | 'S' | null {
  const match = /^([PpSs])(g|n|b|\*|1|diff)?$/.exec(name.trim().replace(/^[ie]+(?=[PSps])/, ''));
  if (!match) return null;
  return match[1]?.toUpperCase() === 'P' ? 'P' : 'S';
}

/** Counts reasons; most frequent first. */
export function ignoredRows(): {
  add(reason: string): void;
  list(): { reason: string; count: number }[];
} {
  const counts = new Map<string, number>();
  return {
    add: (reason) => void counts.set(reason, (counts.get(reason) ?? 0) + 1),
    list: () =>
      [...counts]
        .map(([reason, count]) => ({ reason, count }))
        .sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason)),
  };
}
