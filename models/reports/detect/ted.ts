/**
 * The baseline: Tweet Earthquake Dispatch, C(t) = STA / (m LTA + b) > 1 with averages over 1 and 60
 * minutes (Earle et al. 2011, moderate setting as re-implemented in public code).
 * @module
 */

export interface TedParameters {
  readonly staS: number;
  readonly ltaS: number;
  readonly m: number;
  /** Posts a minute that count as nothing. */
  readonly b: number;
}

export const TED_PARAMETERS: TedParameters = { staS: 60, ltaS: 3600, m: 5, b: 5 };

/** Times of declarations, s; ten minutes pass between two. Times of posts must not fall. */
export function tedDeclarations(
  timesS: ArrayLike<number>,
  parameters: TedParameters = TED_PARAMETERS,
): number[] {
  const { staS, ltaS, m, b } = parameters;
  const declared: number[] = [];
  let [short, long] = [0, 0];
  for (let i = 0; i < timesS.length; i++) {
    const now = timesS[i] as number;
    while ((timesS[short] as number) <= now - staS) short++;
    while ((timesS[long] as number) <= now - ltaS) long++;
    const sta = ((i - short + 1) * 60) / staS;
    const lta = ((i - long + 1) * 60) / ltaS;
    if (sta > m * lta + b && now - (declared.at(-1) ?? Number.NEGATIVE_INFINITY) > 600) {
      declared.push(now);
    }
  }
  return declared;
}
