/**
 * Simulated recordings of kinds the picker does not know. In: a number and a kind. Out: a window with
 * a fault that a file or an interrogator may have.
 * @module
 */
import { createRandom } from '../../../../core/random.js';
import { logBetween, TRAINING_RANGES } from '../../../generative/das-ranges.js';
import { drawDasWindow, type DasWindow } from '../../../generative/das-windows.js';

/** `none` is in distribution: recordings at 50, 100, 200 and 250 Hz. */
export const ODD_KINDS = [
  'none',
  'white noise',
  'common mode',
  'clipped',
  'rate said to be doubled',
  'rate said to be halved',
  'channels shuffled',
] as const;
export type OddKind = (typeof ODD_KINDS)[number];

/** Samples with what a reader would say of them. */
export interface OddWindow {
  /** [channel * time]. */
  readonly samples: Float32Array;
  readonly channelCount: number;
  readonly sampleCount: number;
  readonly rateHz: number;
  readonly channelSpacingM: number;
}

const SECONDS = 40.96;
const RATES_HZ = [50, 100, 100, 100, 200, 250] as const;

/** The recording that odd windows of this number are made of. */
export function plainWindow(seed: number): DasWindow {
  const random = createRandom(seed ^ 0x51ed270b);
  const rateHz = RATES_HZ[random.integer(RATES_HZ.length)] as number;
  return drawDasWindow({
    seed,
    // A recording that clips is a fault here, though the picker was trained on some.
    ranges: { ...TRAINING_RANGES, saturatedShare: 0 },
    channelCount: random.uniform() < 0.7 ? 32 : 64,
    sampleCount: Math.round(SECONDS * rateHz),
    rateHz,
    channelSpacingM: logBetween(random, [5.4, TRAINING_RANGES.channelSpacingM[1]]),
  });
}

/** A window of the kind; null where the kind cannot be (half of 50 Hz is refused anyway). */
export function oddWindow(plain: DasWindow, kind: OddKind): OddWindow | null {
  const { sampleCount, rateHz, samples } = plain;
  const { channelCount, channelSpacingM } = plain.layout;
  const window = { samples, channelCount, sampleCount, rateHz, channelSpacingM };
  const random = createRandom(plain.seed ^ 0x2f6b1c3d);
  switch (kind) {
    case 'white noise':
      return { ...window, samples: samples.map(() => random.normal()) };
    case 'common mode':
      return { ...window, samples: withCommonMode(window, logBetween(random, [1, 10])) };
    case 'clipped': {
      const limit = quantileOfSize(samples, 0.6 + 0.3 * random.uniform());
      return { ...window, samples: samples.map((x) => Math.min(limit, Math.max(-limit, x))) };
    }
    case 'rate said to be doubled':
      return { ...window, rateHz: 2 * rateHz };
    case 'rate said to be halved':
      return rateHz < 100 ? null : { ...window, rateHz: rateHz / 2 };
    case 'channels shuffled':
      return { ...window, samples: shuffled(window) };
    case 'none':
      return window;
  }
}

/** Laser noise that is louder than each channel's own, all the time. */
function withCommonMode(window: OddWindow, size: number): Float32Array {
  const random = createRandom(window.sampleCount + Math.round(1e6 * size));
  const { samples, sampleCount } = window;
  const level = quantileOfSize(samples, 0.68);
  const common = Float32Array.from({ length: sampleCount }, () => size * level * random.normal());
  return samples.map((x, i) => x + (common[i % sampleCount] as number));
}

function shuffled({ samples, channelCount, sampleCount }: OddWindow): Float32Array {
  const random = createRandom(channelCount + sampleCount);
  const order = Array.from({ length: channelCount }, (_, c) => c);
  for (let i = channelCount - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  const out = new Float32Array(samples.length);
  order.forEach((from, to) =>
    out.set(samples.subarray(from * sampleCount, (from + 1) * sampleCount), to * sampleCount),
  );
  return out;
}

function quantileOfSize(samples: Float32Array, share: number): number {
  const sizes = samples.map(Math.abs).sort();
  return sizes[Math.floor(share * (sizes.length - 1))] as number;
}
