/** `das pick` on recordings at the edge of what can be picked: an answer that says what it is. @module */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import { writeProdml } from '../../../connectors/das/write/write-prodml.js';
import { createRandom } from '../../../core/random.js';

const home = mkdtempSync(path.join(tmpdir(), 'quakeloom-pick-limits-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Noise with a wave that crosses the fibre half-way through; picks it. */
async function pick(shape: { rateHz: number; seconds: number; channels: number }) {
  const { rateHz, seconds, channels } = shape;
  const random = createRandom(5);
  const samples = Float32Array.from({ length: Math.round(rateHz * seconds) * channels }, (_, i) => {
    const c = i % channels;
    const t = Math.floor(i / channels) / rateHz - seconds / 2 - (c * 10) / 4000;
    const wave = t < 0 ? 0 : 20 * Math.sin(2 * Math.PI * 4 * t + c) * Math.exp(-t / 2);
    return 0.01 * (random.normal() + wave);
  });
  const file = path.join(home, `${rateHz}-${seconds}-${channels}.h5`);
  await writeProdml({
    path: file,
    startNs: 1_577_836_800_000_000_000n,
    rateHz,
    channelCount: channels,
    dxM: 10,
    gaugeLengthM: 10,
    samples,
    unit: 'microstrain/s',
  });
  let text = '';
  const code = await runCli({
    argv: ['das', 'pick', file, '--json'],
    output: { write: (part) => void (text += part), error: () => undefined, isTerminal: false },
  });
  return { code, answer: JSON.parse(text) as Record<string, unknown> & { notes?: string[] } };
}

describe('das pick', () => {
  it.each([
    [{ rateHz: 20, seconds: 40, channels: 24 }, 'needs 50 Hz, this is 20 Hz'],
    [{ rateHz: 100, seconds: 8, channels: 24 }, 'needs 10 s, this is 8 s'],
  ])('falls back on STA/LTA, and says why: %o', async (shape, why) => {
    const { code, answer } = await pick(shape);
    expect(code).toBe(0);
    expect(answer['method']).toBe('sta-lta');
    expect(answer.notes?.join()).toContain(why);
    expect(answer['outOfDistribution']).toBeNull();
  });

  it.each([
    [{ rateHz: 250, seconds: 12, channels: 24 }, 0],
    [{ rateHz: 62.5, seconds: 12, channels: 24 }, 0],
    [{ rateHz: 100, seconds: 12, channels: 2 }, 1],
  ])('resamples other rates, and says when channels are few: %o', async (shape, notes) => {
    const { code, answer } = await pick(shape);
    expect(code).toBe(0);
    expect(answer['method']).toBe('network');
    expect(answer.notes).toHaveLength(notes);
  });

  it.each([
    [{ rateHz: 100, seconds: 3, channels: 24 }, 'too short'],
    [{ rateHz: 2, seconds: 60, channels: 24 }, '2 Hz cannot carry P and S'],
  ])('refuses what nobody can pick: %o', async (shape, why) => {
    const { code, answer } = await pick(shape);
    expect(code).toBe(2);
    expect(answer['error']).toMatchObject({ type: 'InvalidInput' });
    expect(JSON.stringify(answer['error'])).toContain(why);
  });
});
