/** Residuals of many events in, between- and within-event standard deviations out. @module */

export interface EventResidual {
  readonly event: number;
  readonly magnitude: number;
  readonly residual: number;
}

/**
 * One-way random effects by moments (Searle 1971): phi from the spread within events, tau from that of
 * their means less what phi explains. Two values each: events up to M 5 and above.
 */
export function scatterOf(residuals: readonly EventResidual[]): {
  readonly tau: readonly [number, number];
  readonly phi: readonly [number, number];
} {
  const small = components(residuals.filter(({ magnitude }) => magnitude <= 5));
  const large = components(residuals.filter(({ magnitude }) => magnitude > 5));
  return { tau: [small.tau, large.tau], phi: [small.phi, large.phi] };
}

/** tau and phi of one set of residuals; events with one residual only do not count. */
export function components(residuals: readonly EventResidual[]): {
  readonly tau: number;
  readonly phi: number;
} {
  const byEvent = new Map<number, number[]>();
  for (const { event, residual } of residuals) {
    byEvent.set(event, [...(byEvent.get(event) ?? []), residual]);
  }
  const groups = [...byEvent.values()].filter((group) => group.length > 1);
  const means = groups.map((group) => group.reduce((a, b) => a + b, 0) / group.length);
  let [within, freedom, inverse] = [0, 0, 0];
  groups.forEach((group, g) => {
    for (const value of group) within += (value - (means[g] as number)) ** 2;
    freedom += group.length - 1;
    inverse += 1 / group.length;
  });
  const phi2 = within / Math.max(1, freedom);
  const centre = means.reduce((a, b) => a + b, 0) / Math.max(1, means.length);
  const spread =
    means.reduce((sum, m) => sum + (m - centre) ** 2, 0) / Math.max(1, means.length - 1);
  const tau2 = Math.max(0, spread - (phi2 * inverse) / Math.max(1, groups.length));
  return { tau: Math.sqrt(tau2), phi: Math.sqrt(phi2) };
}
