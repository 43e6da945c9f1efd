/** The eikonal network on disk: `weights.f32` (little-endian, order of WEIGHT_SHAPES) and `network.json`. @module */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { CorruptSourceError, InvalidInputError } from '../../../core/errors.js';
import { WEIGHT_COUNT } from './network.js';

/** Where the shipped weights lie. */
export const EIKONAL_DIR = fileURLToPath(new URL('../../weights/eikonal-basin/', import.meta.url));

const place = z.tuple([z.number(), z.number(), z.number()]).readonly();
const networkFile = z.object({
  format: z.literal('quakeloom-eikonal-1'),
  /** SHA-256 of weights.f32. */
  sha256: z.string(),
  region: z.string(),
  scale: z.object({ firstKm: place, lastKm: place, referenceSlowness: z.number().positive() }),
  training: z.object({ seed: z.number(), steps: z.number(), batch: z.number() }),
  /** Against the sweeper on sources that training did not choose by, s. */
  error: z.object({ rmsS: z.number(), mostS: z.number(), sources: z.number(), pairs: z.number() }),
});
export type EikonalFile = z.infer<typeof networkFile>;

/** Reads a network. Throws InvalidInputError when a file is missing, CorruptSourceError when damaged. */
export function readEikonal(dir: string = EIKONAL_DIR): {
  readonly file: EikonalFile;
  readonly weights: Float32Array;
} {
  const [source, description] = [path.join(dir, 'weights.f32'), path.join(dir, 'network.json')];
  const bytes = read(source);
  const file = parse(description);
  if (bytes.length !== 4 * WEIGHT_COUNT || sha256(bytes) !== file.sha256) {
    throw new CorruptSourceError({
      source,
      at: 'sha256',
      reason: 'not the weights of network.json',
    });
  }
  const weights = new Float32Array(WEIGHT_COUNT);
  for (let i = 0; i < WEIGHT_COUNT; i++) weights[i] = bytes.readFloatLE(4 * i);
  return { file, weights };
}

/** Writes weights and description. */
export function writeEikonal(
  dir: string,
  weights: Float32Array,
  rest: Omit<EikonalFile, 'format' | 'sha256'>,
): void {
  const bytes = Buffer.alloc(4 * weights.length);
  weights.forEach((value, i) => bytes.writeFloatLE(value, 4 * i));
  const file: EikonalFile = { format: 'quakeloom-eikonal-1', sha256: sha256(bytes), ...rest };
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'weights.f32'), bytes);
  writeFileSync(path.join(dir, 'network.json'), `${JSON.stringify(file, null, 2)}\n`);
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function parse(source: string): EikonalFile {
  let json: unknown;
  try {
    json = JSON.parse(read(source).toString('utf8'));
  } catch (cause) {
    if (cause instanceof InvalidInputError) throw cause;
    throw new CorruptSourceError({ source, at: 'byte 0', reason: 'not JSON', cause });
  }
  const parsed = networkFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CorruptSourceError({
    source,
    at: issue?.path.join('.') ?? '',
    reason: issue?.message ?? 'not an eikonal network',
  });
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new InvalidInputError({
      what: file,
      reason: 'it cannot be read',
      remedy: 'train it: node --import tsx models/traveltime/eikonal/train/main.ts',
      cause,
    });
  }
}
