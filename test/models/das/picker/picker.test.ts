import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noQuakeWindow } from '../../../../bench/das/picker/no-quake.js';
import { isoToNs } from '../../../../core/time.js';
import {
  loadPicker,
  pickFibreWindow,
  type FibreWindow,
  type PickedWindow,
  type Picker,
} from '../../../../models/das/picker/pick-fibre-window.js';
import {
  heldOutWindow,
  isQuakeAt,
  windowDistances,
} from '../../../../models/das/picker/train/calibrate.js';
import { reliability } from '../../../../models/das/picker/train/logistic.js';
import { readPicker, WEIGHTS_DIR } from '../../../../models/das/picker/weights-file.js';
import { drawDasWindow, type DasWindow } from '../../../../models/generative/das-windows.js';
import { describeWithSamples } from '../../../support/sample-data.js';
import { readBrady } from '../brady.js';

let picker: Picker;
beforeAll(async () => {
  picker = await loadPicker();
});
afterAll(() => picker.dispose());

/** Windows are drawn once: most of this file's time is their simulation. */
const drawn = new Map<string, DasWindow>();
function once(name: string, draw: () => DasWindow): DasWindow {
  const window = drawn.get(name) ?? draw();
  drawn.set(name, window);
  return { ...window, samples: window.samples.slice() };
}
const heldOut = (k: number): DasWindow =>
  once(`held-out ${k}`, () => heldOutWindow(2_000_000_000 + k));
const quiet = (k: number): DasWindow => once(`quiet ${k}`, () => noQuakeWindow(k));

function asInput(window: DasWindow): FibreWindow {
  return {
    ...window,
    channelCount: window.layout.channelCount,
    distanceM: windowDistances(window),
    startNs: 0n,
  };
}

const seconds = (ns: bigint | null): number | null => (ns === null ? null : Number(ns) / 1e9);

describeWithSamples('the Brady earthquake', ['das/brady_eq_daspy_example_f32.h5'], () => {
  const startNs = isoToNs('2016-03-21T07:37:30.532309Z');
  let picked: PickedWindow;
  beforeAll(async () => {
    const brady = readBrady();
    const samples = new Float32Array(500 * 5000);
    for (let c = 0; c < 500; c++) samples.set(brady.channel(c), c * 5000);
    picked = await pickFibreWindow({
      picker,
      samples,
      channelCount: 500,
      sampleCount: 5000,
      rateHz: 100,
      startNs,
      distanceM: Float64Array.from({ length: 500 }, (_, c) => 2520 + c),
      channels: Int32Array.from({ length: 500 }, (_, c) => 2500 + c),
    });
  });

  // How near a pick must be.
  it('is one event with the right P, S and distance', () => {
    expect(picked.events).toHaveLength(1);
    const [event] = picked.events;
    const p = Number((event?.pTimeNs ?? 0n) - isoToNs('2016-03-21T07:37:38.9Z')) / 1e9;
    const s = Number((event?.sTimeNs ?? 0n) - isoToNs('2016-03-21T07:37:58.9Z')) / 1e9;
    expect(Math.abs(p)).toBeLessThan(0.3);
    expect(Math.abs(s)).toBeLessThan(0.7);
    expect(event?.distanceKm?.p50).toBeGreaterThan(125);
    expect(event?.distanceKm?.p50).toBeLessThan(175);
  });

  it('has no pick before P, and picks on most channel groups', () => {
    const first = startNs + 7_800_000_000n;
    expect(picked.picks.filter((pick) => pick.timeNs < first)).toHaveLength(0);
    const groups = new Set(picked.picks.map((pick) => pick.channel));
    expect(groups.size).toBeGreaterThan(30);
    for (const pick of picked.picks) {
      expect(pick.channel - 2500 + 2520).toBe(pick.distanceM);
      expect(pick.probability).toBeGreaterThanOrEqual(0.3);
      expect(pick.sigmaS).toBeGreaterThan(0);
    }
  });
});

describe('windows without quakes', () => {
  // The benchmark runs 250; these are the first.
  it('with traffic, common-mode steps and dead channels declare nothing', async () => {
    for (let k = 0; k < 4; k++) {
      const { events } = await pickFibreWindow({ ...asInput(quiet(k)), picker });
      expect(events).toEqual([]);
    }
  });
});

describe('held-out simulations', () => {
  it('are calibrated, and their quakes are found', async () => {
    const [probabilities, answers]: [number[], boolean[]] = [[], []];
    let [quakes, found] = [0, 0];
    for (let k = 0; k < 10; k++) {
      const window = heldOut(k);
      const { picks, events } = await pickFibreWindow({
        ...asInput(window),
        picker,
        leastPickProbability: 0.05,
      });
      for (const pick of picks) {
        const right = isRight(window, pick);
        if (right === null) continue;
        probabilities.push(pick.probability);
        answers.push(right);
      }
      if (!showsBoth(window)) continue;
      quakes++;
      const isFound = events.some((event) =>
        isQuakeAt(window, { pTimeS: seconds(event.pTimeNs), sTimeS: seconds(event.sTimeNs) }),
      );
      if (isFound) found++;
    }
    expect(probabilities.length).toBeGreaterThan(200);
    expect(reliability(probabilities, answers).ece).toBeLessThan(0.12);
    expect(found / quakes).toBeGreaterThan(0.7);
  });
});

/** P and S show on more than half of the channels. */
function showsBoth({ quake }: DasWindow): boolean {
  const share = (x: Uint8Array): number => x.filter((v) => v === 2).length / x.length;
  return quake !== null && share(quake.pVisible) > 0.5 && share(quake.sVisible) > 0.5;
}

function isRight(
  window: DasWindow,
  pick: { channel: number; phase: 'P' | 'S'; timeNs: bigint },
): boolean | null {
  const { quake } = window;
  if (!quake) return false;
  const [times, visible] =
    pick.phase === 'P' ? [quake.pTimeS, quake.pVisible] : [quake.sTimeS, quake.sVisible];
  if (Math.abs(Number(pick.timeNs) / 1e9 - (times[pick.channel] as number)) > 0.5) return false;
  return visible[pick.channel] === 2 ? true : null;
}

describe('the picker', () => {
  it('gives the same for the same window', async () => {
    const input = asInput(heldOut(1));
    const text = async (): Promise<string> =>
      JSON.stringify(await pickFibreWindow({ ...input, picker }), (_, v: unknown) =>
        typeof v === 'bigint' ? v.toString() : v,
      );
    expect(await text()).toBe(await text());
  });

  it('moves its picks with the clock and not with the unit', async () => {
    const input = asInput(
      drawDasWindow({
        seed: 2_000_000_001,
        channelCount: 32,
        channelSpacingM: 10,
        sampleCount: 4096,
        rateHz: 100,
        hasQuake: true,
        signalToNoise: 30,
        commonModeCount: 0,
      }),
    );
    const plain = await pickFibreWindow({ ...input, picker });
    const moved = await pickFibreWindow({
      ...input,
      picker,
      startNs: 1_000_000_000_000n,
      samples: input.samples.map((x) => 1e-6 * x),
    });
    expect(plain.picks.length).toBeGreaterThan(0);
    expect(moved.picks).toHaveLength(plain.picks.length);
    moved.picks.forEach((pick, i) => {
      const away = pick.timeNs - 1_000_000_000_000n - (plain.picks[i]?.timeNs ?? 0n);
      expect(Math.abs(Number(away))).toBeLessThan(2e6);
    });
  });

  it('flags clipped data', async () => {
    const input = asInput(heldOut(1));
    const sizes = input.samples.map(Math.abs).sort();
    const limit = sizes[Math.floor(0.5 * sizes.length)] as number;
    const samples = input.samples.map((x) => Math.min(limit, Math.max(-limit, x)));
    const { outOfDistribution } = await pickFibreWindow({ ...input, samples, picker });
    expect(outOfDistribution.flag).toBe(true);
    expect(outOfDistribution.reasons.join()).toContain('clipped');
  });
});

describe('bad input', () => {
  const good = (): FibreWindow => asInput(quiet(0));
  const picked = async (samples: Float32Array): Promise<PickedWindow> =>
    pickFibreWindow({ ...good(), samples, picker });

  it.each([
    ['zeros', 0],
    ['a constant', 7],
    ['NaN', Number.NaN],
    ['infinity', Infinity],
  ])('%s: no pick, no event, all channels left out', async (_, value) => {
    const found = await picked(new Float32Array(64 * 6000).fill(value));
    expect(found.picks).toEqual([]);
    expect(found.events).toEqual([]);
    expect(found.channelsLeftOut).toBe(64);
    expect(found.outOfDistribution.flag).toBe(true);
    expect(Number.isFinite(found.outOfDistribution.score)).toBe(true);
  });

  it('single samples that are not finite change nothing much', async () => {
    const { samples } = good();
    samples[1234] = Number.NaN;
    samples[99_999] = -Infinity;
    expect((await picked(samples)).events).toEqual([]);
  });

  it.each([
    ['window', { sampleCount: 600, samples: new Float32Array(64 * 600) }],
    ['samples', { samples: new Float32Array(5) }],
    ['rateHz', { rateHz: 31.25 }],
    ['rateHz', { rateHz: Number.NaN }],
    ['rateHz', { rateHz: 1e9 }],
    ['shape', { channelCount: 0 }],
    ['distanceM', { distanceM: [0, 1] }],
    ['distanceM', { distanceM: new Float64Array(64) }],
  ] as const)('%s is refused by name', async (what, over) => {
    await expect(pickFibreWindow({ ...good(), ...over, picker })).rejects.toMatchObject({
      _tag: 'InvalidInput',
      what,
    });
  });
});

describe('weight files', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'picker-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are small, and refused when damaged or missing', () => {
    const [json, weights] = ['picker.json', 'weights.f16'].map((name) =>
      readFileSync(path.join(WEIGHTS_DIR, name)),
    ) as [Buffer, Buffer];
    expect(weights.length + json.length).toBeLessThan(5e6);
    expect(() => readPicker(folder)).toThrow(/picker.json/);
    writeFileSync(path.join(folder, 'picker.json'), json);
    const changed = Buffer.from(weights);
    changed[100] = (changed[100] as number) ^ 1;
    writeFileSync(path.join(folder, 'weights.f16'), changed);
    expect(() => readPicker(folder)).toThrow(/not the weights/);
    writeFileSync(path.join(folder, 'picker.json'), '{"format":"other"}');
    expect(() => readPicker(folder)).toThrow(/format/);
  });
});
