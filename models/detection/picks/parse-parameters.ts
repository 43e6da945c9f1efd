/** A parameter file in, checked pick parameters out. @module */
import { z } from 'zod';
import { InvalidInputError } from '../../../core/errors.js';
import { DEFAULT_PICK_PARAMETERS, type PickParameters } from './parameters.js';

const finite = z.number();
const positive = z.number().positive();
const pair = z.tuple([finite, finite]);
const positivePair = z.tuple([positive, positive]);
const share = z.number().min(0.01).max(0.999);
const table = z.array(finite).min(1).max(1000);

const schema = z
  .strictObject({
    residualS: positivePair,
    residualShare: z.number().min(0).max(1),
    amplitudeOffset: pair,
    amplitudePerMagnitude: positive,
    amplitudePerLogDistance: z.number().min(0),
    amplitudeSigma: positive,
    amplitudeSelection: z.number().min(0).max(1),
    amplitudeOffsetSigma: z.number().min(0).max(2),
    thresholdLogAmplitude: pair,
    thresholdWidth: positivePair,
    pickedShare: z.tuple([share, share]),
    scoreLogRatio: z.tuple([table, table]),
    bValue: positive,
    minMagnitude: finite,
    maxMagnitude: finite,
    eventsPerDay: positive,
    depthMeanKm: finite,
    depthSigmaKm: positive,
    depthUniformShare: z.number().min(0).max(1),
    maxDepthKm: z.number().min(1).max(400),
    maxDistanceKm: z.number().min(1).max(1000),
    marginKm: z.number().min(0).max(500),
    maskS: z.number().min(0).max(60),
    minPicks: z.int().min(3),
    minStations: z.int().min(1),
    declareLogOdds: finite,
    declarePerMagnitude: z.number().min(0),
    declareMagnitude: finite,
    oddsTemper: positive.max(1),
    oddsOffset: finite,
    stations: z.record(
      z.string(),
      z.strictObject({
        timeS: pair,
        logAmplitude: pair,
        threshold: pair,
        falseRateHz: positivePair.optional(),
      }),
    ),
  })
  .partial();

/** Of files that a calibration writes; `provenance` and `proof` are for people. */
export const PARAMETER_FORMAT = 'quakeloom.pick-parameters/1';
const envelope = z.object({ format: z.literal(PARAMETER_FORMAT), parameters: z.unknown() });

/**
 * Defaults with the file's values over them; the file is a plain object of parameters or one of a
 * calibration. Throws InvalidInputError naming the file and the field
 * for anything else than known parameters in their ranges.
 */
export function parsePickParameters(input: {
  readonly name: string;
  readonly text: string;
}): PickParameters {
  const fail = (reason: string): InvalidInputError =>
    new InvalidInputError({
      what: `parameters ${input.name}`,
      reason,
      remedy: 'give a JSON object of pick parameters as in models/detection/picks/parameters.ts',
    });
  let value: unknown;
  try {
    value = JSON.parse(input.text);
  } catch (cause) {
    throw fail(cause instanceof Error ? cause.message : 'not JSON');
  }
  const wrapped = envelope.safeParse(value);
  const parsed = schema.safeParse(wrapped.success ? wrapped.data.parameters : value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw fail(`${issue?.path.join('.') || 'top level'}: ${issue?.message ?? 'not valid'}`);
  }
  const given = Object.fromEntries(Object.entries(parsed.data).filter(([, v]) => v !== undefined));
  return { ...DEFAULT_PICK_PARAMETERS, ...given };
}
