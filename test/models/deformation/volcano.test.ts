import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { invertPoints } from '../../../models/deformation/invert-points.js';
import type { DataSet } from '../../../models/deformation/inverse-problem.js';
import { sourceModel } from '../../../models/deformation/source-models.js';
import { marginal } from '../../../models/deformation/source-summary.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const VOLCANO = 'insar/synthetic-volcano';

/**
 * Every third point of a track: x, y, azimuth, incidence, LOS, deviation; one offset. Weighed less steeply than VMOD
 * does, by the inverse of the deviation: steeper weights leave too little to a third of the points.
 */
function track(file: string): DataSet {
  const rows = readFileSync(samplePath(`${VOLCANO}/${file}`), 'utf8')
    .trim()
    .split('\n')
    .filter((_, i) => i % 3 === 0)
    .map((line) => line.trim().split(/\s+/).map(Number));
  const column = (pick: (row: readonly number[]) => number): Float64Array =>
    Float64Array.from(rows, pick);
  const at = (row: readonly number[], k: number): number => row[k] as number;
  return {
    name: file,
    losM: column((r) => at(r, 4)),
    nuisance: 'offset',
    noise: { sdM: column((r) => Math.sqrt(at(r, 5))) },
    points: {
      eastM: column((r) => at(r, 0)),
      northM: column((r) => at(r, 1)),
      lookEast: column((r) => -Math.cos(at(r, 2)) * Math.sin(at(r, 3))),
      lookNorth: column((r) => Math.sin(at(r, 2)) * Math.sin(at(r, 3))),
      lookUp: column((r) => Math.cos(at(r, 3))),
    },
  };
}

describeWithSamples('synthetic volcano, McTigue', [`${VOLCANO}/expected.json`], () => {
  it('posterior within one deviation of the published one', { timeout: 120_000 }, () => {
    const { vmodPosterior: truth } = JSON.parse(
      readFileSync(samplePath(`${VOLCANO}/expected.json`), 'utf8'),
    ) as {
      vmodPosterior: {
        medians: Record<string, number>;
        percentile5to95: Record<string, [number, number]>;
      };
    };
    const area = { eastM: 0, northM: 0, radiusM: 8000, peakM: 0.05, backgroundM: 0.009 };
    const result = invertPoints({
      sets: ['asc_low.txt', 'des_low.txt'].map(track),
      model: sourceModel('mctigue', area),
      area,
      seed: 3,
      samples: 400,
      starts: 8,
    });
    const width = result.columns.length;
    for (const [ours, theirs] of [
      ['eastM', 'xM'],
      ['depthM', 'depthM'],
      ['radiusM', 'radiusM'],
    ] as const) {
      const m = marginal(result.samples, width, result.columns.indexOf(ours));
      const [p05, p95] = truth.percentile5to95[theirs] as [number, number];
      // Their own spread: half of 5 to 95 per cent is 1.645 deviations.
      const sd = (p95 - p05) / (2 * 1.645);
      const apart = Math.abs(m.mean - (truth.medians[theirs] as number));
      expect(apart, `${ours} ${m.mean} +- ${m.sd}`).toBeLessThan(Math.max(sd, m.sd));
    }
    // The published run averaged the same images to other points. Draws of as many points from these files put
    // north at 85 +- 75 m, and weights move it from -30 to 160 m (bench/insar/volcano), so north is held to the
    // half kilometre that the sample's notes ask for.
    const north = marginal(result.samples, width, result.columns.indexOf('northM'));
    expect(Math.abs(north.mean - (truth.medians['yM'] as number))).toBeLessThan(500);
    // Strength: pi a^3 dP / mu, which the data resolve.
    const { radiusM, pressureOverShearModulus } = truth.medians;
    const strength = Math.PI * (radiusM as number) ** 3 * (pressureOverShearModulus as number);
    const volume = marginal(result.samples, width, result.columns.indexOf('volumeChangeM3'));
    expect(Math.abs(volume.mean / strength - 1)).toBeLessThan(0.2);
    expect(Math.max(...result.rHat)).toBeLessThan(1.3);
  });
});
