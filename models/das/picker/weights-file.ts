/**
 * The picker's weights on disk: `weights.f16` (members after each other, each in the order of
 * `WEIGHT_SHAPES`) and `picker.json` (what they were trained with, calibration, reference of inputs).
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { CorruptSourceError, InvalidInputError } from '../../../core/errors.js';
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

/**
 * Reads a picker.
 * @throws InvalidInputError when a file is not there; CorruptSourceError when one is damaged
 */
export function readPicker(dir: string = WEIGHTS_DIR): StoredPicker {
  const source = path.join(dir, 'picker.json');
  const file = parse(source, pickerFile);
  if (file.reference.names.join() !== FEATURE_NAMES.join()) {
    throw new CorruptSourceError({
      source,
      at: 'reference.names',
      reason: 'these are not the features that this version looks at',
    });
  }
  return { file, members: readMembers(dir, file) };
}

/** The part of `picker.json` that does not change with its format. */
const anyPickerFile = pickerFile.pick({ sha256: true, members: true, training: true });

/**
 * Reads weights to go on from, of any format's picker. Errors as {@link readPicker}.
 */
export function readEarlierPicker(dir: string): {
  readonly file: z.infer<typeof anyPickerFile>;
  readonly members: readonly Float32Array[];
} {
  const file = parse(path.join(dir, 'picker.json'), anyPickerFile);
  return { file, members: readMembers(dir, file) };
}

function readMembers(
  dir: string,
  file: Pick<PickerFile, 'sha256' | 'members'>,
): readonly Float32Array[] {
  const source = path.join(dir, 'weights.f16');
  const bytes = read(source);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (bytes.length !== 2 * WEIGHT_COUNT * file.members || sha256 !== file.sha256) {
    throw new CorruptSourceError({
      source,
      at: 'sha256',
      reason: 'these are not the weights that picker.json names',
    });
  }
  return Array.from({ length: file.members }, (_, k) =>
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
  const file: PickerFile = {
    format: 'quakeloom-das-picker-3',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    members: input.members.length,
    ...input.file,
  };
  writeFileSync(path.join(input.dir, 'weights.f16'), bytes);
  writeFileSync(path.join(input.dir, 'picker.json'), `${JSON.stringify(file, null, 2)}\n`);
}

function parse<T>(source: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(read(source).toString('utf8'));
  } catch (cause) {
    if (cause instanceof InvalidInputError) throw cause;
    throw new CorruptSourceError({ source, at: 'byte 0', reason: 'not JSON', cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CorruptSourceError({
    source,
    at: issue?.path.join('.') ?? '',
    reason: issue?.message ?? 'not a picker',
  });
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new InvalidInputError({
      what: `picker file ${file}`,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'restore models/weights/das-picker from the repository, or train it anew',
      cause,
    });
  }
}
