/**
 * The detector on disk: `weights.f32` (little-endian, in the order of WEIGHT_SHAPES) and `detector.json`.
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

/** Reads the detector. Throws InvalidInputError when a file is not there, CorruptSourceError when one is damaged. */
export function readDetector(dir: string = DETECTOR_DIR): StoredDetector {
  const [source, description] = [path.join(dir, 'weights.f32'), path.join(dir, 'detector.json')];
  const bytes = read(source);
  const parsed = detectorFile.safeParse(parseJson(description));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new CorruptSourceError({
      source: description,
      at: issue?.path.join('.') ?? '',
      reason: issue?.message ?? 'not a detector',
    });
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (bytes.length !== 4 * WEIGHT_COUNT || sha256 !== parsed.data.sha256) {
    throw new CorruptSourceError({
      source,
      at: 'sha256',
      reason: 'these are not the weights that detector.json names',
    });
  }
  return { file: parsed.data, weights: new Float32Array(new Uint8Array(bytes).buffer) };
}

/** Writes both files; the hash is set here. */
export function writeDetector(
  dir: string,
  weights: Float32Array,
  file: Omit<DetectorFile, 'format' | 'sha256'>,
): void {
  const bytes = new Uint8Array(weights.slice().buffer);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const whole: DetectorFile = { format: 'quakeloom-deformation-detector-1', sha256, ...file };
  writeFileSync(path.join(dir, 'weights.f32'), bytes);
  writeFileSync(path.join(dir, 'detector.json'), `${JSON.stringify(whole, null, 2)}\n`);
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
      what: `detector file ${file}`,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'restore models/weights/deformation-detector from the repository, or train it anew',
      cause,
    });
  }
}
