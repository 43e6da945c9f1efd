/**
 * Windows to train and to judge the phone's networks on. In: folders of recordings and a seed. Out:
 * labelled windows, split by record.
 * @module
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readActivity } from '../../../../connectors/phones/activity.js';
import { parsePhoneMessage } from '../../../../connectors/phones/message.js';
import { readReplay } from '../../../../connectors/phones/openeew-replay.js';
import { InvalidInputError } from '../../../../core/errors.js';
import { createRandom, type Random } from '../../../../core/random.js';
import type { PhoneRecord } from '../../../../core/tables/phone-table.js';
import {
  handled,
  otherWindow,
  quakeWindow,
  recordWindows,
  type ActivityRecord,
} from '../../../../models/generative/phone-windows.js';
import type { LabelledWindow } from '../../../../models/phones/classifier/train.js';
import {
  COMPONENTS,
  WINDOW_RATE_HZ,
  WINDOW_SAMPLES,
  type MotionWindow,
} from '../../../../models/phones/classifier/window.js';

/** Records that no network is trained on: one of each kind of use. */
const HELD_OUT = ['driving', 'jogging', 'vehicle_stationary_mod'];
/** Shaking windows of real quakes: vector peak over this, gal; noise of a phone is added, gal. */
const SHAKING_GAL = 5;
const PHONE_NOISE_GAL = 0.49;
const TRACK_SEED = 77;

/** Recordings of use, split by record. */
export async function readActivities(folder: string): Promise<{
  readonly train: readonly ActivityRecord[];
  readonly test: readonly ActivityRecord[];
}> {
  const names = (await readdir(folder, { recursive: true }).catch(() => []))
    .filter((name) => name.endsWith('.csv'))
    .sort();
  const records = await Promise.all(names.map((name) => readActivity(path.join(folder, name))));
  const train = records.filter((r) => !HELD_OUT.includes(r.name));
  const test = records.filter((r) => HELD_OUT.includes(r.name));
  if (train.length === 0) {
    throw new InvalidInputError({
      what: `activities ${folder}`,
      reason: 'no recording to train on',
      remedy: 'give the folder human-activity of the sample data',
    });
  }
  return { train, test };
}

/** Equal numbers of quakes and of anything else. */
export function trainingWindows(input: {
  readonly records: readonly ActivityRecord[];
  readonly count: number;
  readonly seed: number;
}): LabelledWindow[] {
  const random = createRandom(input.seed);
  return Array.from({ length: input.count }, (_, k) =>
    k % 2 === 0
      ? { window: quakeWindow(random), isQuake: true }
      : { window: otherWindow(random, input.records), isQuake: false },
  );
}

/** Windows of one class for an evaluation. */
export interface WindowClass {
  readonly name: string;
  readonly isQuake: boolean;
  readonly windows: readonly MotionWindow[];
}

/** Held-out records, simulated quakes and handling of other seeds, and real quakes when given. */
export async function evaluationClasses(input: {
  readonly activities: string;
  readonly quakes?: string;
  readonly seed: number;
}): Promise<WindowClass[]> {
  const { train, test } = await readActivities(input.activities);
  const random = createRandom(input.seed);
  const draw = (make: (random: Random) => MotionWindow): MotionWindow[] =>
    Array.from({ length: 400 }, () => make(random));
  const classes: WindowClass[] = [
    { name: 'simulated quakes', isQuake: true, windows: draw(quakeWindow) },
    { name: 'simulated handling', isQuake: false, windows: draw(handled) },
    ...test.map((r) => ({ name: r.name, isQuake: false, windows: recordWindows(r) })),
    ...train.map((r) => ({
      name: `${r.name} (trained on)`,
      isQuake: false,
      windows: recordWindows(r),
    })),
  ];
  if (input.quakes === undefined) return classes;
  const windows = await recordedQuakes(input.quakes);
  return [...classes, { name: 'recorded quakes', isQuake: true, windows }];
}

/** Windows of OpenEEW events whose motion exceeds 5 gal, a second apart, with a phone's noise. */
async function recordedQuakes(folder: string): Promise<MotionWindow[]> {
  const random = createRandom(TRACK_SEED);
  const windows: MotionWindow[] = [];
  const byDevice = new Map<string, PhoneRecord[]>();
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort(byName)) {
    if (!entry.isDirectory() || entry.name === 'firmware-format') continue;
    const { messages } = await readReplay({ folder: path.join(folder, entry.name) });
    for (const { payload } of messages) {
      const parsed = parsePhoneMessage(Buffer.from(payload).toString('utf8'));
      for (const record of parsed.ok ? parsed.records : []) {
        const key = `${entry.name} ${record.deviceId}`;
        byDevice.set(key, [...(byDevice.get(key) ?? []), record].slice(-3));
        const window = shakenWindow(byDevice.get(key) ?? [], random);
        if (window) windows.push(window);
      }
    }
  }
  return windows;
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** The last 2 s of three records that follow one another, at 25 Hz; null when there is no shaking. */
function shakenWindow(records: readonly PhoneRecord[], random: Random): MotionWindow | null {
  const first = records[0];
  if (records.length < 3 || !first) return null;
  const window = new Float32Array(COMPONENTS * WINDOW_SAMPLES);
  (['x', 'y', 'z'] as const).forEach((component, c) => {
    const samples = records.flatMap((r) => Array.from(r[component]));
    for (let i = 0; i < WINDOW_SAMPLES; i++) {
      const at = samples.length - 2 - ((WINDOW_SAMPLES - 1 - i) * first.rateHz) / WINDOW_RATE_HZ;
      const k = Math.max(0, Math.floor(at));
      const [a, b] = [samples[k] ?? 0, samples[k + 1] ?? 0];
      window[c * WINDOW_SAMPLES + i] = a + (at - k) * (b - a);
    }
  });
  let peak = 0;
  for (let i = 0; i < WINDOW_SAMPLES; i++) {
    let square = 0;
    for (let c = 0; c < COMPONENTS; c++) {
      const part = window.subarray(c * WINDOW_SAMPLES, (c + 1) * WINDOW_SAMPLES);
      const mean = part.reduce((a, b) => a + b, 0) / WINDOW_SAMPLES;
      square += ((part[i] as number) - mean) ** 2;
    }
    peak = Math.max(peak, Math.sqrt(square));
  }
  if (peak < SHAKING_GAL) return null;
  return window.map((value) => value + PHONE_NOISE_GAL * random.normal());
}
