/**
 * Outcomes of simulated worlds as lines of JSON: one a world, so that a stopped run goes on and parts may
 * run at once. Each line names the model it was made with; lines of another model do not count.
 * @module
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { jointModel } from '../../../models/detection/joint-likelihood.js';
import { deformationLogLikelihood } from '../../../models/detection/deformation-likelihood.js';
import type { EventState } from '../../../models/detection/event-prior.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import { REGION } from './stage.js';
import { drawWorld } from './world.js';

/** What every line carries. */
export interface OutcomeLine {
  readonly seed: number;
  /** {@link modelFingerprint} of the code that made it. */
  readonly model: string;
}

/** Lines of the file, in order of their seeds. */
export function readOutcomes<Line extends OutcomeLine>(file: string, model: string): Line[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => line.model === model)
    .sort((a, b) => a.seed - b.seed);
}

/** Appends a line. */
export function saveOutcome(file: string, line: OutcomeLine): void {
  mkdirSync(path.dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(line, rounded)}\n`);
}

const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value;

const PROBES = [1, 2, 3, 4, 5, 6];
/** Digits kept: a faster formula for the same number is the same model. */
const DIGITS = 6;

/** Eight hexadecimal digits of what simulator and likelihood say about a few worlds. */
export function modelFingerprint(): string {
  const hash = createHash('sha256');
  for (const seed of PROBES) {
    const { truth, evidence, deformation } = drawWorld({ seed, kind: 'quake' });
    const event = truth as EventState;
    const model = jointModel({ evidence, region: REGION, parameters: DEFAULT_PARAMETERS });
    const terms = model.terms.map(() => 0.1);
    const values = [
      ...[event.latitude, event.longitude, event.depthKm, event.timeS, event.magnitude],
      ...evidence.sensors.flatMap((s) => s.arrivals.map((a) => a.timeS)),
      ...(evidence.reports?.cells ?? []).map((cell) => cell.intensity ?? 0),
      ...(evidence.reports?.posts?.counts ?? []),
      ...[model.logLikelihood(event, terms), model.prior.logDensity(event)],
      deformation ? deformationLogLikelihood(deformation)(event) : 0,
    ];
    hash.update(values.map((v) => v.toPrecision(DIGITS)).join(' '));
  }
  return hash.digest('hex').slice(0, 8);
}
