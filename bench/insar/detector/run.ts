/**
 * The detector on simulated scenes it never saw and on the real samples.
 * `QUAKELOOM_DATA=... node --import tsx bench/insar/detector/run.ts OUT.json [SCENES]`
 * Beside it the plain test that the event pipeline has: block means that stand out by five robust deviations.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { detectorInput } from '../../../models/deformation/detector/features.js';
import { flagScenes } from '../../../models/deformation/detector/detect.js';
import { readDetector } from '../../../models/deformation/detector/weights-file.js';
import { scoreAt } from '../../../models/deformation/detector/train/train.js';
import { simulateLabelled } from '../../../models/deformation/detector/train/simulate-scene.js';
import { sbasVelocity } from '../../../models/deformation/stack/sbas.js';
import { loadBackend } from '../../../models/backend.js';
import { mexicoScenes, sydneyScenes, thessalyScene } from '../../../test/support/insar-samples.js';

const [out = 'result.json', count = '800'] = process.argv.slice(2);
const backend = await loadBackend();
const detector = readDetector(process.env['DETECTOR_DIR']);
const { thresholds } = detector.file;
// Seeds that training reaches in no way: neither weights nor thresholds.
const made = Array.from({ length: Number(count) }, (_, k) =>
  simulateLabelled(90_000_000 + k),
).filter(({ scene }) => detectorInput(scene));
const flags = flagScenes(
  backend,
  detector,
  made.map(({ scene }) => scene),
);
const score = (k: 'deformation' | 'unwrapping', labels: readonly boolean[]) =>
  scoreAt(
    thresholds[k],
    flags.map((flag) => flag[k] ?? 0),
    labels.map(Number),
  );
/** The first channel is asinh(value / deviation) / 2. */
const peaks = made.map(({ scene }) => {
  const input = detectorInput(scene) as Float32Array;
  let most = 0;
  for (let i = 0; i < input.length; i += 3) most = Math.max(most, Math.abs(input[i] as number));
  return Math.sinh(2 * most);
});
const isMoving = made.map(({ hasDeformation }) => Number(hasDeformation));
const byStrength = [
  [5, 8],
  [8, 15],
  [15, 30],
  [30, 60],
].map(([low, high]) => {
  const own = made.flatMap(({ signalToNoise: s }, i) =>
    s >= (low as number) && s < (high as number) ? [i] : [],
  );
  return {
    low,
    high,
    scenes: own.length,
    recall: own.filter((i) => flags[i]?.showsDeformation).length / own.length,
  };
});
const real = async (name: string, scenes: Awaited<ReturnType<typeof sydneyScenes>>) => {
  const found = flagScenes(backend, detector, scenes);
  return {
    name,
    scenes: scenes.length,
    deformation: found.filter((flag) => flag.showsDeformation).length,
    unwrapping: found.filter((flag) => flag.hasUnwrappingError).length,
    largestDeformation: Math.max(...found.map((flag) => flag.deformation ?? 0)),
    largestUnwrapping: Math.max(...found.map((flag) => flag.unwrapping ?? 0)),
  };
};
/** Interferograms without the linear motion of their own stack: what is left is atmosphere and noise. */
const withoutMotion = (scenes: Awaited<ReturnType<typeof sydneyScenes>>) => {
  const { velocityMmPerYear } = sbasVelocity({ scenes });
  return scenes.map((scene) => {
    const years =
      (Date.parse(scene.secondDate) - Date.parse(scene.firstDate)) / 86_400_000 / 365.25;
    const losM = scene.losM.map((v, i) => v - ((velocityMmPerYear[i] as number) * years) / 1000);
    return { ...scene, losM };
  });
};
const sydney = await sydneyScenes();
const summary = {
  command: 'node --import tsx bench/insar/detector/run.ts bench/insar/detector/result.json',
  training: detector.file.training,
  thresholds,
  simulated: {
    scenes: made.length,
    deformation: score(
      'deformation',
      made.map(({ hasDeformation }) => hasDeformation),
    ),
    unwrapping: score(
      'unwrapping',
      made.map(({ hasUnwrappingError }) => hasUnwrappingError),
    ),
    recallByPeakOverNoise: byStrength,
    deformationByThreshold: [0.7, 0.9, 0.95, 0.988].map((threshold) => ({
      threshold,
      ...scoreAt(
        threshold,
        flags.map(({ deformation }) => deformation ?? 0),
        isMoving,
      ),
    })),
    plainTest: scoreAt(5, peaks, isMoving),
  },
  real: [
    await real('Sydney', sydney),
    await real('Sydney without the linear motion of the stack', withoutMotion(sydney)),
    await real('Thessaly', [thessalyScene()]),
    await real('Mexico City', await mexicoScenes()),
  ],
};
writeFileSync(out, `${JSON.stringify(summary, null, 2)}\n`);
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
