/**
 * One rectangle has several descriptions. Samples that use different ones have marginals that mean nothing (a strike
 * between two opposite ones), so each is told in the description that lies nearest to the best sample.
 * @module
 */

/** Positions of the parameters of a rectangle among the values of its model. */
export interface PlaneColumns {
  readonly strikeDeg: number;
  readonly dipDeg: number;
  /** Null for rectangles that open. */
  readonly rakeDeg: number | null;
}

/** Planes this near to vertical dip to one side or the other without a jump of the source, degrees. */
const STEEP_DEG = 80;

/**
 * A steep plane that dips to the other side than the best one gets the best one's strike: its dip is then over 90 (to
 * the left of the strike), its rake has the other sign (Aki and Richards 2002, conventions continued over the
 * vertical). Others are left alone: opposite strikes of gentle dips are different planes.
 */
export function foldPlane(
  values: Float64Array,
  best: ArrayLike<number> | null,
  columns: PlaneColumns,
): void {
  if (!best) return;
  const { strikeDeg: strike, dipDeg: dip, rakeDeg: rake } = columns;
  const turn = turnOf(values[strike] as number, best[strike] as number);
  const isSteep = (values[dip] as number) >= STEEP_DEG && (best[dip] as number) >= STEEP_DEG;
  if (Math.abs(turn) <= 90 || !isSteep) return;
  values[strike] = (values[strike] as number) + 180;
  values[dip] = 180 - (values[dip] as number);
  if (rake !== null) values[rake] = -(values[rake] as number);
}

/**
 * A horizontal rectangle turned by a half, or by a quarter with its sides exchanged, is the same one. `columns`:
 * strike, length and width. Without a best one: the length is the longer side, the strike from 0 to 180 degrees.
 */
export function foldHorizontal(
  values: Float64Array,
  best: ArrayLike<number> | null,
  columns: readonly [number, number, number],
): void {
  const [strike, length, width] = columns;
  if (!best) {
    if ((values[length] as number) < (values[width] as number)) exchange(values, columns);
    values[strike] =
      (values[strike] as number) - 180 * Math.floor((values[strike] as number) / 180);
    return;
  }
  const ratio = (of: ArrayLike<number>): number =>
    Math.log((of[length] as number) / (of[width] as number));
  const turn = turnOf(values[strike] as number, best[strike] as number);
  // Distance of both descriptions from the best: of the sides in logarithms, of the strike in radians.
  const misfit = (turned: number, own: number): number =>
    (own - ratio(best)) ** 2 + (halfTurn(turned) / 60) ** 2;
  if (misfit(turn + 90, -ratio(values)) < misfit(turn, ratio(values))) exchange(values, columns);
  const turned = turnOf(values[strike] as number, best[strike] as number);
  values[strike] = (best[strike] as number) + halfTurn(turned);
}

function exchange(
  values: Float64Array,
  [strike, length, width]: readonly [number, number, number],
): void {
  const side = values[length] as number;
  values[length] = values[width] as number;
  values[width] = side;
  values[strike] = (values[strike] as number) + 90;
}

/** Turn from one direction to another, -180 to 180 degrees. */
function turnOf(value: number, from: number): number {
  return value - from - 360 * Math.round((value - from) / 360);
}

/** A turn of an axis, -90 to 90 degrees. */
function halfTurn(turn: number): number {
  return turn - 180 * Math.round(turn / 180);
}
