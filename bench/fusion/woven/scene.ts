/**
 * The woven scene drawn anew: the towns, fibre and quakes of the demo's simulated scenario, as evidence
 * that grows with time.
 * @module
 */
import { FIBRE, REGION, TOWNS } from '../../../apps/simulator/world.js';
import type { EvidenceSet, SensorEvidence } from '../../../core/evidence.js';
import { fromLocalKm, KM_PER_DEGREE } from '../../../core/geo.js';
import { createRandom, type Random } from '../../../core/random.js';
import type { Region } from '../../../core/region.js';
import type { DeformationEvidence } from '../../../models/detection/deformation-likelihood.js';
import type { EventState } from '../../../models/detection/event-prior.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import { simulateEvidence, type BlankSensor } from '../../../models/detection/simulate-evidence.js';
import { drawDevices } from '../../../models/generative/phones.js';
import { drawSource } from '../../../models/generative/source.js';
import { travelTimeTable } from '../../../models/traveltime/travel-time-table.js';
import { drawInversion } from '../worlds/world.js';

export const WOVEN: Region = REGION;
export const WINDOW = { start: '2026-01-01T12:00:00Z', end: '2026-01-01T12:05:00Z' };
const WINDOW_S = 300;
const SEGMENTS = 4;
/** Questionnaires come in after minutes; cells count from here on, s after the origin. */
const CELLS_AFTER_S = 240;
/** Shorter than this an amplitude says nothing yet, s. */
const LEAST_SEEN_S = 2;

export interface Scene {
  readonly input: { readonly seed: number; readonly phones: number };
  readonly truth: EventState;
  readonly evidence: EvidenceSet;
  readonly deformation: DeformationEvidence;
}

/** M 6 to 6.5 between the towns, as in the demo; `phones` of them, the demo has 24. */
export function drawScene(input: { readonly seed: number; readonly phones: number }): Scene {
  const { truth, evidence, random } = drawEvidence(input, Number.POSITIVE_INFINITY);
  return { input, truth, evidence, deformation: drawInversion(truth, random, middle()) };
}

/** The same draw whatever `asOfS` is, but for amplitudes: they know no wave that is still to come. */
function drawEvidence(
  input: Scene['input'],
  asOfS: number,
): { readonly truth: EventState; readonly evidence: EvidenceSet; readonly random: Random } {
  const random = createRandom(input.seed);
  const truth = drawSource({
    random,
    bounds: { west: -118.3, south: 38.2, east: -117.5, north: 38.8 },
    timeS: { from: 40, to: 60 },
    magnitude: { min: 6, max: 6.5 },
    depthKm: { min: 6, max: 11 },
  });
  const evidence = simulateEvidence({
    window: WINDOW,
    sensors: [...phones(random, input.phones), ...fibre()],
    event: truth,
    table: travelTimeTable({ model: WOVEN.velocityModel }),
    parameters: DEFAULT_PARAMETERS,
    random,
    reports: {
      cells: TOWNS.flatMap((town, i) =>
        [-10, 0, 10].map((east) => ({
          cellId: `town-${i}-${east}`,
          ...fromLocalKm(town, { eastKm: east, northKm: 0 }),
          radiusKm: 7,
          people: Math.ceil(town.respondents / 40),
        })),
      ),
      posts: { binS: 5, backgroundHz: 1 / 120, burst: 300 },
    },
    amplitudesAsOfS: asOfS,
  });
  return { truth, evidence, random };
}

/** What is known `afterS` after the origin: later arrivals, uptime, posts and cells are not there yet. */
export function evidenceAt(scene: Scene, afterS: number): EvidenceSet {
  const nowS = scene.truth.timeS + afterS;
  const { evidence } = drawEvidence(scene.input, nowS);
  const { sensors, reports } = evidence;
  const bins = reports?.posts ? Math.max(0, Math.floor(nowS / reports.posts.binS)) : 0;
  return {
    ...evidence,
    sensors: sensors.map((sensor) => sensorAt(sensor, nowS)),
    reports: reports && {
      ...reports,
      cells: afterS >= CELLS_AFTER_S ? reports.cells : [],
      posts: reports.posts && { ...reports.posts, counts: reports.posts.counts.slice(0, bins) },
    },
  };
}

function sensorAt(sensor: SensorEvidence, nowS: number): SensorEvidence {
  const bytes = Buffer.from(sensor.series.llrBase64, 'base64');
  const samples = Math.max(0, Math.floor(nowS * sensor.series.rateHz));
  return {
    ...sensor,
    uptime: sensor.uptime
      .map(({ startS, endS }) => ({ startS, endS: Math.min(endS, nowS) }))
      .filter(({ startS, endS }) => endS > startS),
    arrivals: sensor.arrivals
      .filter(({ timeS }) => timeS <= nowS)
      .map((arrival) => {
        const amplitudeSeenS = nowS - arrival.timeS;
        if (amplitudeSeenS >= DEFAULT_PARAMETERS.amplitudeSpanS) return arrival;
        const isKnown = amplitudeSeenS >= LEAST_SEEN_S;
        return {
          ...arrival,
          log10Amplitude: isKnown ? arrival.log10Amplitude : null,
          amplitudeSeenS,
        };
      }),
    series: { ...sensor.series, llrBase64: bytes.subarray(0, 4 * samples).toString('base64') },
  };
}

function middle(): { latitude: number; longitude: number } {
  const { west, east, south, north } = WOVEN.bounds;
  return { latitude: (south + north) / 2, longitude: (west + east) / 2 };
}

function phones(random: Random, count: number): BlankSensor[] {
  return drawDevices({ random, count, towns: TOWNS }).map((device) => ({
    source: 'phones',
    sensorId: device.deviceId,
    latitude: device.latitude,
    longitude: device.longitude,
    elevationM: 0,
    positionSigmaKm: 0.5,
    uptime: [{ startS: 0, endS: WINDOW_S }],
    falseRateHz: 1 / 300,
    quantity: 'pga-gal',
    log10Threshold: Math.log10(4 * device.noiseGal),
    notes: [],
  }));
}

function fibre(): BlankSensor[] {
  const lengthKm = (FIBRE.channelCount * FIBRE.channelSpacingM) / 1000;
  const azimuth = (FIBRE.azimuthDeg * Math.PI) / 180;
  return Array.from({ length: SEGMENTS }, (_, i): BlankSensor => {
    const along = ((i + 0.5) / SEGMENTS) * lengthKm;
    return {
      source: 'das',
      sensorId: `woven-fibre/${i}`,
      latitude: FIBRE.latitude + (along * Math.cos(azimuth)) / KM_PER_DEGREE,
      longitude:
        FIBRE.longitude +
        (along * Math.sin(azimuth)) / (KM_PER_DEGREE * Math.cos((FIBRE.latitude * Math.PI) / 180)),
      elevationM: 0,
      positionSigmaKm: 0.1,
      uptime: [{ startS: 0, endS: WINDOW_S }],
      falseRateHz: 1 / 600,
      quantity: 'strain-rate-microstrain-s',
      log10Threshold: Math.log10(4 * FIBRE.noiseMicrostrainS),
      notes: [],
    };
  });
}
