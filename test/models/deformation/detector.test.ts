import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadBackend } from '../../../models/backend.js';
import { flagScenes } from '../../../models/deformation/detector/detect.js';
import { CELLS, CHANNELS, detectorInput } from '../../../models/deformation/detector/features.js';
import { simulateLabelled } from '../../../models/deformation/detector/train/simulate-scene.js';
import { scoreAt } from '../../../models/deformation/detector/train/train.js';
import { DETECTOR_DIR, readDetector } from '../../../models/deformation/detector/weights-file.js';
import { sydneyScenes, thessalyScene } from '../../support/insar-samples.js';
import { describeWithSamples } from '../../support/sample-data.js';

describe('input of the deformation detector', () => {
  it('does not depend on units of motion, ramps or the number of pixels', () => {
    const { scene } = simulateLabelled(17);
    const input = detectorInput(scene) as Float32Array;
    const ramped = {
      ...scene,
      losM: scene.losM.map((v, i) => v + 0.02 + 1e-4 * (i % scene.columns)),
    };
    const again = detectorInput(ramped) as Float32Array;
    for (let i = 0; i < input.length; i += CHANNELS) {
      expect(Math.abs((input[i] as number) - (again[i] as number))).toBeLessThan(0.02);
    }
    // Each pixel twice in both directions: the same cells.
    const { rows, columns } = scene;
    const double = {
      ...scene,
      ...{ rows: 2 * rows, columns: 2 * columns },
      losM: Float32Array.from(
        { length: 4 * rows * columns },
        (_, i) =>
          scene.losM[
            (Math.floor(i / (2 * columns)) >> 1) * columns + ((i % (2 * columns)) >> 1)
          ] as number,
      ),
    };
    const larger = detectorInput(double) as Float32Array;
    expect(larger).toHaveLength(CELLS * CELLS * CHANNELS);
    for (let i = 0; i < input.length; i += CHANNELS) {
      expect(larger[i]).toBeCloseTo(input[i] as number, 4);
    }
    expect(detectorInput({ ...scene, losM: scene.losM.map(() => Number.NaN) })).toBeNull();
  });

  it('shows a cycle as jumps', () => {
    const losM = Float32Array.from({ length: 96 * 96 }, (_, i) => (i % 96 < 41 ? 0 : 0.0555 / 2));
    const input = detectorInput({
      rows: 96,
      columns: 96,
      losM,
      wavelengthM: 0.0555,
    }) as Float32Array;
    const jumps = (column: number): number => input[(10 * CELLS + column) * CHANNELS + 2] as number;
    expect(jumps(20)).toBeGreaterThan(0.9);
    expect(jumps(25)).toBe(0);
  });
});

describe('shipped detector', () => {
  it('finds sources and unwrapping errors of scenes that it never saw', async () => {
    const detector = readDetector();
    const made = Array.from({ length: 120 }, (_, k) => simulateLabelled(95_000_000 + k));
    const flags = flagScenes(
      await loadBackend(),
      detector,
      made.map(({ scene }) => scene),
    );
    const { thresholds } = detector.file;
    const score = (k: 'deformation' | 'unwrapping', labels: readonly boolean[]) =>
      scoreAt(
        thresholds[k],
        flags.map((flag) => flag[k] ?? 0),
        labels.map(Number),
      );
    // bench/insar/detector measures it on many more.
    const moving = score(
      'deformation',
      made.map(({ hasDeformation }) => hasDeformation),
    );
    expect(moving.precision).toBeGreaterThan(0.82);
    expect(moving.recall).toBeGreaterThan(0.82);
    const wrong = score(
      'unwrapping',
      made.map(({ hasUnwrappingError }) => hasUnwrappingError),
    );
    expect(wrong.precision).toBeGreaterThan(0.75);
    expect(wrong.recall).toBeGreaterThan(0.75);
  });

  it('is refused when its files do not belong together', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'detector-'));
    expect(() => readDetector(folder)).toThrow(/detector file/);
    copyFileSync(path.join(DETECTOR_DIR, 'detector.json'), path.join(folder, 'detector.json'));
    writeFileSync(path.join(folder, 'weights.f32'), new Uint8Array(8));
    expect(() => readDetector(folder)).toThrow(/not the weights that detector.json names/);
    rmSync(folder, { recursive: true });
  });
});

describeWithSamples(
  'detector on real scenes',
  ['insar/thessaly-2021/greece.unw', 'insar/sydney-small/expected.json'],
  () => {
    it('flags Thessaly as moving, and no scene as wrongly unwrapped', async () => {
      const scenes = [thessalyScene(), ...(await sydneyScenes())];
      const flags = flagScenes(await loadBackend(), readDetector(), scenes);
      expect(flags[0]?.showsDeformation).toBe(true);
      expect(flags.filter((flag) => flag.hasUnwrappingError)).toEqual([]);
    });
  },
);
