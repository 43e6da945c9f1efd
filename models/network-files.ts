/**
 * A network on disk: a file of weights, and a JSON description of them that holds their SHA-256.
 * Folder in; checked description and bytes of the weights out, and back.
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { CorruptSourceError, InvalidInputError } from '../core/errors.js';

/** How the files of one kind of network are called and described. */
export interface NetworkFiles<Description extends { readonly sha256: string }> {
  /** For messages: "picker". */
  readonly what: string;
  readonly weights: string;
  readonly description: string;
  readonly schema: z.ZodType<Description>;
  /** What to do when a file is not there. */
  readonly remedy: string;
}

/**
 * Reads both files of `dir`; `byteLength` tells how long the weights must be.
 * @throws InvalidInputError when a file cannot be read; CorruptSourceError when one is damaged
 */
export function readNetwork<Description extends { readonly sha256: string }>(input: {
  readonly files: NetworkFiles<Description>;
  readonly dir: string;
  readonly byteLength: (file: Description) => number;
}): { readonly file: Description; readonly bytes: Buffer } {
  const { files, dir } = input;
  const file = parse(path.join(dir, files.description), files);
  const source = path.join(dir, files.weights);
  const bytes = read(source, files);
  if (bytes.length !== input.byteLength(file) || sha256(bytes) !== file.sha256) {
    const reason = `these are not the weights that ${files.description} names`;
    throw new CorruptSourceError({ source, at: 'sha256', reason });
  }
  return { file, bytes };
}

/** Writes both files; the hash is set here. */
export function writeNetwork<Description extends { readonly sha256: string }>(input: {
  readonly files: NetworkFiles<Description>;
  readonly dir: string;
  readonly bytes: Uint8Array;
  readonly file: Omit<Description, 'sha256'>;
}): void {
  const { files, dir, bytes } = input;
  const file = { sha256: sha256(bytes), ...input.file };
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, files.weights), bytes);
  writeFileSync(path.join(dir, files.description), `${JSON.stringify(file, null, 2)}\n`);
}

/** Little-endian float32 weights. */
export function floatsOf(bytes: Buffer): Float32Array {
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

/** Inverse of `floatsOf`. */
export function bytesOfFloats(weights: Float32Array): Buffer {
  const bytes = Buffer.alloc(4 * weights.length);
  weights.forEach((value, i) => bytes.writeFloatLE(value, 4 * i));
  return bytes;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function parse<Description extends { readonly sha256: string }>(
  source: string,
  files: NetworkFiles<Description>,
): Description {
  const text = read(source, files).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CorruptSourceError({ source, at: 'byte 0', reason: 'not JSON', cause });
  }
  const parsed = files.schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CorruptSourceError({
    source,
    at: issue?.path.join('.') ?? '',
    reason: issue?.message ?? `no ${files.what}`,
  });
}

function read(file: string, files: { readonly what: string; readonly remedy: string }): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new InvalidInputError({
      what: `${files.what} file ${file}`,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: files.remedy,
      cause,
    });
  }
}
