/**
 * TensorFlow.js graph models from files. In: the path of a `model.json` with its weight files beside
 * it. Out: the model on the loaded backend.
 * @module
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import type * as converter from '@tensorflow/tfjs-converter';
import type { GraphModel } from '@tensorflow/tfjs-converter';
import { z } from 'zod';
import { CorruptSourceError, InvalidInputError } from '../../core/errors.js';
import { requirePackage } from './attempt.js';

export type { GraphModel } from '@tensorflow/tfjs-converter';

const MOST_TOPOLOGY_BYTES = 64 * 2 ** 20;
const MOST_WEIGHT_BYTES = 512 * 2 ** 20;

const weightSpec = z.object({
  name: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  dtype: z.enum(['float32', 'int32', 'bool']),
});
const modelFile = z.object({
  format: z.literal('graph-model').optional(),
  modelTopology: z.object({ node: z.array(z.object({}).loose()) }).loose(),
  signature: z.object({}).loose().optional(),
  weightsManifest: z.array(z.object({ paths: z.array(z.string()), weights: z.array(weightSpec) })),
});

/**
 * Loads a graph model (format of the TensorFlow.js converter: topology and weight manifest as JSON,
 * weights as little-endian shards). Quantised weights are refused. The backend must be loaded first.
 *
 * @throws InvalidInputError when a file cannot be opened
 * @throws CorruptSourceError naming file and field when it is no graph model, or weights lack bytes
 */
export async function loadGraphModel(file: string): Promise<GraphModel> {
  const model = parseModel(file, readBounded(file, MOST_TOPOLOGY_BYTES).toString('utf8'));
  const weightSpecs = model.weightsManifest.flatMap((group) => group.weights);
  const wanted = weightSpecs.reduce(
    (sum, { shape, dtype }) => sum + shape.reduce((a, b) => a * b, 1) * (dtype === 'bool' ? 1 : 4),
    0,
  );
  const shards = model.weightsManifest
    .flatMap((group) => group.paths)
    .map((name) => {
      // A weight file lies beside its model; anything else could read any file of the machine.
      if (path.basename(name) !== name) {
        throw new CorruptSourceError({
          source: file,
          at: 'weightsManifest.paths',
          reason: `weight file "${name}" is not beside the model`,
        });
      }
      return readBounded(path.join(path.dirname(file), name), MOST_WEIGHT_BYTES);
    });
  const bytes = Buffer.concat(shards);
  if (bytes.length !== wanted) {
    throw new CorruptSourceError({
      source: file,
      at: 'weightsManifest.weights',
      reason: `the weight files hold ${bytes.length} bytes, the model needs ${wanted}`,
    });
  }
  const { loadGraphModel: load } = requirePackage('@tensorflow/tfjs-converter') as typeof converter;
  const weightData = new Uint8Array(bytes).buffer;
  try {
    return await load({
      load: () => Promise.resolve({ modelTopology: model.modelTopology, weightSpecs, weightData }),
    });
  } catch (cause) {
    throw new CorruptSourceError({
      source: file,
      at: 'modelTopology',
      reason: `no graph that can be run: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    });
  }
}

function parseModel(file: string, text: string): z.infer<typeof modelFile> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CorruptSourceError({ source: file, at: 'byte 0', reason: 'not JSON', cause });
  }
  const parsed = modelFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CorruptSourceError({
    source: file,
    at: issue?.path.join('.') || 'model.json',
    reason: `not a TensorFlow.js graph model: ${issue?.message ?? 'unknown'}`,
  });
}

function readBounded(file: string, most: number): Buffer {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (cause) {
    throw new InvalidInputError({
      what: `model file ${file}`,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'give the path of a model.json with its weight files beside it',
      cause,
    });
  }
  try {
    const { size } = fstatSync(handle);
    if (size > most) {
      throw new CorruptSourceError({
        source: file,
        at: `byte ${most}`,
        reason: `larger than ${most} bytes`,
      });
    }
    const bytes = Buffer.alloc(size);
    const read = readSync(handle, bytes, 0, size, 0);
    return bytes.subarray(0, read);
  } finally {
    closeSync(handle);
  }
}
