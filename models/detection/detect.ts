/**
 * Detects quakes in a window: evidence in; declared origins with posterior samples out, and why
 * nothing more was declared.
 * @module
 */
import type { TaskContext } from '../../core/compute.js';
import type { EvidenceSet } from '../../core/evidence.js';
import type { OriginEstimate } from '../../core/quake.js';
import { createRandom } from '../../core/random.js';
import type { Region } from '../../core/region.js';
import { logistic } from '../numerics/special.js';
import { arrivalShares, withoutEvent } from './arrival-shares.js';
import { reportCandidate, stackCandidates, type Candidate } from './candidates.js';
import { samplePosterior, type EventPosterior, type PosteriorSamples } from './event-posterior.js';
import { jointModel, type JointModel } from './joint-likelihood.js';
import { DEFAULT_PARAMETERS, type DetectionParameters } from './parameters.js';
import { poolPosteriors } from './pool-posteriors.js';
import { stackEngine, type StackBackend, type StackEngine } from './stack-engine.js';
import { summarise } from './summarise.js';

export type { StackBackend } from './stack-engine.js';

/** What to look at and how. */
export interface DetectInput {
  readonly evidence: EvidenceSet;
  readonly region: Region;
  readonly seed: number;
  /** Posterior samples a quake; default 1000. */
  readonly samples?: number;
  /** First draws of the sampler a posterior sample (see `temperedSmc`); default 1. */
  readonly drawsPerSample?: number;
  /** Runs of the sampler that are pooled (see `poolPosteriors`); default 1. */
  readonly runs?: number;
  /** Default 4. */
  readonly maxQuakes?: number;
  readonly synthetic?: boolean;
  readonly parameters?: Partial<DetectionParameters>;
}

/** One declared quake. */
export interface DetectedQuake {
  readonly origin: OriginEstimate;
  readonly samples: PosteriorSamples;
  /** Seed of its sampler and log Bayes factor, for provenance. */
  readonly seed: number;
  readonly logBayesFactor: number;
}

/** What was found and what was looked at. */
export interface DetectResult {
  readonly quakes: readonly DetectedQuake[];
  readonly stack: {
    /** What stacked: name of the engine (see `stackEngine`). */
    readonly backend: string;
    readonly cells: number;
    readonly cellSensorSamples: number;
  };
  /** For a person: what the answer rests on. */
  readonly notes: readonly string[];
  /** Why nothing (more) was declared: the best remaining candidate and its odds. */
  readonly why: readonly string[];
}

const DEFAULT_SAMPLES = 1000;
const DEFAULT_MAX_QUAKES = 4;
/** Candidates looked at in each round. */
const PER_ROUND = 6;
/** A cheap first posterior decides whether a candidate deserves the full one. */
const SCREEN_SAMPLES = 100;
const SCREEN_MOVES = 3;
/** Seeds of candidates are a few apart: those of further runs must not meet them. */
const RUN_SEED_STEP = 7919;
/** Worth the full posterior over these log odds; the cheap estimate is off by one or two. */
const SCREEN_LOG_ODDS = -3;

interface Scored {
  readonly candidate: Candidate;
  readonly posterior: EventPosterior;
  readonly logOdds: number;
  readonly seed: number;
}

/**
 * Declares events one by one, best first: the best candidate over `declareProbability` is taken,
 * its arrivals are removed, and the rest is searched again. Existence odds are the Bayes factor of
 * the event against noise times the number of events expected in region and window.
 */
export async function detectWith(
  backend: StackBackend,
  input: DetectInput,
  context?: TaskContext,
): Promise<DetectResult> {
  const parameters = { ...DEFAULT_PARAMETERS, ...input.parameters };
  const engine = await stackEngine(backend);
  const maxQuakes = input.maxQuakes ?? DEFAULT_MAX_QUAKES;
  const count = input.samples ?? DEFAULT_SAMPLES;
  const quakes: DetectedQuake[] = [];
  const why: string[] = [];
  let evidence = input.evidence;
  let work = { cells: 0, cellSensorSamples: 0 };
  for (let round = 0; quakes.length < maxQuakes; round++) {
    context?.throwIfCancelled();
    context?.progress({
      fraction: round / (maxQuakes + 1),
      note: `round ${round + 1}: stacking ${evidence.sensors.length} sensors`,
    });
    const model = jointModel({ evidence, region: input.region, parameters });
    const found = await findCandidates(engine, model, evidence);
    work = {
      cells: Math.max(work.cells, found.work.cells),
      cellSensorSamples: work.cellSensorSamples + found.work.cellSensorSamples,
    };
    const best = bestCandidate({
      model,
      candidates: found.candidates,
      seed: input.seed + 1000 * round,
      count,
      drawsPerSample: input.drawsPerSample ?? 1,
      runs: input.runs ?? 1,
      ...(context ? { context } : {}),
    });
    if (!best) {
      why.push('no candidate: the stack has no peak and no reports suggest a place');
      break;
    }
    if (logistic(best.logOdds) < parameters.declareProbability) {
      why.push(describeRefusal(best, parameters));
      break;
    }
    const { samples, terms } = best.posterior;
    const shares = arrivalShares(model, samples, terms);
    quakes.push({
      origin: summarise({
        model,
        samples,
        terms,
        shares,
        existenceProbability: logistic(best.logOdds),
        logBayesFactor: best.posterior.logEvidence,
        windowStart: evidence.window.start,
        synthetic: input.synthetic ?? false,
      }),
      samples,
      seed: best.seed,
      logBayesFactor: best.posterior.logEvidence,
    });
    evidence = withoutEvent(evidence, shares);
  }
  context?.progress({ fraction: 1, note: `${quakes.length} declared` });
  return {
    quakes,
    stack: { backend: engine.name, ...work },
    notes: evidenceNotes(input.evidence),
    why,
  };
}

async function findCandidates(
  engine: StackEngine,
  model: JointModel,
  evidence: EvidenceSet,
): Promise<{
  candidates: readonly Candidate[];
  work: { cells: number; cellSensorSamples: number };
}> {
  const stacked = await stackCandidates({
    engine,
    evidence: { ...evidence, sensors: [...evidence.sensors, ...model.crowdSensors] },
    region: model.region,
    table: model.table,
    earliestS: model.prior.earliestS,
    latestS: model.prior.latestS,
    limit: PER_ROUND,
  });
  const reported = reportCandidate(evidence.reports?.cells ?? [], model.posts?.onsetS ?? null);
  return {
    candidates: reported ? [...stacked.candidates, reported] : stacked.candidates,
    work: stacked.work,
  };
}

/** Screens all candidates cheaply, samples the promising ones in full, returns the likeliest. */
function bestCandidate(input: {
  readonly model: JointModel;
  readonly candidates: readonly Candidate[];
  readonly seed: number;
  readonly count: number;
  readonly drawsPerSample: number;
  readonly runs: number;
  readonly context?: TaskContext;
}): Scored | null {
  const { model, context } = input;
  const logExpected = Math.log(model.prior.expectedEvents);
  const score = (candidate: Candidate, seed: number, screening: boolean): Scored | null => {
    context?.throwIfCancelled();
    const posterior = samplePosterior({
      model,
      candidate,
      seed,
      count: screening ? SCREEN_SAMPLES : input.count,
      ...(screening ? {} : { draws: input.drawsPerSample * input.count }),
      ...(screening ? { moves: SCREEN_MOVES } : {}),
    });
    return posterior
      ? { candidate, posterior, seed, logOdds: posterior.logEvidence + logExpected }
      : null;
  };
  const screened = input.candidates
    .map((candidate, i) => score(candidate, input.seed + 2 * i, true))
    .filter((s): s is Scored => s !== null)
    .sort((a, b) => b.logOdds - a.logOdds);
  const first = screened[0];
  if (!first || first.logOdds < SCREEN_LOG_ODDS) return first ?? null;
  const full = Array.from({ length: input.runs }, (_, k) =>
    score(first.candidate, first.seed + 1 + k * RUN_SEED_STEP, false),
  ).filter((s): s is Scored => s !== null);
  const [best, ...others] = full;
  if (!best) return first;
  const posterior = poolPosteriors(
    [best.posterior, ...others.map((s) => s.posterior)],
    input.count,
    createRandom(best.seed),
  );
  return { ...best, posterior, logOdds: posterior.logEvidence + logExpected };
}

function describeRefusal(best: Scored, parameters: DetectionParameters): string {
  const { candidate, logOdds } = best;
  const time = candidate.timeS === null ? 'no time' : `${candidate.timeS.toFixed(1)} s`;
  const place = `${candidate.latitude.toFixed(2)}, ${candidate.longitude.toFixed(2)}`;
  return (
    `best candidate (${candidate.from}) at ${place}, ${time}: probability ` +
    `${logistic(logOdds).toPrecision(2)} (log odds ${logOdds.toFixed(1)}), under ` +
    `${parameters.declareProbability}`
  );
}

function evidenceNotes(evidence: EvidenceSet): string[] {
  const withArrivals = evidence.sensors.filter((s) => s.arrivals.length > 0).length;
  const lines = [`${evidence.sensors.length} sensors, ${withArrivals} with arrivals`];
  for (const sensor of evidence.sensors) {
    for (const note of sensor.notes) lines.push(`${sensor.sensorId}: ${note}`);
  }
  return [...lines, ...(evidence.crowd?.notes ?? []), ...(evidence.reports?.notes ?? [])];
}
