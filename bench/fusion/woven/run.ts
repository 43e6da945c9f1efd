/**
 * All sources against each alone on the woven scene, by the number of phones (the demo has 24):
 * `node --import tsx bench/fusion/woven/run.ts [DRAWS [PHONES,... [FILE]]]`. Each draw is appended to FILE
 * (bench/fusion/woven/draws.jsonl) and not run again; the summary of all that is there goes to
 * bench/fusion/results/woven.json.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { EvidenceSet, SourceKind } from '../../../core/evidence.js';
import { distanceKm, KM_PER_DEGREE } from '../../../core/geo.js';
import { createRandom } from '../../../core/random.js';
import { loadBackend } from '../../../models/backend.js';
import { detectWith, type DetectedQuake } from '../../../models/detection/detect.js';
import { samplePosterior } from '../../../models/detection/event-posterior.js';
import { jointModel } from '../../../models/detection/joint-likelihood.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import { reweightByDeformation, rerunWithDeformation } from '../../../models/detection/reweight.js';
import { logistic } from '../../../models/numerics/special.js';
import { normalizedWeights, weightedQuantiles } from '../../../models/numerics/weighted.js';
import { resultText } from '../result-text.js';
import { median } from '../score.js';
import { modelFingerprint, readOutcomes, saveOutcome } from '../worlds/outcomes.js';
import { drawScene, evidenceAt, WOVEN, type Scene } from './scene.js';

const draws = Number(process.argv[2] ?? 60);
const phoneCounts = (process.argv[3] ?? '24,8,6,4,3').split(',').map(Number);
const file = process.argv[4] ?? fileURLToPath(new URL('draws.jsonl', import.meta.url));
const FIRST_SEED = 900;
const load = loadavg()[0];
const backend = await loadBackend();
/** Times after the origin at which the existence is asked, s: waves come in the first 40. */
const TIMES_S = [
  ...Array.from({ length: 75 }, (_, k) => 3 + 0.5 * k),
  ...[45, 50, 60, 75, 90, 120, 150, 180, 240],
];
const SINGLE: readonly SourceKind[] = ['das', 'phones', 'reports'];
const SURE = 0.9;
/** Of fewer draws the evidence scatters by several nats, and the time by seconds. */
const TIMING = { samples: 400, drawsPerSample: 4 };

function only(evidence: EvidenceSet, source: SourceKind | 'all'): EvidenceSet {
  if (source === 'all') return evidence;
  return {
    ...evidence,
    sensors: evidence.sensors.filter((sensor) => sensor.source === source),
    reports: source === 'reports' ? evidence.reports : null,
  };
}

async function best(
  evidence: EvidenceSet,
  seed: number,
  sampler: { readonly samples: number; readonly drawsPerSample: number },
): Promise<DetectedQuake | null> {
  const result = await detectWith(backend, {
    evidence,
    region: WOVEN,
    seed,
    ...sampler,
    maxQuakes: 1,
    parameters: { declareProbability: 0 },
  });
  return result.quakes[0] ?? null;
}

/** Existence probability of reports alone where the sampler starts at the truth: posts name no place to look at. */
function reportsProbability(scene: Scene, evidence: EvidenceSet, seed: number): number {
  const model = jointModel({ evidence, region: WOVEN, parameters: DEFAULT_PARAMETERS });
  const posterior = samplePosterior({
    ...{ model, seed, count: TIMING.samples },
    candidate: { ...scene.truth, score: 0, from: 'reports' },
    draws: TIMING.samples * TIMING.drawsPerSample,
  });
  return posterior ? logistic(posterior.logEvidence + Math.log(model.prior.expectedEvents)) : 0;
}

/**
 * First of the times at which the quake is 90 % probable, when it would be declared; null when it never
 * is. Every other time is tried, then the one before the first that will do.
 */
async function timeToSure(
  scene: Scene,
  source: SourceKind | 'all',
  seed: number,
): Promise<number | null> {
  const isSure = async (k: number): Promise<boolean> => {
    const evidence = only(evidenceAt(scene, TIMES_S[k] as number), source);
    if (source === 'reports') return reportsProbability(scene, evidence, seed) >= SURE;
    const quake = await best(evidence, seed, TIMING);
    return (quake?.origin.existenceProbability ?? 0) >= SURE;
  };
  const last = TIMES_S.length - 1;
  for (let k = 0; k <= last; k = k === last ? k + 1 : Math.min(k + 2, last)) {
    if (await isSure(k)) return TIMES_S[k > 0 && (await isSure(k - 1)) ? k - 1 : k] as number;
  }
  return null;
}

/** Epicentre of the median draw, from the truth. */
async function errorKm(
  scene: Scene,
  source: SourceKind | 'all',
  seed: number,
): Promise<number | null> {
  if (source === 'insar') return inversionErrorKm(scene);
  const evidence = only(scene.evidence, source);
  const quake = await best(evidence, seed, { samples: 800, drawsPerSample: 1 });
  if (!quake) return null;
  let { samples } = quake;
  if (source === 'all') {
    const late = { samples, deformation: scene.deformation };
    const first = reweightByDeformation(late);
    samples = first.trusted
      ? first.samples
      : rerunWithDeformation({ ...late, region: WOVEN, seed, evidence }).samples;
  }
  const weights = normalizedWeights(samples.logWeight);
  const [latitude] = weightedQuantiles(samples.latitude, weights, [0.5]) as [number];
  const [longitude] = weightedQuantiles(samples.longitude, weights, [0.5]) as [number];
  return distanceKm({ latitude, longitude }, scene.truth);
}

function inversionErrorKm(scene: Scene): number | null {
  const { deformation, truth } = scene;
  if (deformation.kind !== 'gaussian') return null;
  const { origin, posterior } = deformation;
  const eastPerDegree = KM_PER_DEGREE * Math.cos((origin.latitude * Math.PI) / 180);
  const place = {
    latitude: origin.latitude + posterior.mean[1] / KM_PER_DEGREE,
    longitude: origin.longitude + posterior.mean[0] / eastPerDegree,
  };
  return distanceKm(place, truth);
}

const systems = ['all', 'das', 'phones', 'reports', 'insar'] as const;
type System = (typeof systems)[number];

/** One draw of the scene. */
interface DrawLine {
  readonly seed: number;
  readonly model: string;
  readonly phones: number;
  /** Null: nothing found. */
  readonly errorKm: Readonly<Record<System, number | null>>;
  /** Null: never 90 % probable. */
  readonly timeS: Readonly<Record<System, number | null>>;
}

async function runDraw(seed: number, phones: number): Promise<Omit<DrawLine, 'model'>> {
  const scene = drawScene({ seed, phones });
  const errors: Partial<Record<System, number | null>> = {};
  const times: Partial<Record<System, number | null>> = {};
  for (const source of systems) {
    errors[source] = await errorKm(scene, source, seed);
    const isTimed = source === 'all' || SINGLE.includes(source);
    times[source] = isTimed ? await timeToSure(scene, source, seed) : null;
  }
  return {
    ...{ seed, phones },
    errorKm: errors as DrawLine['errorKm'],
    timeS: times as DrawLine['timeS'],
  };
}

const never = Number.POSITIVE_INFINITY;
const RESAMPLES = 2000;
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Medians of all draws; what was not found, or never sure, counts as worst. */
function summarise(phones: number, lines: readonly DrawLine[]): Record<string, unknown> {
  const random = createRandom(phones);
  const again = Array.from({ length: RESAMPLES }, () =>
    ratios(lines.map(() => lines[random.integer(lines.length)] as DrawLine)),
  );
  /** Central 95 % of draws taken again with replacement: of the same draws for all systems. */
  const interval95 = (of: 'errorRatio' | 'timeRatio'): (number | null)[] => {
    const sorted = again.map((r) => r[of]).sort((x, y) => x - y);
    return [0.025, 0.975].map((q) => finite(sorted[Math.floor(q * RESAMPLES)] as number));
  };
  const { rows, errorRatio, timeRatio } = ratios(lines);
  return {
    phones,
    draws: lines.length,
    systems: rows.map((r) => ({
      ...r,
      medianErrorKm: finite(r.medianErrorKm),
      medianTimeS: finite(r.medianTimeS),
    })),
    errorRatio: finite(errorRatio),
    errorRatio95: interval95('errorRatio'),
    timeRatio: finite(timeRatio),
    timeRatio95: interval95('timeRatio'),
  };
}

/** Each system's medians, and those of all sources over the least of a single one. */
function ratios(lines: readonly DrawLine[]): {
  readonly rows: readonly {
    readonly sources: System;
    readonly medianErrorKm: number;
    readonly medianTimeS: number;
    readonly reached: number;
  }[];
  readonly errorRatio: number;
  readonly timeRatio: number;
} {
  const rows = systems.map((source) => ({
    sources: source,
    medianErrorKm: median(lines.map((line) => line.errorKm[source] ?? never)),
    medianTimeS: median(lines.map((line) => line.timeS[source] ?? never)),
    reached: lines.filter((line) => line.timeS[source] !== null).length,
  }));
  const single = rows.filter(({ sources }) => sources !== 'all');
  const [all] = rows as [(typeof rows)[number]];
  return {
    rows,
    errorRatio: all.medianErrorKm / Math.min(...single.map((r) => r.medianErrorKm)),
    timeRatio: all.medianTimeS / Math.min(...single.map((r) => r.medianTimeS)),
  };
}

const model = modelFingerprint();
const known = (phones: number): DrawLine[] =>
  readOutcomes<DrawLine>(file, model).filter((line) => line.phones === phones);

for (const phones of phoneCounts) {
  const done = new Set(known(phones).map(({ seed }) => seed));
  for (let seed = FIRST_SEED; seed < FIRST_SEED + draws; seed++) {
    if (!done.has(seed)) saveOutcome(file, { ...(await runDraw(seed, phones)), model });
  }
}
const counts = [...new Set(readOutcomes<DrawLine>(file, model).map((line) => line.phones))];
const scenes = counts.sort((a, b) => b - a).map((phones) => summarise(phones, known(phones)));
const results = new URL('../results/', import.meta.url);
mkdirSync(results, { recursive: true });
writeFileSync(
  new URL('woven.json', results),
  resultText({ part: 'woven', load, figures: { model, scenes } }),
);
