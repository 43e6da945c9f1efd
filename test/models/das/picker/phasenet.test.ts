import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  loadPhaseNet,
  pickWithPhaseNet,
  type PhaseNet,
} from '../../../../models/das/picker/phasenet.js';
import { describeWithSamples, samplePath } from '../../../support/sample-data.js';
import { readBrady } from '../brady.js';

const MODEL = 'models/phasenet-190703/model.json';

function floats(name: string): Float32Array {
  const bytes = readFileSync(samplePath(`models/phasenet-190703/${name}`));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

describeWithSamples('imported PhaseNet', [MODEL], () => {
  let model: PhaseNet;
  beforeAll(async () => {
    model = await loadPhaseNet({ file: samplePath(MODEL) });
  });
  afterAll(() => model.dispose());

  it('gives the reference output of the original graph', async () => {
    const wanted = floats('ref_y.f32');
    const got = await model.predict(floats('ref_x.f32'), 2);
    expect(got).toHaveLength(wanted.length);
    const worst = got.reduce(
      (most, x, i) => Math.max(most, Math.abs(x - (wanted[i] as number))),
      0,
    );
    expect(worst).toBeLessThan(1e-5);
  });

  // Reference: das.md section 4, the same model through TensorFlow in Python.
  it('picks channel 250 of the Brady earthquake where the reference does', async () => {
    const samples = readBrady().channel(250).slice(0, 3000);
    const { p, s } = await pickWithPhaseNet({
      model,
      samples,
      channelCount: 1,
      sampleCount: 3000,
      rateHz: 100,
    });
    const at = (x: Float32Array): number => x.indexOf(Math.max(...x));
    expect(Math.max(...p)).toBeCloseTo(0.8839, 3);
    expect(at(p)).toBe(866);
    expect(Math.max(...s)).toBeCloseTo(0.6735, 3);
    expect(at(s)).toBe(2865);
  });

  it('refuses another rate and short windows', async () => {
    const input = { model, samples: new Float32Array(3000), channelCount: 1, sampleCount: 3000 };
    await expect(pickWithPhaseNet({ ...input, rateHz: 200 })).rejects.toMatchObject({
      _tag: 'InvalidInput',
    });
    await expect(
      pickWithPhaseNet({ ...input, sampleCount: 2999, rateHz: 100 }),
    ).rejects.toMatchObject({ _tag: 'InvalidInput' });
  });
});

describe('damaged models', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'phasenet-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const attempt = (text: string): Promise<PhaseNet> => {
    const file = path.join(folder, 'model.json');
    writeFileSync(file, text);
    return loadPhaseNet({ file });
  };
  const graph = (manifest: unknown): string =>
    JSON.stringify({ modelTopology: { node: [] }, weightsManifest: manifest });

  it('are refused by file and field', async () => {
    await expect(attempt('not json')).rejects.toMatchObject({ _tag: 'CorruptSource' });
    await expect(attempt('{}')).rejects.toMatchObject({ at: 'modelTopology' });
    await expect(
      attempt(graph([{ paths: ['../../etc/hostname'], weights: [] }])),
    ).rejects.toMatchObject({ at: 'weightsManifest.paths' });
    const weights = [{ name: 'w', shape: [1e6, 1e6], dtype: 'float32' }];
    await expect(attempt(graph([{ paths: [], weights }]))).rejects.toMatchObject({
      at: 'weightsManifest.weights',
    });
    await expect(loadPhaseNet({ file: path.join(folder, 'none') })).rejects.toMatchObject({
      _tag: 'InvalidInput',
    });
  });
});
