/** The parts of qc.json that the report shows. @module */
import { z } from 'zod';
import { InvalidInputError } from '../../../../../core/errors.js';

const nullable = z.number().nullable();
const qcSchema = z.object({
  folder: z.string(),
  rows: z.int().positive(),
  columns: z.int().positive(),
  crs: z.string(),
  epochs: z.array(z.iso.date()).min(2),
  reference: z.object({
    ...{ row: z.int(), column: z.int(), x: z.number(), y: z.number() },
    reason: z.string(),
  }),
  velocityMmPerYear: z
    .object({ min: z.number(), max: z.number(), mean: z.number(), std: z.number() })
    .nullable(),
  residualRmsMm: nullable,
  solvedPixels: z.int(),
  reliablePixels: z.int(),
  rankDeficientPixels: z.int(),
  rejectedPixels: z.record(z.string(), z.number()),
  thresholds: z.object({
    minPairShare: z.number(),
    minCoherence: z.number(),
    minPairCoherence: z.number(),
    maxLoopRmsRad: z.number(),
    minTemporalCoherence: z.number(),
  }),
  weighting: z.string(),
  pairs: z.array(
    z.object({
      sceneId: z.string(),
      firstDate: z.iso.date(),
      secondDate: z.iso.date(),
      meanCoherence: nullable,
      validShare: z.number(),
      components: z.int(),
      largestComponentShare: z.number(),
      loops: z.int(),
      bestLoopRmsRad: nullable,
      unwrapErrorShare: nullable,
      used: z.boolean(),
      reason: z.string(),
    }),
  ),
  loops: z.array(z.object({ rmsRad: nullable, maxAbsRad: nullable, pixels: z.number() })),
  notes: z.array(z.string()),
  skipped: z.array(z.object({ file: z.string(), reason: z.string() })),
  files: z.array(z.string()),
});

export type StackQc = z.infer<typeof qcSchema>;

/** Throws InvalidInputError naming the field that is wrong. */
export function parseQc(text: string, folder: string): StackQc {
  const bad = (reason: string): InvalidInputError =>
    new InvalidInputError({
      what: `${folder}/qc.json`,
      reason,
      remedy: 'run `quakeloom insar stack` again',
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad('it is not JSON');
  }
  const parsed = qcSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw bad(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is wrong'}`);
}
