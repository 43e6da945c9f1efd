/**
 * What construction and the loss term do: networks trained with and without each, on the same motions,
 * judged on held-out motions and by how often they break physics anywhere in the range.
 * @module
 */
import { createRandom } from '../../../core/random.js';
import { loadBackend } from '../../../models/backend.js';
import { MEASURES } from '../../../models/groundmotion/ground-motion-model.js';
import { networkModel } from '../../../models/groundmotion/network.js';
import { simulateMotions } from '../../../models/groundmotion/train/simulate.js';
import { trainGroundMotion } from '../../../models/groundmotion/train/train.js';

const RUNS = [
  { name: 'free, lambda 0', isConstrained: false, lambda: 0 },
  { name: 'free, lambda 1', isConstrained: false, lambda: 1 },
  { name: 'monotone, lambda 0', isConstrained: true, lambda: 0 },
  { name: 'monotone, lambda 1', isConstrained: true, lambda: 1 },
];
const POINTS = 5000;

export async function ablation(): Promise<unknown> {
  const { tf } = await loadBackend({ prefer: 'tensorflow-cpu' });
  const examples = simulateMotions({ seed: 1, events: 150 });
  const heldOut = simulateMotions({ seed: 2, events: 100 });
  return RUNS.map(({ name, ...settings }) => {
    const weights = trainGroundMotion({ tf, examples, seed: 1, steps: 700, ...settings });
    const model = networkModel(weights);
    const rms = Object.fromEntries(
      MEASURES.map((measure) => {
        const own = heldOut.filter((one) => one.measure === measure);
        const sum = own.reduce(
          (total, one) => total + (one.value - model.predict(measure, one.scenario).median) ** 2,
          0,
        );
        return [measure, Number(Math.sqrt(sum / own.length).toFixed(4))];
      }),
    );
    const random = createRandom(9);
    let falls = 0;
    let grows = 0;
    for (let i = 0; i < POINTS; i++) {
      const scenario = {
        magnitude: 3 + 4.9 * random.uniform(),
        distanceKm: 300 ** random.uniform(),
        depthKm: 40 * random.uniform(),
        vs30: 150 * 10 ** random.uniform(),
        mechanism: 'strike-slip' as const,
      };
      for (const measure of MEASURES) {
        const here = model.predict(measure, scenario).median;
        const up = { ...scenario, magnitude: scenario.magnitude + 0.1 };
        const away = { ...scenario, distanceKm: scenario.distanceKm * 1.1 };
        if (model.predict(measure, up).median < here) falls++;
        if (model.predict(measure, away).median > here) grows++;
      }
    }
    const share = (count: number): number =>
      Number((count / (POINTS * MEASURES.length)).toFixed(5));
    return {
      name,
      heldOutRms: rms,
      fallsWithMagnitude: share(falls),
      growsWithDistance: share(grows),
    };
  });
}
