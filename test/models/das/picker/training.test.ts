import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../../core/random.js';
import { loadBackend, type TensorFlow } from '../../../../models/backend.js';
import {
  pickerLogits,
  WEIGHT_COUNT,
  WEIGHT_SHAPES,
} from '../../../../models/das/picker/network.js';
import { readBatch, SHARD_BYTES } from '../../../../models/das/picker/train/dataset.js';
import { trainMember } from '../../../../models/das/picker/train/train-member.js';
import { WINDOW_GROUPS, WINDOW_SAMPLES } from '../../../../models/das/picker/settings.js';

/** A shard of noise with P at 20 s and S at 30 s on every group: quicker than simulating one. */
function madeUpShard(): Buffer {
  const bytes = Buffer.alloc(SHARD_BYTES);
  const values = 32 * 2560;
  const windowBytes = 2 * values + 10 * 32;
  const random = createRandom(8);
  for (let window = 0; window < 2; window++) {
    const at = window * windowBytes;
    for (let i = 0; i < values; i++) {
      bytes.writeInt16LE(Math.round(500 * random.normal()), at + 2 * i);
    }
    for (let g = 0; g < 32; g++) {
      bytes.writeFloatLE(20, at + 2 * values + 4 * g);
      bytes.writeFloatLE(30, at + 2 * values + 4 * (32 + g));
      bytes[at + 2 * values + 8 * 32 + g] = 2;
      // S shows only doubtfully on the second half of the groups.
      bytes[at + 2 * values + 9 * 32 + g] = g < 16 ? 2 : 1;
    }
  }
  return bytes;
}

describe('training batches', () => {
  const batch = readBatch({ shards: [madeUpShard()], picks: [0, 1], random: createRandom(1) });
  const outputs = WINDOW_SAMPLES / 2;

  it('label each arrival once, as a probability', () => {
    for (let g = 0; g < WINDOW_GROUPS; g++) {
      let [p, s] = [0, 0];
      for (let i = 0; i < outputs; i++) {
        const k = 3 * (i * WINDOW_GROUPS + g);
        const [isNoise = 0, isP = 0, isS = 0] = batch.labels.subarray(k, k + 3);
        expect(Math.abs(isNoise + isP + isS - 1)).toBeLessThan(1e-5);
        p = Math.max(p, isP);
        s = Math.max(s, isS);
      }
      if (p > 0) expect(p).toBeGreaterThan(0.9);
      if (s > 0) expect(s).toBeGreaterThan(0.9);
    }
    // Some groups may be muted; most are not.
    const peaks = batch.labels.filter((x, k) => k % 3 === 1 && x > 0.98).length;
    expect(peaks).toBeGreaterThan(30);
  });

  it('teach nothing where an arrival shows only doubtfully', () => {
    const doubtful = batch.weights.filter((w) => w === 0).length;
    // 2.4 s at 25 Hz on half of the groups of two windows, less what is muted.
    expect(doubtful).toBeGreaterThan(0.5 * 60 * 32);
    expect(doubtful).toBeLessThanOrEqual(61 * 32);
  });
});

describe('a training run', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'train-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const heldOut = madeUpShard();
  const run = async (name: string, stopAfter: number): Promise<Float32Array> => {
    const { weights } = await trainMember({
      shards: [heldOut],
      heldOut,
      heldOutWindows: 2,
      seed: 3,
      steps: 4,
      stopAfter,
      batchSize: 1,
      learningRate: 0.002,
      checkpoint: path.join(folder, name),
    });
    return weights;
  };

  it('that was stopped goes on as if it had not been', async () => {
    const whole = await run('whole', 4);
    await run('parts', 2);
    const parts = await run('parts', 4);
    expect(whole).toHaveLength(WEIGHT_COUNT);
    // The native library adds in an order that depends on its threads.
    const away = whole.reduce(
      (most, w, i) => Math.max(most, Math.abs(w - (parts[i] as number))),
      0,
    );
    expect(away).toBeLessThan(1e-4);
    const other = await run('other', 2);
    expect(other).not.toEqual(whole);
  });
});

describe('the network', () => {
  let tf: TensorFlow;
  beforeAll(async () => {
    ({ tf } = await loadBackend());
  });

  it('answers three classes at half the rate for any multiple of 128 samples', () => {
    const shapes = tf.tidy(() => {
      const weights = new Map(WEIGHT_SHAPES.map(({ name, shape }) => [name, tf.zeros([...shape])]));
      return [128, 2048, 2560].map(
        (time) => pickerLogits(tf, weights, tf.zeros([1, time, 32, 1])).shape,
      );
    });
    expect(shapes).toEqual([
      [1, 64, 32, 3],
      [1, 1024, 32, 3],
      [1, 1280, 32, 3],
    ]);
  });
});
