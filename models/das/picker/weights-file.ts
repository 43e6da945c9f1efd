/**
 * The picker's weights on disk: `weights.f16` (members after each other, each in the order of
 * `WEIGHT_SHAPES`) and `picker.json` (what they were trained with, calibration, reference of inputs).
 * @module
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { CorruptSourceError } from '../../../core/errors.js';
import { readNetwork, writeNetwork, type NetworkFiles } from '../../network-files.js';
import { fromFloat16, toFloat16 } from './float16.js';
import { WEIGHT_COUNT } from './network.js';
import { FEATURE_NAMES } from './window-features.js';

/** Where the shipped weights lie. */
export const WEIGHTS_DIR = fileURLToPath(new URL('../../weights/das-picker/', import.meta.url));

const platt = z.object({ slope: z.number(), offset: z.number(), prior: z.number() });
/** Of arrivals: by consensus, and by the rise of the fibre's energy. */
const marks = platt.extend({ rise: z.number() });

const pickerFile = z.object({
  format: z.literal('quakeloom-das-picker-3'),
  /** SHA-256 of weights.f16. */
  sha256: z.string(),
  members: z.number().int().min(1).max(16),
  training: z.object({
    seed: z.number(),
    windows: z.number(),
    /** Of each member: the step whose weights were kept, and their loss on held-out windows. */
    steps: z.array(z.number()),
    heldOutLoss: z.array(z.number()).optional(),
    /** The weights that training went on from, and the steps that had made them. */
    from: z.object({ sha256: z.string(), steps: z.array(z.number()) }).optional(),
    batchSize: z.number(),
    learningRate: z.number(),
  }),
  calibration: z.object({
    /** Of one group's probability peak, by phase. */
    pick: z.object({ P: platt, S: platt }),
    /** Of an arrival (P or S) on a stretch of fibre, by its shrunken consensus and its rise. */
    arrival: marks,
    /** The same of an onset of either name: the evidence. */
    onset: marks.extend({
      /** Natural log of the share of onsets found over the false onsets of any strength a second. */
      rarity: z.number(),
      /** Onsets in windows without quakes that count as evidence (`LEAST_EVIDENCE`), Hz. */
      falseRateHz: z.number().positive(),
    }),
    /** Of a quake in a window: weights of the log-likelihood ratios of its P and S. */
    event: z.object({
      offset: z.number(),
      p: z.number(),
      s: z.number(),
      pair: z.number(),
      prior: z.number(),
    }),
    /** Residual of onsets, s: sigma = floor + slope (1 - probability). */
    sigma: z.object({ floor: z.number(), slope: z.number() }),
  }),
  /**
   * Features of simulated windows: means, inverse covariance, limit of the distance; log odds of
   * faults in deviations and their squares.
   */
  reference: z.object({
    names: z.array(z.string()),
    mean: z.array(z.number()),
    sigma: z.array(z.number()),
    precision: z.array(z.array(z.number())),
    limit: z.number(),
    checks: z.array(
      z.object({
        kind: z.string(),
        offset: z.number(),
        weights: z.array(z.number()),
        squares: z.array(z.number()),
        limit: z.number(),
      }),
    ),
  }),
});

/** Contents of `picker.json`. */
export type PickerFile = z.infer<typeof pickerFile>;
export type Calibration = PickerFile['calibration'];
export type Reference = PickerFile['reference'];

/** A picker as stored. */
export interface StoredPicker {
  readonly file: PickerFile;
  /** [member][weight]. */
  readonly members: readonly Float32Array[];
}

const PICKER: NetworkFiles<PickerFile> = {
  what: 'picker',
  weights: 'weights.f16',
  description: 'picker.json',
  schema: pickerFile,
  remedy: 'restore models/weights/das-picker from the repository, or train it anew',
};
/** The part of `picker.json` that does not change with its format. */
const anyPickerFile = pickerFile.pick({ sha256: true, members: true, training: true });
const ANY_PICKER: NetworkFiles<z.infer<typeof anyPickerFile>> = {
  ...PICKER,
  schema: anyPickerFile,
};

const byteLength = (file: { readonly members: number }): number => 2 * WEIGHT_COUNT * file.members;

/**
 * Reads a picker.
 * @throws InvalidInputError when a file is not there; CorruptSourceError when one is damaged
 */
export function readPicker(dir: string = WEIGHTS_DIR): StoredPicker {
  const { file, bytes } = readNetwork({ files: PICKER, dir, byteLength });
  if (file.reference.names.join() !== FEATURE_NAMES.join()) {
    throw new CorruptSourceError({
      source: path.join(dir, PICKER.description),
      at: 'reference.names',
      reason: 'these are not the features that this version looks at',
    });
  }
  return { file, members: membersOf(bytes) };
}

/**
 * Reads weights to go on from, of any format's picker. Errors as {@link readPicker}.
 */
export function readEarlierPicker(dir: string): {
  readonly file: z.infer<typeof anyPickerFile>;
  readonly members: readonly Float32Array[];
} {
  const { file, bytes } = readNetwork({ files: ANY_PICKER, dir, byteLength });
  return { file, members: membersOf(bytes) };
}

function membersOf(bytes: Buffer): readonly Float32Array[] {
  return Array.from({ length: bytes.length / (2 * WEIGHT_COUNT) }, (_, k) =>
    Float32Array.from({ length: WEIGHT_COUNT }, (_unused, i) =>
      fromFloat16(bytes.readUInt16LE(2 * (k * WEIGHT_COUNT + i))),
    ),
  );
}

/** Writes both files; the hash is set here. */
export function writePicker(input: {
  readonly dir: string;
  readonly members: readonly Float32Array[];
  readonly file: Omit<PickerFile, 'sha256' | 'format' | 'members'>;
}): void {
  const bytes = Buffer.alloc(2 * WEIGHT_COUNT * input.members.length);
  input.members.forEach((weights, k) => {
    weights.forEach((x, i) => bytes.writeUInt16LE(toFloat16(x), 2 * (k * WEIGHT_COUNT + i)));
  });
  const file = {
    format: 'quakeloom-das-picker-3' as const,
    members: input.members.length,
    ...input.file,
  };
  writeNetwork({ files: PICKER, dir: input.dir, bytes, file });
}
