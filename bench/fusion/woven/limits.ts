/**
 * What limits the place of the woven quake: sources added one by one, and the radar scene with and without
 * the strike of its rupture. Searching is left out: the sampler starts from the truth.
 * `node --import tsx bench/fusion/woven/limits.ts [DRAWS [PHONES,...]]` prints median errors as JSON.
 * @module
 */
import type { EvidenceSet, SourceKind } from '../../../core/evidence.js';
import { distanceKm, KM_PER_DEGREE } from '../../../core/geo.js';
import type { DeformationEvidence } from '../../../models/detection/deformation-likelihood.js';
import {
  samplePosterior,
  type PosteriorSamples,
} from '../../../models/detection/event-posterior.js';
import { jointModel } from '../../../models/detection/joint-likelihood.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import { reweightByDeformation, rerunWithDeformation } from '../../../models/detection/reweight.js';
import { normalizedWeights, weightedQuantiles } from '../../../models/numerics/weighted.js';
import { median } from '../score.js';
import { drawScene, WOVEN, type Scene } from './scene.js';

const draws = Number(process.argv[2] ?? 24);
const phoneCounts = (process.argv[3] ?? '24,8,6').split(',').map(Number);
const FIRST_SEED = 900;
const SAMPLES = 500;

function keep(evidence: EvidenceSet, sources: readonly SourceKind[]): EvidenceSet {
  return {
    ...evidence,
    sensors: evidence.sensors.filter(({ source }) => sources.includes(source)),
    reports: sources.includes('reports') ? evidence.reports : null,
  };
}

function posteriorOf(scene: Scene, evidence: EvidenceSet, seed: number): PosteriorSamples {
  const model = jointModel({ evidence, region: WOVEN, parameters: DEFAULT_PARAMETERS });
  const candidate = { ...scene.truth, score: 0, from: 'stack' } as const;
  const posterior = samplePosterior({ model, candidate, count: SAMPLES, seed });
  if (!posterior) throw new Error(`seed ${seed}: no posterior at the truth`);
  return posterior.samples;
}

function errorKm(scene: Scene, samples: PosteriorSamples): number {
  const weights = normalizedWeights(samples.logWeight);
  const [latitude] = weightedQuantiles(samples.latitude, weights, [0.5]) as [number];
  const [longitude] = weightedQuantiles(samples.longitude, weights, [0.5]) as [number];
  return distanceKm({ latitude, longitude }, scene.truth);
}

function studyOf(scene: Scene, index: number): Readonly<Record<string, number>> {
  const { deformation, truth } = scene;
  if (deformation.kind !== 'gaussian') throw new Error('the woven scene has an inversion');
  const { rupture: _, ...anyStrike } = deformation;
  const shaken = keep(scene.evidence, ['phones']);
  const all = keep(scene.evidence, ['phones', 'das', 'reports']);
  const withScene = (
    samples: PosteriorSamples,
    evidence: EvidenceSet,
    scenes: DeformationEvidence,
  ): number => {
    const late = { samples, deformation: scenes };
    const first = reweightByDeformation(late);
    const again = { ...late, region: WOVEN, seed: index, evidence };
    return errorKm(scene, first.trusted ? first.samples : rerunWithDeformation(again).samples);
  };
  const phones = posteriorOf(scene, shaken, 77 + index);
  const sensors = posteriorOf(scene, all, 77 + index);
  const { origin, posterior } = deformation;
  const east = KM_PER_DEGREE * Math.cos((origin.latitude * Math.PI) / 180);
  const centroid = {
    latitude: origin.latitude + posterior.mean[1] / KM_PER_DEGREE,
    longitude: origin.longitude + posterior.mean[0] / east,
  };
  return {
    phones: errorKm(scene, phones),
    insar: distanceKm(centroid, truth),
    phonesDasReports: errorKm(scene, sensors),
    phonesInsarAnyStrike: withScene(phones, shaken, anyStrike),
    phonesInsar: withScene(phones, shaken, deformation),
    allAnyStrike: withScene(sensors, all, anyStrike),
    all: withScene(sensors, all, deformation),
  };
}

const table = phoneCounts.map((phones) => {
  const rows = Array.from({ length: draws }, (_, i) =>
    studyOf(drawScene({ seed: FIRST_SEED + i, phones }), i),
  );
  const names = Object.keys(rows[0] ?? {});
  const medians = names.map((name) => [name, median(rows.map((row) => row[name] as number))]);
  return { phones, draws, medianErrorKm: Object.fromEntries(medians) as unknown };
});
process.stdout.write(`${JSON.stringify(table, null, 2)}\n`);
