/**
 * The starting model on disk: `weights.f32` (little-endian, in the order of WEIGHT_SHAPES) and `starting-model.json`.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import {
  bytesOfFloats,
  floatsOf,
  readNetwork,
  writeNetwork,
  type NetworkFiles,
} from '../../network-files.js';
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

const FILES: NetworkFiles<StartingModelFile> = {
  what: 'starting model',
  weights: 'weights.f32',
  description: 'starting-model.json',
  schema: modelFile,
  remedy: 'restore models/weights/starting-model from the repository, or train it anew',
};

/** Reads the model. Throws InvalidInputError when a file is not there, CorruptSourceError when one is damaged. */
export function readStartingModel(dir: string = STARTING_MODEL_DIR): StoredStartingModel {
  const { file, bytes } = readNetwork({ files: FILES, dir, byteLength: () => 4 * WEIGHT_COUNT });
  return { file, weights: floatsOf(bytes) };
}

/** Writes both files; the hash is set here. */
export function writeStartingModel(
  dir: string,
  weights: Float32Array,
  file: Omit<StartingModelFile, 'format' | 'sha256'>,
): void {
  const whole = { format: 'quakeloom-starting-model-1' as const, ...file };
  writeNetwork({ files: FILES, dir, bytes: bytesOfFloats(weights), file: whole });
}
