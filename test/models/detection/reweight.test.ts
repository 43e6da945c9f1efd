import { describe, expect, it } from 'vitest';
import { fromLocalKm } from '../../../core/geo.js';
import { createRandom } from '../../../core/random.js';
import type { OriginEstimate } from '../../../core/quake.js';
import {
  deformationLogLikelihood,
  noDeformationLogLikelihood,
  type DeformationEvidence,
} from '../../../models/detection/deformation-likelihood.js';
import { ruptureLengthKm, ruptureWidthKm } from '../../../models/detection/rupture-scatter.js';
import type { PosteriorSamples } from '../../../models/detection/event-posterior.js';
import { rerunWithDeformation, reweightByDeformation } from '../../../models/detection/reweight.js';
import { decodeSamples, encodeSamples } from '../../../models/detection/samples-table.js';
import { originMarginals } from '../../../models/detection/summarise.js';
import { updateOrigin } from '../../../models/detection/tasks.js';
import { normalizedWeights, weightedMoments } from '../../../models/numerics/weighted.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { REGION, WINDOW } from './world.js';

const CENTRE = { latitude: 17, longitude: -99 };
const SD = { place: 10, depth: 4, magnitude: 0.3 };

/** A Gaussian posterior about the centre, depth 15 km, M 6. */
function gaussianSamples(count: number): PosteriorSamples {
  const random = createRandom(3);
  const column = (make: () => number): Float64Array => Float64Array.from({ length: count }, make);
  const east = column(() => SD.place * random.normal());
  const north = column(() => SD.place * random.normal());
  const places = Array.from(east, (eastKm, i) =>
    fromLocalKm(CENTRE, { eastKm, northKm: north[i] as number }),
  );
  return {
    latitude: Float64Array.from(places, (p) => p.latitude),
    longitude: Float64Array.from(places, (p) => p.longitude),
    depthKm: column(() => Math.abs(15 + SD.depth * random.normal())),
    timeS: column(() => 90 + random.normal()),
    magnitude: column(() => 6 + SD.magnitude * random.normal()),
    logWeight: new Float64Array(count).fill(-Math.log(count)),
  };
}

const diagonal = (values: readonly number[]): number[] =>
  values.flatMap((v, i) => values.map((_, j) => (i === j ? v * v : 0)));
const inversion = (
  eastKm: number,
  sigmaKm = 1,
): Extract<DeformationEvidence, { readonly kind: 'gaussian' }> => ({
  kind: 'gaussian',
  origin: CENTRE,
  posterior: { mean: [eastKm, 0, 12, 6.1], covariance: diagonal([sigmaKm, sigmaKm, 1, 0.1]) },
  prior: null,
});
/** A hypocentre anywhere along a rupture of unknown strike: L^2 / 12, half of it to either axis. */
const alongVariance = ruptureLengthKm(6.1) ** 2 / 24;

describe('reweighting by deformation', () => {
  it('equals the product of two Gaussians', () => {
    const { samples, trusted, effectiveSamples } = reweightByDeformation({
      samples: gaussianSamples(200_000),
      deformation: inversion(6, 6),
    });
    const weights = normalizedWeights(samples.logWeight);
    const degree = 111.19492664455873 * Math.cos((17 * Math.PI) / 180);
    const east = weightedMoments(
      samples.longitude.map((v) => (v + 99) * degree),
      weights,
    );
    const likelihoodVariance = 36 + alongVariance;
    const variance = 1 / (1 / SD.place ** 2 + 1 / likelihoodVariance);
    expect(east.mean).toBeCloseTo((variance * 6) / likelihoodVariance, 0);
    expect(east.sd).toBeCloseTo(Math.sqrt(variance), 0);
    const depthVariance = 1 + ruptureWidthKm(6.1) ** 2 / 12;
    const depth = weightedMoments(samples.depthKm, weights);
    const expected =
      (15 / SD.depth ** 2 + 12 / depthVariance) / (1 / SD.depth ** 2 + 1 / depthVariance);
    expect(depth.mean).toBeCloseTo(expected, 0);
    expect(trusted).toBe(true);
    expect(effectiveSamples).toBeGreaterThan(20_000);
  });

  it('lets the hypocentre lie along the strike, and only there', () => {
    // Sharp inversion of a rupture 24 km long that runs to the north-east (or to the south-west).
    const trace = { strikeDeg: 45, lengthKm: 24 };
    const known = deformationLogLikelihood({
      ...inversion(0, 1),
      ...{ rupture: { ...trace, strikeSigmaDeg: 0 } },
    });
    const draws = (value: (k: number) => number): number[] =>
      Array.from({ length: 4000 }, (_, k) => value(k));
    const random = createRandom(5);
    const drawn = deformationLogLikelihood({
      kind: 'samples',
      origin: CENTRE,
      samples: {
        eastKm: draws(() => random.normal()),
        northKm: draws(() => random.normal()),
        depthKm: draws(() => 12 + random.normal()),
        magnitude: draws(() => 6.1 + 0.1 * random.normal()),
        strikeDeg: draws((k) => 45 + 180 * (k % 2)),
        lengthKm: draws(() => 24),
      },
    });
    const at = (eastKm: number, northKm: number) => ({
      ...fromLocalKm(CENTRE, { eastKm, northKm }),
      ...{ depthKm: 12, timeS: 0, magnitude: 6.1 },
    });
    for (const [likelihood, digits] of [
      [known, 1],
      [drawn, 0],
    ] as const) {
      const middle = likelihood(at(0, 0));
      // 24^2 / 12 = 48 km^2 along, 1 km^2 of the inversion all round.
      expect(middle - likelihood(at(6, 6))).toBeCloseTo(72 / (2 * 49), digits);
      expect(middle - likelihood(at(3, -3))).toBeCloseTo(18 / 2, digits);
    }
    // Any strike: as far along either axis.
    const blurred = deformationLogLikelihood({
      ...inversion(0, 1),
      ...{ rupture: { ...trace, strikeSigmaDeg: 1000 } },
    });
    expect(blurred(at(0, 0)) - blurred(at(5, 0))).toBeCloseTo(25 / (2 * 25), 1);
  });

  it('takes from a motion that was seen that it was large enough', () => {
    const bounds = { west: -101, east: -97, south: 15, north: 19 };
    const blind = deformationLogLikelihood(inversion(0, 1));
    const seeing = deformationLogLikelihood({
      ...inversion(0, 1),
      seen: { bounds, detectableM: 0.05 },
    });
    const at = (magnitude: number) => ({ ...CENTRE, depthKm: 12, timeS: 0, magnitude });
    for (const magnitude of [5, 5.6, 6, 6.6]) {
      const silent = noDeformationLogLikelihood({
        event: at(magnitude),
        bounds,
        detectableM: 0.05,
      });
      const change = seeing(at(magnitude)) - blind(at(magnitude));
      expect(Math.exp(change) + Math.exp(silent)).toBeCloseTo(1, 6);
    }
  });

  it('divides the prior of the inversion out', () => {
    const flat = reweightByDeformation({
      samples: gaussianSamples(2000),
      deformation: inversion(6),
    });
    // Precision 1 + 1/100 and mean (6 + 0/100) / 1.01 hold the same information with the prior in.
    const withPrior = reweightByDeformation({
      samples: gaussianSamples(2000),
      deformation: {
        kind: 'gaussian',
        origin: CENTRE,
        posterior: {
          mean: [6 / 1.01, 0, (12 + 0.12) / 1.01, 6.1],
          covariance: diagonal([
            1 / Math.sqrt(1.01),
            1 / Math.sqrt(1.01),
            1 / Math.sqrt(1.01),
            0.1,
          ]),
        },
        prior: { mean: [0, 0, 12, 6.1], covariance: diagonal([10, 10, 10, 1000]) },
      },
    });
    withPrior.samples.logWeight.forEach((w, i) =>
      expect(w).toBeCloseTo(flat.samples.logWeight[i] as number, 4),
    );
  });

  it('refuses to trust a handful of samples, and the rerun gets there', () => {
    const samples = gaussianSamples(800);
    const deformation = inversion(45);
    const first = reweightByDeformation({ samples, deformation });
    expect(first.trusted).toBe(false);
    const rerun = rerunWithDeformation({ samples, deformation, region: REGION, seed: 4 });
    expect(rerun.exact).toBe(false);
    const weights = normalizedWeights(rerun.samples.logWeight);
    const degree = 111.19492664455873 * Math.cos((17 * Math.PI) / 180);
    const east = weightedMoments(
      rerun.samples.longitude.map((v) => (v + 99) * degree),
      weights,
    );
    const likelihoodVariance = 1 + alongVariance;
    const variance = 1 / (1 / SD.place ** 2 + 1 / likelihoodVariance);
    expect(Math.abs(east.mean - (variance * 45) / likelihoodVariance)).toBeLessThan(1.5);
    expect(Math.abs(east.sd - Math.sqrt(variance))).toBeLessThan(1);
  });

  it('a scene that shows nothing bounds magnitude and depth', () => {
    const at = (magnitude: number, depthKm: number, latitude = 17): number =>
      noDeformationLogLikelihood({
        event: { latitude, longitude: -99, depthKm, timeS: 0, magnitude },
        bounds: { west: -100, east: -98, south: 16, north: 18 },
        detectableM: 0.01,
      });
    expect(at(4, 10)).toBeGreaterThan(-0.01);
    expect(at(6.5, 5)).toBeLessThan(-5);
    expect(at(6.5, 60)).toBeGreaterThan(at(6.5, 5) + 3);
    expect(at(6.5, 5, 19)).toBe(0);
    const update = reweightByDeformation({
      samples: gaussianSamples(2000),
      deformation: {
        kind: 'nothing-seen',
        bounds: { west: -100, east: -98, south: 16, north: 18 },
        detectableM: 0.02,
      },
    });
    const weights = normalizedWeights(update.samples.logWeight);
    expect(weightedMoments(update.samples.magnitude, weights).mean).toBeLessThan(5.95);
    expect(weightedMoments(update.samples.depthKm, weights).mean).toBeGreaterThan(15.3);
  });
});

describe('updateOrigin', () => {
  it('appends what it did', () => {
    const samples = gaussianSamples(1000);
    const origin: OriginEstimate = {
      ...originMarginals(samples, WINDOW.start),
      existenceProbability: 0.99,
      arrivalsUsed: 8,
      sensorsUp: 10,
      azimuthalGapDeg: 120,
      nearestSensorKm: 12,
      contributions: [{ source: 'phones', nats: 40, items: 10 }],
      notes: [],
    };
    const samplesArrow = encodeSamples({ samples, windowStart: WINDOW.start });
    const input = { origin, samplesArrow, region: REGION, seed: 1 };
    const near = updateOrigin({ ...input, deformation: inversion(6, 6) });
    expect(near.method).toBe('reweighted');
    expect(near.origin.ellipse90.semiMajorKm).toBeLessThan(origin.ellipse90.semiMajorKm);
    expect(near.origin.contributions.map((c) => c.source)).toEqual(['phones', 'insar']);
    const far = updateOrigin({ ...input, deformation: inversion(45) });
    expect(far.method).toBe('rerun-approximate');
    expect(far.origin.notes[0]).toMatch(/rerun/);
    expect(updateOrigin({ ...input, deformation: inversion(45) })).toEqual(far);
  });
});

describe('samples table', () => {
  it('comes back as it was', () => {
    const samples = gaussianSamples(50);
    const bytes = encodeSamples({ samples, windowStart: WINDOW.start });
    expect(decodeSamples(bytes)).toEqual({ samples, windowStart: WINDOW.start });
    expect(() => decodeSamples(Uint8Array.of(1, 2, 3), 'x.arrow')).toThrow(/x\.arrow/);
  });
});

describeWithPeers('samples table in pyarrow', () => {
  it('reads as float64 columns', () => {
    const samples = gaussianSamples(5);
    const bytes = encodeSamples({ samples, windowStart: WINDOW.start });
    const read = runPeer<{ names: string[]; types: string[]; magnitude: number[] }>(
      `
import sys, json, base64, io, pyarrow as pa
t = pa.ipc.open_file(io.BytesIO(base64.b64decode(sys.argv[1]))).read_all()
print(json.dumps({'names': t.column_names, 'types': sorted({str(f.type) for f in t.schema}),
  'magnitude': t['magnitude'].to_pylist()}))
`,
      [Buffer.from(bytes).toString('base64')],
    );
    expect(read.names).toEqual([
      'latitude',
      'longitude',
      'depth_km',
      'time_s',
      'magnitude',
      'log_weight',
    ]);
    expect(read.types).toEqual(['double']);
    expect(read.magnitude).toEqual([...samples.magnitude]);
  });
});
