/** The eikonal network on disk: `weights.f32` (little-endian, order of WEIGHT_SHAPES) and `network.json`. @module */
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

const FILES: NetworkFiles<EikonalFile> = {
  what: 'eikonal network',
  weights: 'weights.f32',
  description: 'network.json',
  schema: networkFile,
  remedy: 'train it: node --import tsx models/traveltime/eikonal/train/main.ts',
};

/** Reads a network. Throws InvalidInputError when a file is missing, CorruptSourceError when damaged. */
export function readEikonal(dir: string = EIKONAL_DIR): {
  readonly file: EikonalFile;
  readonly weights: Float32Array;
} {
  const { file, bytes } = readNetwork({ files: FILES, dir, byteLength: () => 4 * WEIGHT_COUNT });
  return { file, weights: floatsOf(bytes) };
}

/** Writes weights and description. */
export function writeEikonal(
  dir: string,
  weights: Float32Array,
  rest: Omit<EikonalFile, 'format' | 'sha256'>,
): void {
  const file = { format: 'quakeloom-eikonal-1' as const, ...rest };
  writeNetwork({ files: FILES, dir, bytes: bytesOfFloats(weights), file });
}
