import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../core/random.js';
import { learnDensity } from '../../../../models/detection/picks/learn-density.js';

const BOX = { west: -100, east: 100, south: -100, north: 100, deepest: 30 };

/** Mean over the box of the density over a uniform one. */
const meanOf = (logRatio: Float32Array): number =>
  logRatio.reduce((sum, log) => sum + Math.exp(log), 0) / logRatio.length;

describe('the density of epicentres', () => {
  const random = createRandom(5);
  const anywhere = (): { eastKm: number; northKm: number } => ({
    eastKm: 160 * random.uniform() - 80,
    northKm: 160 * random.uniform() - 80,
  });

  it('says next to nothing of events that lie far apart', () => {
    const { logRatio } = learnDensity({ box: BOX, events: Array.from({ length: 25 }, anywhere) });
    expect(Math.max(...logRatio)).toBeLessThan(1);
    expect(Math.min(...logRatio)).toBeGreaterThan(-0.2);
    expect(meanOf(logRatio)).toBeCloseTo(1, 2);
  });

  it('favours the place of a swarm and keeps a floor elsewhere', () => {
    const swarm = Array.from({ length: 60 }, () => ({
      eastKm: 20 + 3 * random.normal(),
      northKm: -10 + 3 * random.normal(),
    }));
    const density = learnDensity({
      box: BOX,
      events: [...swarm, ...Array.from({ length: 15 }, anywhere)],
    });
    const at = (eastKm: number, northKm: number): number =>
      density.logRatio[
        Math.floor((northKm - BOX.south) / density.cellKm) * density.columns +
          Math.floor((eastKm - BOX.west) / density.cellKm)
      ] as number;
    expect(at(20, -10)).toBeGreaterThan(3);
    expect(Math.exp(at(-90, 90))).toBeGreaterThan(0.15);
    expect(Math.exp(at(-90, 90))).toBeLessThan(0.45);
    expect(meanOf(density.logRatio)).toBeCloseTo(1, 2);
  });
});
