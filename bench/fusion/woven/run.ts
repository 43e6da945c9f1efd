/**
 * All sources against each alone on the woven scene, by the number of phones (the demo has 24):
 * `node --import tsx bench/fusion/woven/run.ts [DRAWS [PHONES,...]]`. Writes bench/fusion/results/woven.json.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import type { EvidenceSet, SourceKind } from '../../../core/evidence.js';
import { distanceKm, KM_PER_DEGREE } from '../../../core/geo.js';
import { loadBackend } from '../../../models/backend.js';
import { detectWith, type DetectedQuake } from '../../../models/detection/detect.js';
import { reweightByDeformation, rerunWithDeformation } from '../../../models/detection/reweight.js';
import { normalizedWeights, weightedQuantiles } from '../../../models/numerics/weighted.js';
import { resultText } from '../result-text.js';
import { median } from '../score.js';
import { drawScene, evidenceAt, WOVEN, type Scene } from './scene.js';

const draws = Number(process.argv[2] ?? 12);
const phoneCounts = (process.argv[3] ?? '24,12,6,3').split(',').map(Number);
const load = loadavg()[0];
const backend = await loadBackend();
/** Times after the origin at which the existence is asked, s. */
const TIMES_S = [3, 5, 7, 9, 11, 13, 16, 20, 25, 30, 40, 60, 90, 120, 180, 240] as const;
const SINGLE: readonly SourceKind[] = ['das', 'phones', 'reports'];
const SURE = 0.9;

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
  samples: number,
): Promise<DetectedQuake | null> {
  const result = await detectWith(backend, {
    evidence,
    region: WOVEN,
    seed,
    samples,
    maxQuakes: 1,
    parameters: { declareProbability: 0 },
  });
  return result.quakes[0] ?? null;
}

/** First of the times at which the quake is 90 % probable; null when it never is. */
async function timeToSure(
  scene: Scene,
  source: SourceKind | 'all',
  seed: number,
): Promise<number | null> {
  const isSure = async (k: number): Promise<boolean> => {
    const evidence = only(evidenceAt(scene, TIMES_S[k] as number), source);
    const quake = await best(evidence, seed, 200);
    return (quake?.origin.existenceProbability ?? 0) >= SURE;
  };
  let [low, high] = [0, TIMES_S.length - 1];
  if (!(await isSure(high))) return null;
  // More data make a real quake surer: bisection.
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await isSure(middle)) high = middle;
    else low = middle + 1;
  }
  return TIMES_S[low] as number;
}

/** Epicentre of the median draw, from the truth. */
async function errorKm(
  scene: Scene,
  source: SourceKind | 'all',
  seed: number,
): Promise<number | null> {
  if (source === 'insar') return inversionErrorKm(scene);
  const evidence = only(scene.evidence, source);
  const quake = await best(evidence, seed, 800);
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
type PerSystem<Value> = Readonly<Record<(typeof systems)[number], Value[]>>;

const perSystem = <Value>(): PerSystem<Value> => ({
  all: [],
  das: [],
  phones: [],
  reports: [],
  insar: [],
});

function summarise(input: {
  readonly phones: number;
  readonly errors: PerSystem<number>;
  readonly times: PerSystem<number | null>;
}): Record<string, unknown> {
  const { phones, errors, times } = input;
  const never = Number.POSITIVE_INFINITY;
  const rows = systems.map((source) => {
    const time = median(times[source].map((t) => t ?? never));
    return {
      sources: source,
      medianErrorKm: median(errors[source]),
      medianTimeS: Number.isFinite(time) ? time : null,
      reached: times[source].filter((t) => t !== null).length,
    };
  });
  const single = rows.filter(({ sources }) => sources !== 'all');
  const [all] = rows as [(typeof rows)[number]];
  const leastError = Math.min(...single.map((r) => r.medianErrorKm));
  const leastTime = Math.min(...single.map((r) => r.medianTimeS ?? never));
  return {
    phones,
    draws: times.all.length,
    systems: rows,
    errorRatio: all.medianErrorKm / leastError,
    timeRatio: all.medianTimeS === null ? null : all.medianTimeS / leastTime,
    errorsKm: errors,
    timesS: times,
  };
}

const scenes: Record<string, unknown>[] = [];
for (const phones of phoneCounts) {
  const errors = perSystem<number>();
  const times = perSystem<number | null>();
  for (let i = 0; i < draws; i++) {
    const scene = drawScene({ seed: 900 + i, phones });
    for (const source of systems) {
      const error = await errorKm(scene, source, i);
      if (error !== null) errors[source].push(error);
      const isTimed = source === 'all' || SINGLE.includes(source);
      times[source].push(isTimed ? await timeToSure(scene, source, i) : null);
    }
    process.stderr.write(`${phones} phones: ${i + 1} of ${draws} draws\n`);
  }
  scenes.push(summarise({ phones, errors, times }));
  const results = new URL('../results/', import.meta.url);
  mkdirSync(results, { recursive: true });
  const text = resultText({ part: 'woven', load, figures: { scenes } });
  writeFileSync(new URL('woven.json', results), text);
}
