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
import { reviseQuakes, type Claim, type FindQuake } from './revise.js';
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
  /** Whether declared quakes are looked at again together (see `reviseQuakes`); default true. */
  readonly revise?: boolean;
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

const NOTHING_THERE = 'no candidate: the stack has no peak and no reports suggest a place';

interface Scored {
  readonly candidate: Candidate;
  readonly posterior: EventPosterior;
  readonly logOdds: number;
  readonly seed: number;
  /** Other candidates that a first look would declare. */
  readonly rivals: readonly Candidate[];
}

/**
 * Declares events one by one, best first: the best candidate over `declareProbability` is taken,
 * its arrivals are removed, and the rest is searched again; then all are revised together (see
 * `reviseQuakes`). Existence odds are the Bayes factor of
 * the event against noise times the number of events expected in region and window.
 */
export async function detectWith(
  backend: StackBackend,
  input: DetectInput,
  context?: TaskContext,
): Promise<DetectResult> {
  const parameters = { ...DEFAULT_PARAMETERS, ...input.parameters };
  const leastLogOdds = Math.log(
    parameters.declareProbability / (1 - parameters.declareProbability),
  );
  const engine = await stackEngine(backend);
  const maxQuakes = input.maxQuakes ?? DEFAULT_MAX_QUAKES;
  const count = input.samples ?? DEFAULT_SAMPLES;
  const why: string[] = [];
  let work = { cells: 0, cellSensorSamples: 0 };
  let looks = 0;
  /** The best quake in what is given, declared or not; null when nothing there is worth a look. */
  const look = async (
    evidence: EvidenceSet,
    where: Parameters<FindQuake<FoundQuake>>[1],
  ): Promise<Looked | null> => {
    context?.throwIfCancelled();
    const model = jointModel({ evidence, region: input.region, parameters });
    const stacked = where.only ? null : await findCandidates(engine, model, evidence);
    work = {
      cells: Math.max(work.cells, stacked?.work.cells ?? 0),
      cellSensorSamples: work.cellSensorSamples + (stacked?.work.cellSensorSamples ?? 0),
    };
    const best = bestCandidate({
      model,
      candidates: [...where.candidates, ...(stacked?.candidates ?? [])],
      seed: input.seed + 1000 * looks++,
      count,
      drawsPerSample: input.drawsPerSample ?? 1,
      runs: input.runs ?? 1,
      leastLogOdds,
      ...(context ? { context } : {}),
    });
    return best && { model, evidence, ...best };
  };
  const find: FindQuake<FoundQuake> = async (evidence, where) => {
    const best = await look(evidence, where);
    return best && best.logOdds >= leastLogOdds ? claimOf(best) : null;
  };

  let found: readonly FoundQuake[] = [];
  let left = input.evidence;
  while (found.length < maxQuakes) {
    context?.progress({
      fraction: found.length / (maxQuakes + 1),
      note: `round ${found.length + 1}: stacking ${left.sensors.length} sensors`,
    });
    const best = await look(left, { candidates: [], only: false });
    if (!best || best.logOdds < leastLogOdds) {
      why.push(best ? describeRefusal(best, parameters) : NOTHING_THERE);
      break;
    }
    const quake = claimOf(best);
    found = [...found, quake];
    left = withoutEvent(left, quake.shares);
  }
  const revised =
    input.revise === false
      ? { quakes: found, notes: [] }
      : await reviseQuakes({ evidence: input.evidence, quakes: found, find, maxQuakes });
  context?.progress({ fraction: 1, note: `${revised.quakes.length} declared` });
  return {
    quakes: revised.quakes.map(({ looked, shares }) => {
      const { samples, terms, logEvidence } = looked.posterior;
      return {
        origin: summarise({
          ...{ model: looked.model, samples, terms, shares },
          existenceProbability: logistic(looked.logOdds),
          logBayesFactor: logEvidence,
          windowStart: input.evidence.window.start,
          synthetic: input.synthetic ?? false,
        }),
        samples,
        seed: looked.seed,
        logBayesFactor: logEvidence,
      };
    }),
    stack: { backend: engine.name, ...work },
    notes: [...evidenceNotes(input.evidence), ...revised.notes],
    why,
  };
}

/** A quake as it is looked at, with what it was found in. */
interface Looked extends Scored {
  readonly model: JointModel;
  readonly evidence: EvidenceSet;
}

interface FoundQuake extends Claim {
  readonly looked: Looked;
}

function claimOf(looked: Looked): FoundQuake {
  const { model, evidence, logOdds, rivals } = looked;
  const { samples, terms } = looked.posterior;
  const shares = arrivalShares(model, samples, terms);
  return { looked, evidence, shares, middle: middleOf(samples), logOdds, rivals };
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
  readonly leastLogOdds: number;
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
      ? { candidate, posterior, seed, logOdds: posterior.logEvidence + logExpected, rivals: [] }
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
  const rivals = screened
    .slice(1)
    .filter(({ logOdds }) => logOdds >= input.leastLogOdds)
    .map(({ candidate }) => candidate);
  return { ...best, posterior, logOdds: posterior.logEvidence + logExpected, rivals };
}

/** Medians of the posterior, as a place to look at again. */
function middleOf(samples: PosteriorSamples): Candidate {
  const median = (values: Float64Array): number =>
    Float64Array.from(values).sort()[Math.floor(values.length / 2)] as number;
  return {
    latitude: median(samples.latitude),
    longitude: median(samples.longitude),
    depthKm: median(samples.depthKm),
    timeS: median(samples.timeS),
    score: 0,
    from: 'stack',
  };
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
