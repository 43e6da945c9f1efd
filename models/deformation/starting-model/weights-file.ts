/**
 * The starting model on disk: `weights.f32` (little-endian, in the order of WEIGHT_SHAPES) and `starting-model.json`.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { CorruptSourceError, InvalidInputError } from '../../../core/errors.js';
import { WEIGHT_COUNT } from './network.js';

/** Where the shipped weights lie. */
export const STARTING_MODEL_DIR = fileURLToPath(
  new URL('../../weights/starting-model/', import.meta.url),
);

const modelFile = z.object({
  format: z.literal('quakeloom-starting-model-1'),
  /** SHA-256 of weights.f32. */
  sha256: z.string(),
  training: z.object({
    seed: z.number(),
    rounds: z.number(),
    examples: z.number(),
    batchSize: z.number(),
    heldOut: z.number(),
    /** Mean negative logarithm of the density of true shapes that were not trained on. */
    heldOutLoss: z.number(),
  }),
});
export type StartingModelFile = z.infer<typeof modelFile>;

export interface StoredStartingModel {
  readonly file: StartingModelFile;
  readonly weights: Float32Array;
}

/** Reads the model. Throws InvalidInputError when a file is not there, CorruptSourceError when one is damaged. */
export function readStartingModel(dir: string = STARTING_MODEL_DIR): StoredStartingModel {
  const source = path.join(dir, 'weights.f32');
  const description = path.join(dir, 'starting-model.json');
  const bytes = read(source);
  const parsed = modelFile.safeParse(parseJson(description));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new CorruptSourceError({
      source: description,
      at: issue?.path.join('.') ?? '',
      reason: issue?.message ?? 'not a starting model',
    });
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (bytes.length !== 4 * WEIGHT_COUNT || sha256 !== parsed.data.sha256) {
    throw new CorruptSourceError({
      source,
      at: 'sha256',
      reason: 'these are not the weights that starting-model.json names',
    });
  }
  return { file: parsed.data, weights: new Float32Array(new Uint8Array(bytes).buffer) };
}

/** Writes both files; the hash is set here. */
export function writeStartingModel(
  dir: string,
  weights: Float32Array,
  file: Omit<StartingModelFile, 'format' | 'sha256'>,
): void {
  const bytes = new Uint8Array(weights.slice().buffer);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const whole: StartingModelFile = { format: 'quakeloom-starting-model-1', sha256, ...file };
  writeFileSync(path.join(dir, 'weights.f32'), bytes);
  writeFileSync(path.join(dir, 'starting-model.json'), `${JSON.stringify(whole, null, 2)}\n`);
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(read(source).toString('utf8'));
  } catch (cause) {
    if (cause instanceof InvalidInputError) throw cause;
    throw new CorruptSourceError({ source, at: 'byte 0', reason: 'not JSON', cause });
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new InvalidInputError({
      what: `starting model file ${file}`,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'restore models/weights/starting-model from the repository, or train it anew',
      cause,
    });
  }
}
