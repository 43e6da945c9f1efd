import { describe, expect, it } from 'vitest';
import { cutAngles } from '../../../models/deformation/angle-cut.js';

const cut = (values: readonly number[], centreDeg: number, minDeg = 0): number[] => [
  ...cutAngles(Float64Array.from(values), centreDeg, minDeg),
];

describe('angles of samples', () => {
  it('lie about the centre where they make one cluster, also over north', () => {
    expect(cut([350, 10, 359, 2], 355)).toEqual([350, 370, 359, 362]);
    expect(cut([-170, 175, 190], 180)).toEqual([190, 175, 190]);
  });

  it('keep an opposite nodal plane in one piece', () => {
    expect(cut([200, 205, 210, 18, 30, 22, 27], 205)).toEqual([200, 205, 210, 18, 30, 22, 27]);
    expect(cut([-170, 175, 10, -2, 4], 178, -180)).toEqual([190, 175, 10, -2, 4]);
    expect(cut([20, 25, 30, 199, 207, 211], 25)).toEqual([20, 25, 30, 199, 207, 211]);
    expect(cut([340, 350, 160, 175, 165], 345)).toEqual([340, 350, 160, 175, 165]);
  });

  it('are cut in the widest gap where both planes lie about the ends of the range', () => {
    expect(cut([355, 5, 358, 170, 180, 183], 2)).toEqual([-5, 5, -2, 170, 180, 183]);
  });

  it('are cut opposite to the centre where they spread over the circle', () => {
    const all = Array.from({ length: 36 }, (_, k) => 10 * k);
    expect(cut(all, 5).every((value) => Math.abs(value - 5) <= 180)).toBe(true);
    expect(cut([], 5)).toEqual([]);
  });
});
