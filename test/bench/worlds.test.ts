import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  modelFingerprint,
  readOutcomes,
  saveOutcome,
  type OutcomeLine,
} from '../../bench/fusion/worlds/outcomes.js';
import { PRIOR } from '../../bench/fusion/worlds/stage.js';
import { drawFaintTime, drawWorld } from '../../bench/fusion/worlds/world.js';
import { createRandom } from '../../core/random.js';

const folder = mkdtempSync(path.join(tmpdir(), 'worlds-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('outcomes of simulated worlds', () => {
  it('come back in order of seeds, and only those of the same model', () => {
    const file = path.join(folder, 'parts', 'lines.jsonl');
    const lines = [7, 3, 5].map((seed) => ({
      seed,
      model: seed === 5 ? 'old' : 'new',
      odds: 1 / 3,
    }));
    for (const line of lines) saveOutcome(file, line);
    const back = readOutcomes<OutcomeLine & { odds: number }>(file, 'new');
    expect(back.map(({ seed }) => seed)).toEqual([3, 7]);
    expect(back[0]?.odds).toBe(0.333333);
    expect(readOutcomes(path.join(folder, 'none.jsonl'), 'new')).toEqual([]);
  });

  it('name the same model again', () => {
    const model = modelFingerprint();
    expect(model).toMatch(/^[0-9a-f]{8}$/);
    expect(modelFingerprint()).toBe(model);
  });
});

describe('simulated worlds', () => {
  it('give faint quakes weights that bring the prior back', () => {
    const random = createRandom(21);
    const draws = Array.from({ length: 40_000 }, () => drawFaintTime(random));
    const mean = (value: (draw: (typeof draws)[number]) => number): number =>
      draws.reduce((sum, draw) => sum + draw.weight * value(draw), 0) / draws.length;
    expect(mean(() => 1)).toBeCloseTo(1, 1);
    expect(mean((d) => d.timeS)).toBeGreaterThan((PRIOR.earliestS + PRIOR.latestS) / 2 - 5);
    expect(mean((d) => d.timeS)).toBeLessThan((PRIOR.earliestS + PRIOR.latestS) / 2 + 5);
    // Three of four draws at the edges, where the prior has 50 s of 360 s.
    const atEdges = draws.filter(
      (d) => d.timeS < PRIOR.earliestS + 30 || d.timeS >= PRIOR.latestS - 20,
    );
    expect(atEdges.length / draws.length).toBeCloseTo(0.75 + (0.25 * 50) / 360, 1);
  });

  it('are the same for a seed, and without a quake show no deformation', () => {
    const noise = drawWorld({ seed: 4, kind: 'noise' });
    expect(noise).toEqual(drawWorld({ seed: 4, kind: 'noise' }));
    expect(noise).toMatchObject({ truth: null, deformation: null });
    expect(drawWorld({ seed: 4, kind: 'quake' }).truth).not.toBeNull();
  });
});
