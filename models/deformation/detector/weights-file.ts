/**
 * The detector on disk: `weights.f32` (little-endian, in the order of WEIGHT_SHAPES) and `detector.json`.
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
export const DETECTOR_DIR = fileURLToPath(
  new URL('../../weights/deformation-detector/', import.meta.url),
);

const score = z.object({
  precision: z.number(),
  recall: z.number(),
  falsePositiveShare: z.number(),
});
const detectorFile = z.object({
  format: z.literal('quakeloom-deformation-detector-1'),
  /** SHA-256 of weights.f32. */
  sha256: z.string(),
  training: z.object({
    seed: z.number(),
    scenes: z.number(),
    epochs: z.number(),
    heldOut: z.number(),
  }),
  /** Probability above which a scene is flagged, chosen on scenes that were neither trained nor judged on. */
  thresholds: z.object({ deformation: z.number(), unwrapping: z.number() }),
  /** On the held-out scenes, at these thresholds. */
  scores: z.object({ deformation: score, unwrapping: score }),
});
export type DetectorFile = z.infer<typeof detectorFile>;

export interface StoredDetector {
  readonly file: DetectorFile;
  readonly weights: Float32Array;
}

const FILES: NetworkFiles<DetectorFile> = {
  what: 'deformation detector',
  weights: 'weights.f32',
  description: 'detector.json',
  schema: detectorFile,
  remedy: 'restore models/weights/deformation-detector from the repository, or train it anew',
};

/** Reads the detector. Throws InvalidInputError when a file is not there, CorruptSourceError when one is damaged. */
export function readDetector(dir: string = DETECTOR_DIR): StoredDetector {
  const { file, bytes } = readNetwork({ files: FILES, dir, byteLength: () => 4 * WEIGHT_COUNT });
  return { file, weights: floatsOf(bytes) };
}

/** Writes both files; the hash is set here. */
export function writeDetector(
  dir: string,
  weights: Float32Array,
  file: Omit<DetectorFile, 'format' | 'sha256'>,
): void {
  const whole = { format: 'quakeloom-deformation-detector-1' as const, ...file };
  writeNetwork({ files: FILES, dir, bytes: bytesOfFloats(weights), file: whole });
}
