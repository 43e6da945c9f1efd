import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../core/random.js';
import { temperedSmc, type SmcProblem } from '../../../models/detection/tempered-smc.js';

/** A normal target of mean 1 and deviation 0.5, drawn from a normal of deviation 3. */
function normal(logTarget: (x: number) => number): SmcProblem {
  return {
    dimension: 1,
    draw: (random: Random) => Float64Array.of(3 * random.normal()),
    logProposal: (state) =>
      -0.5 * ((state[0] as number) / 3) ** 2 - Math.log(3 * Math.sqrt(2 * Math.PI)),
    logTarget: (state) => logTarget(state[0] as number),
  };
}
const gauss = (x: number): number => -0.5 * ((x - 1) / 0.5) ** 2;

function momentsOf(states: Float64Array): readonly [number, number] {
  const mean = states.reduce((a, b) => a + b, 0) / states.length;
  return [mean, Math.sqrt(states.reduce((sum, v) => sum + (v - mean) ** 2, 0) / states.length)];
}

describe('tempered sequential Monte Carlo', () => {
  it('draws a normal and its evidence', () => {
    const result = temperedSmc({ problem: normal(gauss), count: 2000, random: createRandom(1) });
    const [mean, sd] = momentsOf(result?.states ?? new Float64Array(1));
    expect(mean).toBeCloseTo(1, 1);
    expect(sd).toBeCloseTo(0.5, 1);
    expect(result?.logEvidence).toBeCloseTo(Math.log(0.5 * Math.sqrt(2 * Math.PI)), 1);
  });

  it('takes states that the target cannot judge as without mass', () => {
    for (const unknown of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const problem = normal((x) => (x > 1 ? unknown : gauss(x)));
      const result = temperedSmc({ problem, count: 2000, random: createRandom(2) });
      const states = result?.states ?? new Float64Array(1);
      expect(states.every((x) => x <= 1)).toBe(true);
      // Half a normal: its mean lies sqrt(2 / pi) deviations below.
      expect(momentsOf(states)[0]).toBeCloseTo(1 - 0.5 * Math.sqrt(2 / Math.PI), 1);
      expect(result?.logEvidence).toBeCloseTo(Math.log(0.25 * Math.sqrt(2 * Math.PI)), 1);
    }
    const never = normal(() => Number.NaN);
    expect(temperedSmc({ problem: never, count: 100, random: createRandom(3) })).toBeNull();
  });
});
