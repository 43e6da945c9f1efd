/**
 * Quakes that come together: pairs and single quakes of known place, seen by twenty phones. How many are found, how
 * many are declared twice, how far off they are; with and without a second look at what was declared.
 *
 *   node --import tsx bench/fusion/doublets/run.ts bench/fusion/doublets/result.json [pairs]
 */
import { writeFileSync } from 'node:fs';
import {
  decodeFloat32,
  encodeFloat32,
  type EvidenceSet,
  type SensorEvidence,
} from '../../../core/evidence.js';
import { distanceKm, KM_PER_DEGREE } from '../../../core/geo.js';
import { createRandom } from '../../../core/random.js';
import { loadBackend } from '../../../models/backend.js';
import { detectWith, type DetectResult } from '../../../models/detection/detect.js';
import type { EventState } from '../../../models/detection/event-prior.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import { simulateEvidence, type BlankSensor } from '../../../models/detection/simulate-evidence.js';
import { phones, REGION, TABLE, WINDOW } from '../worlds/stage.js';

const [out = 'result.json', pairsText = '60'] = process.argv.slice(2);
const PAIRS = Number(pairsText);
const PHONES = 20;
/** A declared quake this near to a true one is it. */
const MATCH_S = 5;
const MATCH_KM = 25;

interface Score {
  readonly true: number;
  readonly found: number;
  readonly declared: number;
  readonly inside90: number;
  readonly errorsKm: readonly number[];
}

const backend = await loadBackend();
const result: Record<string, unknown> = { pairs: PAIRS, phones: PHONES };
for (const [name, count] of [
  ['pairs', 2],
  ['singles', 1],
] as const) {
  for (const revise of [false, true]) {
    const scores: Score[] = [];
    const start = process.cpuUsage();
    for (let i = 0; i < PAIRS; i++) {
      const { truths, evidence } = scene(i, count);
      const found = await detectWith(backend, {
        ...{ region: REGION, seed: i, samples: 300, evidence, revise },
      });
      scores.push(score(found, truths));
    }
    const { user, system } = process.cpuUsage(start);
    const summary = { ...summarise(scores), cpuSeconds: Math.round((user + system) / 1e5) / 10 };
    console.log(name, revise ? 'revised' : 'as declared', JSON.stringify(summary));
    result[`${name}, ${revise ? 'revised' : 'as declared'}`] = summary;
  }
}
writeFileSync(out, `${JSON.stringify(result, null, 2)}\n`);

/** One or two quakes of M 4.8 to 6, the second 3 to 60 s and up to 80 km away from the first. */
function scene(seed: number, count: number): { truths: EventState[]; evidence: EvidenceSet } {
  const random = createRandom(9000 + seed);
  const sensors = phones(PHONES, random);
  const first: EventState = {
    latitude: 16.5 + random.uniform(),
    longitude: -99.5 + random.uniform(),
    depthKm: 5 + 20 * random.uniform(),
    timeS: 60 + 30 * random.uniform(),
    magnitude: 4.8 + 1.2 * random.uniform(),
  };
  const direction = 2 * Math.PI * random.uniform();
  const apartKm = 80 * random.uniform();
  const second: EventState = {
    latitude: first.latitude + (apartKm * Math.cos(direction)) / KM_PER_DEGREE,
    longitude:
      first.longitude +
      (apartKm * Math.sin(direction)) / (KM_PER_DEGREE * Math.cos((17 * Math.PI) / 180)),
    depthKm: 5 + 20 * random.uniform(),
    timeS: first.timeS + 3 + 57 * random.uniform(),
    magnitude: 4.8 + 1.2 * random.uniform(),
  };
  const truths = [first, second].slice(0, count);
  const seen = truths.map((event, k) =>
    simulateEvidence({
      ...{ window: WINDOW, event, table: TABLE, parameters: DEFAULT_PARAMETERS, random },
      sensors: k === 0 ? sensors : sensors.map((s): BlankSensor => ({ ...s, falseRateHz: 0 })),
    }),
  );
  return { truths, evidence: seen.reduce(together) };
}

/** What sensors say that heard both: arrivals and series of both. */
function together(one: EvidenceSet, two: EvidenceSet): EvidenceSet {
  const sensors = one.sensors.map((sensor, i): SensorEvidence => {
    const other = two.sensors[i] as SensorEvidence;
    const series = decodeFloat32(other.series.llrBase64);
    const larger = decodeFloat32(sensor.series.llrBase64).map((value, k) =>
      Math.max(value, series[k] as number),
    );
    return {
      ...sensor,
      falseRateHz: Math.max(sensor.falseRateHz, other.falseRateHz),
      arrivals: [...sensor.arrivals, ...other.arrivals].sort((x, y) => x.timeS - y.timeS),
      series: { ...sensor.series, llrBase64: encodeFloat32(larger) },
    };
  });
  return { ...one, sensors };
}

function score(found: DetectResult, truths: readonly EventState[]): Score {
  const startS = Date.parse(WINDOW.start) / 1000;
  const open = found.quakes.map(({ origin }) => ({
    timeS: Date.parse(origin.originTime) / 1000 - startS,
    latitude: origin.latitude,
    longitude: origin.longitude,
  }));
  let [matched, inside90] = [0, 0];
  const errorsKm: number[] = [];
  for (const truth of truths) {
    const near = open
      .map((quake, index) => ({
        quake,
        index,
        km: distanceKm({ latitude: quake.latitude.p50, longitude: quake.longitude.p50 }, truth),
      }))
      .filter(({ quake, km }) => km <= MATCH_KM && Math.abs(quake.timeS - truth.timeS) <= MATCH_S)
      .sort((a, b) => a.km - b.km)[0];
    if (!near) continue;
    matched++;
    errorsKm.push(near.km);
    const { latitude, longitude } = near.quake;
    // Both coordinates inside their 95 % would be about 90 % of an ellipse; each by itself is told.
    if (truth.latitude >= latitude.p05 && truth.latitude <= latitude.p95) inside90++;
    if (truth.longitude >= longitude.p05 && truth.longitude <= longitude.p95) inside90++;
    open.splice(near.index, 1);
  }
  return {
    ...{ true: truths.length, found: matched, declared: found.quakes.length },
    inside90,
    errorsKm,
  };
}

function summarise(scores: readonly Score[]): Readonly<Record<string, unknown>> {
  const sum = (of: (s: Score) => number): number => scores.reduce((t, s) => t + of(s), 0);
  const errors = scores.flatMap((s) => s.errorsKm).sort((a, b) => a - b);
  const at = (p: number): number => Number((errors[Math.floor(p * errors.length)] ?? 0).toFixed(1));
  const [total, found, declared] = [
    sum((s) => s.true),
    sum((s) => s.found),
    sum((s) => s.declared),
  ];
  return {
    ...{ quakes: total, found, notReal: declared - found },
    recall: Number((found / total).toFixed(3)),
    medianKm: at(0.5),
    p90Km: at(0.9),
    coordinatesInside90: Number((sum((s) => s.inside90) / (2 * Math.max(1, found))).toFixed(3)),
  };
}
