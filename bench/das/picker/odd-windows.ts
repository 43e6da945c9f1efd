/**
 * Windows without quakes, and windows unlike the training's. Prints JSON. Run:
 * `node --import tsx bench/das/picker/odd-windows.ts [WINDOWS] [ODD] [WEIGHTS_DIR]`.
 * @module
 */
import { createRandom } from '../../../core/random.js';
import {
  loadPicker,
  pickFibreWindow,
  type FibreWindow,
} from '../../../models/das/picker/pick-fibre-window.js';
import { heldOutWindow, windowDistances } from '../../../models/das/picker/train/calibrate.js';
import { drawDasWindow, type DasWindow } from '../../../models/generative/das-windows.js';
import { noQuakeWindow } from './no-quake.js';

const [windows = '200', odd = '30', dir] = process.argv.slice(2);
const picker = await loadPicker(dir === undefined ? {} : { dir });

function asInput(window: DasWindow): FibreWindow {
  return {
    ...window,
    channelCount: window.layout.channelCount,
    distanceM: windowDistances(window),
    startNs: 0n,
  };
}

/** A held-out window with samples of another kind. */
function altered(seed: number, kind: string): FibreWindow {
  const window = asInput(heldOutWindow(seed));
  const { channelCount, sampleCount } = window;
  const random = createRandom(seed);
  const samples = window.samples.slice();
  switch (kind) {
    case 'white noise':
      return { ...window, samples: samples.map(() => random.normal()) };
    case 'traffic 20 m/s':
    case 'common-mode steps': {
      const isTraffic = kind === 'traffic 20 m/s';
      return asInput(
        drawDasWindow({
          ...heldOutWindow(seed),
          channelCount: 32,
          hasQuake: false,
          channelSpacingM: 8,
          impactCount: 0,
          vehicleSpeedsMS: isTraffic ? [20, 20, 20] : [],
          commonModeCount: isTraffic ? 0 : 4,
        }),
      );
    }
    case 'clipped': {
      const limit = quantileOfSize(samples, 0.8);
      return { ...window, samples: samples.map((x) => Math.min(limit, Math.max(-limit, x))) };
    }
    case 'rate said to be doubled':
      return { ...window, rateHz: 2 * window.rateHz };
    case 'rate said to be halved':
      return { ...window, rateHz: window.rateHz / 2 };
    case 'channels shuffled': {
      const order = Array.from({ length: channelCount }, (_, c) => c);
      for (let i = channelCount - 1; i > 0; i--) {
        const j = random.integer(i + 1);
        [order[i], order[j]] = [order[j] as number, order[i] as number];
      }
      order.forEach((from, to) =>
        samples.set(
          window.samples.subarray(from * sampleCount, (from + 1) * sampleCount),
          to * sampleCount,
        ),
      );
      return { ...window, samples };
    }
    default:
      return window;
  }
}

function quantileOfSize(samples: Float32Array, share: number): number {
  const sizes = samples.map(Math.abs).sort();
  return sizes[Math.floor(share * (sizes.length - 1))] as number;
}

/** Area under the receiver operating curve of the scores against those in distribution. */
function areaUnderCurve(inside: readonly number[], outside: readonly number[]): number {
  let wins = 0;
  for (const o of outside) for (const i of inside) wins += o > i ? 1 : o === i ? 0.5 : 0;
  return wins / (inside.length * outside.length);
}

const events: unknown[] = [];
for (let k = 0; k < Number(windows); k++) {
  const picked = await pickFibreWindow({ ...asInput(noQuakeWindow(k)), picker });
  for (const event of picked.events) {
    events.push({ window: k, probability: event.probability });
  }
  if ((k + 1) % 50 === 0) process.stderr.write(`no quake ${k + 1}\n`);
}

const kinds = [
  'in distribution',
  'white noise',
  'traffic 20 m/s',
  'common-mode steps',
  'clipped',
  'rate said to be doubled',
  'rate said to be halved',
  'channels shuffled',
];
const scores: Record<string, number[]> = {};
for (const kind of kinds) {
  const own: number[] = [];
  for (let k = 0; k < Number(odd); k++) {
    const { outOfDistribution } = await pickFibreWindow({
      ...altered(2_050_000_000 + k, kind),
      picker,
    });
    own.push(outOfDistribution.score);
  }
  scores[kind] = own;
  process.stderr.write(`${kind}\n`);
}
const inside = scores['in distribution'] ?? [];
process.stdout.write(
  `${JSON.stringify(
    {
      noQuake: {
        windows: Number(windows),
        windowsWithEvent: new Set(events.map((e) => JSON.stringify(e))).size,
        events,
      },
      outOfDistribution: Object.fromEntries(
        Object.entries(scores).map(([kind, own]) => [
          kind,
          {
            windows: own.length,
            flagged: own.filter((x) => x > 1).length / own.length,
            medianScore: [...own].sort((a, b) => a - b)[own.length >> 1],
            areaUnderCurve: areaUnderCurve(inside, own),
          },
        ]),
      ),
    },
    null,
    2,
  )}\n`,
);
