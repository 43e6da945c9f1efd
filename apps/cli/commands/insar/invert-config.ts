/**
 * The configuration of `insar invert`: a JSON file, or just product files.
 * @module
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { InvalidInputError } from '../../../../core/errors.js';
import { SOURCE_NAMES } from '../../../../models/deformation/source-models.js';
import { FLOAT_GRID } from './float-grid.js';

/** A product, raw grid or table, and what it does not say itself. */
const FILE = z.strictObject({
  file: z.string(),
  headingDeg: z.number().optional(),
  incidenceDeg: z.number().gt(0).lt(90).optional(),
  wavelengthM: z.number().positive().optional(),
  firstDate: z.iso.date().optional(),
  secondDate: z.iso.date().optional(),
  /** Of raw grids whose header does not tell. */
  quantity: z.enum(['phase', 'displacement']).optional(),
  positive: z.enum(['towards', 'away']).optional(),
  crs: z.string().optional(),
  /** South-west corner of the frame of a Kite table, degrees. */
  originLatitude: z.number().min(-90).max(90).optional(),
  originLongitude: z.number().min(-180).max(360).optional(),
});
export type FileSettings = Omit<z.infer<typeof FILE>, 'file'>;

const configSchema = z.strictObject({
  source: z.enum(SOURCE_NAMES).default('okada'),
  /** Product files, raw grids with a header or described here, quadtree tables. */
  scenes: z.array(z.union([FILE, FLOAT_GRID])).min(1),
  seed: z.int().default(1),
  samples: z.int().min(100).max(100_000).default(1000),
  /** Points a scene is reduced to; default 300. */
  maxPoints: z.int().min(50).max(2000).optional(),
  nuisance: z.enum(['offset', 'ramp']).default('ramp'),
  rigidityPa: z.number().positive().default(32e9),
  /** Slip distribution after the uniform source; default true for scenes. */
  distributed: z.boolean().optional(),
  /** By parameter name, natural units. */
  bounds: z.record(z.string(), z.tuple([z.number(), z.number()])).default({}),
  /** A place known from elsewhere, such as a fused origin: coordinates of the scenes, depth in m. */
  startAt: z.strictObject({ x: z.number(), y: z.number(), depthM: z.number() }).optional(),
  /** Begin the search of scenes with the starts of the learned model (models/weights/starting-model). */
  startingModel: z.boolean().default(false),
});
export type InvertConfig = z.infer<typeof configSchema>;

/** One JSON configuration, or product files with the default settings. */
export async function readInvertConfig(
  files: readonly string[],
  settings: FileSettings = {},
  source?: string,
): Promise<InvertConfig> {
  const [only] = files;
  if (files.length === 1 && only?.endsWith('.json')) {
    const folder = path.dirname(path.resolve(only));
    const config = check(only, await readJson(only));
    const scenes = config.scenes.map((scene) => ({
      ...scene,
      file: path.resolve(folder, scene.file),
    }));
    return { ...config, scenes };
  }
  return check('arguments', {
    scenes: files.map((file) => ({ file, ...settings })),
    ...(source ? { source } : {}),
  });
}

/** Tables are reduced already, and carry no map for slip: settings that would do nothing are refused. */
export function refuseTableSettings(config: InvertConfig): void {
  const idle = (['maxPoints', 'startAt', 'distributed', 'startingModel'] as const).filter(
    (name) => config[name] !== undefined && config[name] !== false,
  );
  if (idle.length === 0) return;
  throw new InvalidInputError({
    what: 'configuration',
    reason: `${idle.join(', ')} has no meaning for quadtree tables`,
    remedy: 'leave it out, or give the scenes that the tables were made of',
  });
}

const MOST_BYTES = 1_000_000;

async function readJson(file: string): Promise<unknown> {
  const size = await stat(file).then(
    (s) => s.size,
    () => null,
  );
  const bad = (reason: string): InvalidInputError =>
    new InvalidInputError({
      what: `configuration ${file}`,
      reason,
      remedy: 'see docs and the example in bench/insar/thessaly',
    });
  if (size === null) throw bad('it cannot be read');
  if (size > MOST_BYTES) throw bad(`it has ${size} bytes, more than ${MOST_BYTES}`);
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    throw bad('it is not JSON');
  }
}

function check(name: string, value: unknown): InvertConfig {
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new InvalidInputError({
    what: `configuration ${name}`,
    reason: `${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is wrong'}`,
    remedy: 'correct that field',
  });
}
