/**
 * The "Did You Feel It?" questions: what may be answered, stated once for the readers of files, the
 * form of the dashboard and the intensity (Wald et al. 2011; scales as in the USGS form).
 * @module
 */

/** One person's answers; null where the question was left open. */
export interface FeltAnswers {
  /** 0 not felt, 1 felt. */
  readonly felt: number | null;
  /** 1 no one else asked, 2 no others felt it, 3 some, 4 most, 5 all. */
  readonly otherFelt: number | null;
  /** 0 none to 5 violent. */
  readonly motion: number | null;
  /** 0 none to 5 extreme fear. */
  readonly reaction: number | null;
  /** 1 hard to stand. */
  readonly stand: number | null;
  /** 0 nothing moved on shelves to 3 nearly everything fell. */
  readonly shelf: number | null;
  /** Pictures on walls: 0 still, 1 moved, 2 fell. */
  readonly picture: number | null;
  /** 1 furniture slid or tipped over. */
  readonly furniture: number | null;
  /** Tokens of damage separated by blanks (`_crackmin _chim`); `_none` is an answer, '' is not. */
  readonly damageText: string | null;
}

/** Largest answer of each question; the least is 0. */
export const LARGEST_ANSWER = {
  felt: 1,
  otherFelt: 5,
  motion: 5,
  reaction: 5,
  stand: 1,
  shelf: 3,
  picture: 2,
  furniture: 1,
} as const satisfies Readonly<Record<Exclude<keyof FeltAnswers, 'damageText'>, number>>;

/** A place that was given with only so many digits. */
export interface RoughPlace {
  readonly latitude: number;
  readonly longitude: number;
  /** Half of the last digit given, degrees: a place to 0.1 degree fits no box of 1 km. */
  readonly halfStepDeg: { readonly latitude: number; readonly longitude: number };
}
