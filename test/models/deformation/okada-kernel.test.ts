import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createForwardPool, type ForwardPool } from '../../../models/deformation/forward-pool.js';
import { okadaInterior } from '../../../models/deformation/okada-interior.js';
import { createOkadaEvaluator } from '../../../models/deformation/okada-kernel.js';
import {
  forEachUnitResponse,
  okadaDisplacement,
  type OkadaSource,
} from '../../../models/deformation/okada.js';

const coordinate = fc.double({ min: -30_000, max: 30_000, noNaN: true });
const sources = fc.record({
  eastM: coordinate,
  northM: coordinate,
  centroidDepthM: fc.double({ min: 5000, max: 15_000, noNaN: true }),
  strikeDeg: fc.double({ min: 0, max: 360, noNaN: true }),
  dipDeg: fc.oneof(
    fc.double({ min: -90, max: 90, noNaN: true }),
    fc.constantFrom(0, 90, -90, 89.9, 89.99999, 45),
  ),
  rakeDeg: fc.double({ min: -180, max: 180, noNaN: true }),
  slipM: fc.double({ min: 0, max: 3, noNaN: true }),
  openingM: fc.double({ min: -1, max: 1, noNaN: true }),
  lengthM: fc.double({ min: 1000, max: 40_000, noNaN: true }),
  widthM: fc.double({ min: 1000, max: 9000, noNaN: true }),
  poissonRatio: fc.double({ min: 0.1, max: 0.4, noNaN: true }),
});

/** Points with some on the lines through the edges, where the kernel leaves the work to the limits. */
function points(source: OkadaSource, count: number) {
  const strike = (source.strikeDeg * Math.PI) / 180;
  const [s, c] = [Math.sin(strike), Math.cos(strike)];
  const edge = (source.widthM / 2) * Math.cos((source.dipDeg * Math.PI) / 180);
  const half = source.lengthM / 2;
  const local = Array.from({ length: count }, (_, i) =>
    i % 3 === 0 ? ([-half, 0, half][i % 2] as number) : -25_000 + ((i * 7919) % 50_000),
  );
  const across = Array.from({ length: count }, (_, i) =>
    i % 4 === 0 ? (i % 8 === 0 ? edge : -edge) : -25_000 + ((i * 104_729) % 50_000),
  );
  return {
    eastM: Float64Array.from(local, (x, i) => source.eastM + x * s - (across[i] as number) * c),
    northM: Float64Array.from(local, (x, i) => source.northM + x * c + (across[i] as number) * s),
  };
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((m, v, i) => Math.max(m, Math.abs(v - (b[i] as number))), 0);

describe('Okada kernel', () => {
  it('gives what the plain formulas give, on edges and at all dips', () => {
    fc.assert(
      fc.property(sources, fc.integer({ min: 1, max: 41 }), (source, count) => {
        const at = points(source, count);
        const evaluator = createOkadaEvaluator(at);
        const truth = okadaDisplacement(source, at);
        const flat = [...truth.eastM, ...truth.northM, ...truth.upM];
        expect(worst(evaluator.displacement(source), flat)).toBeLessThan(2e-11);
        const units = evaluator.unitResponses(source);
        forEachUnitResponse(source, at, (i, response) => {
          for (let k = 0; k < 9; k++) {
            const difference = (units[k * count + i] as number) - (response[k] as number);
            expect(Math.abs(difference)).toBeLessThan(1e-11);
          }
        });
      }),
      { numRuns: 150 },
    );
  });

  it('gradient: as that of the interior formulas at the surface', () => {
    fc.assert(
      fc.property(sources, (source) => {
        const at = points(source, 12);
        const truth = okadaInterior(source, { ...at, upM: new Float64Array(12) });
        const values = createOkadaEvaluator(at).displacementGradient(source);
        expect(worst(values.subarray(36), truth.gradient)).toBeLessThan(1e-13);
        expect(worst(values.subarray(0, 12), truth.eastM)).toBeLessThan(1e-10);
      }),
      { numRuns: 150 },
    );
  });
});

describe('forward pool', () => {
  const pools: ForwardPool[] = [];
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.close()));
  });

  it('three threads give the same numbers as one, also after new points', async () => {
    const [source, other] = fc.sample(sources, { numRuns: 2, seed: 5 }) as [
      OkadaSource,
      OkadaSource,
    ];
    const at = points(source, 101);
    const pool = await createForwardPool({ points: at, threads: 3 });
    pools.push(pool);
    const single = createOkadaEvaluator(at);
    expect(pool.displacement(source)).toEqual(single.displacement(source).slice());
    expect(pool.displacementGradient(other)).toEqual(single.displacementGradient(other).slice());
    const moved = points(other, 101);
    pool.setPoints(moved);
    expect(pool.displacement(source)).toEqual(
      createOkadaEvaluator(moved).displacement(source).slice(),
    );
  });

  it('refuses fewer points than threads', async () => {
    const at = { eastM: new Float64Array(1), northM: new Float64Array(1) };
    await expect(createForwardPool({ points: at, threads: 2 })).rejects.toThrow(/threads/);
  });
});
