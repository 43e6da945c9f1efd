import { expect, it } from 'vitest';
import type { LosPoints } from '../../../models/deformation/line-of-sight.js';
import { okadaColumns } from '../../../models/deformation/okada-los.js';

it('columns of block means of planes near the vertical are those of the limits to 3e-4 of the slip', () => {
  const side = 60;
  const column = (pick: (i: number) => number): Float64Array =>
    Float64Array.from({ length: side * side }, (_, i) => pick(i));
  const places: LosPoints = {
    eastM: column((i) => ((i % side) - 29.7) * 500),
    northM: column((i) => (Math.floor(i / side) - 30.2) * 500),
    lookEast: column(() => -0.62),
    lookNorth: column(() => -0.11),
    lookUp: column(() => 0.777),
  };
  // Blocks of one place each: the means are the values there.
  const within = {
    points: places,
    first: Int32Array.from({ length: side * side + 1 }, (_, i) => i),
    weight: new Float64Array(side * side).fill(1),
  };
  const shape = {
    ...{ eastM: 900, northM: -400, centroidDepthM: 6600, strikeDeg: 33 },
    ...{ lengthM: 14_000, widthM: 11_000 },
  };
  for (const dipDeg of [89.44, 89.6, 89.9, 89.9999, 90, 90.3]) {
    const exact = okadaColumns({ ...shape, dipDeg }, places, [0, 1, 2]);
    const means = okadaColumns({ ...shape, dipDeg }, { ...places, within }, [0, 1, 2]);
    for (const [k, values] of exact.entries()) {
      const worst = values.reduce((most, value, i) => {
        return Math.max(most, Math.abs(value - (means[k]?.[i] as number)));
      }, 0);
      expect(worst, `dip ${dipDeg}, kind ${k}`).toBeLessThan(3e-4);
    }
  }
});
