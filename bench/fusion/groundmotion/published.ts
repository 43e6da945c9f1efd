/**
 * The map of shaking that the workflow publishes, against instruments that it never saw: stored posterior
 * and evidence of one event, peaks of a station list. With draws that are weighed once (as published) and
 * twice. Prints one JSON.
 *
 * node --import tsx bench/fusion/groundmotion/published.ts HOME STATIONLIST
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readStationPeaks } from '../../../connectors/shaking/peaks.js';
import { stationObservations } from '../../../apps/shaking/make-shaking.js';
import type { EvidenceSet } from '../../../core/evidence.js';
import { addSeconds } from '../../../core/time.js';
import { decodeSamples } from '../../../models/detection/samples-table.js';
import { modelNamed } from '../../../models/shaking/describe.js';
import { equalSamples, observationsOf } from '../../../models/shaking/event-data.js';
import { shakingField } from '../../../models/shaking/shaking-map.js';
import { shakingTasks } from '../../../models/shaking/tasks.js';

const [home = '', stationList = ''] = process.argv.slice(2);
const VS30 = 400;
const root = path.join(home, 'objects');

/** The largest object under a folder: of evidence that of the window with the event. */
function largest(folder: string): Buffer {
  const files = readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true });
  const bytes = files
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name)));
  return bytes.reduce((a, b) => (b.length > a.length ? b : a));
}

const posterior = largest('posteriors');
const stored = largest('evidence');
const evidence = JSON.parse(stored.toString()) as EvidenceSet;
const { samples, windowStart } = decodeSamples(posterior);
const meanS = samples.timeS.reduce((sum, t) => sum + t, 0) / samples.timeS.length;
const originTime = addSeconds(windowStart, Math.round(meanS));
const observations = observationsOf(evidence, { origin: { originTime } });
const { stations } = await readStationPeaks({ path: stationList });
const truth = stationObservations(stations);

const scores = [true, false].flatMap((samplesKnowData) => {
  const field = shakingField({
    samples: equalSamples(samples),
    samplesKnowData,
    model: modelNamed('network'),
    mechanism: 'unspecified',
    observations,
    vs30: VS30,
  });
  return (['pga', 'pgv'] as const).map((measure) => {
    const own = truth.filter((one) => one.measure === measure);
    const { mean, sigma } = field.at(
      own.map(({ latitude, longitude, vs30 }) => ({
        latitude,
        longitude,
        measure,
        vs30: vs30 ?? VS30,
        isVs30Known: vs30 !== undefined,
      })),
    );
    const residuals = own.map(({ value }, i) => value - (mean[i] as number));
    const shareWithin = (deviations: number): number =>
      residuals.filter((residual, i) => {
        const total = Math.hypot(sigma[i] as number, (own[i] as (typeof own)[number]).sigma);
        return Math.abs(residual) < deviations * total;
      }).length / own.length;
    return {
      samplesKnowData,
      measure,
      peaks: own.length,
      inside50: shareWithin(0.6745),
      inside90: shareWithin(1.6449),
      biasLog10: residuals.reduce((sum, one) => sum + one, 0) / own.length,
      meanSigmaLog10: sigma.reduce((sum, one) => sum + one, 0) / own.length,
    };
  });
});

let cpuS = Infinity;
for (let run = 0; run < 4; run++) {
  const begun = process.cpuUsage();
  const context = { progress: () => undefined, throwIfCancelled: () => undefined };
  const input = { eventId: 'bench', originTime, samplesArrow: posterior, isSynthetic: false };
  await shakingTasks.mapShaking({ ...input, evidence: stored }, context);
  const { user, system } = process.cpuUsage(begun);
  cpuS = Math.min(cpuS, (user + system) / 1e6);
}
console.log(JSON.stringify({ felt: observations.length, scores, cpuSecondsAMap: cpuS }, null, 2));
