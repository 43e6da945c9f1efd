/**
 * Ground motion: the network beside the equations on records nobody trained on, what construction and
 * the loss term do, and leave-one-station-out coverage of maps. Prints one JSON.
 *
 * node --import tsx bench/fusion/groundmotion/run.ts RIDGECREST_PEAKS.json [--ablation]
 * @module
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readShakingOrigin } from '../../../connectors/shaking/origin.js';
import { readStationPeaks, type StationPeaks } from '../../../connectors/shaking/peaks.js';
import { feltCells } from '../../../apps/cli/commands/reports/felt.js';
import { stationObservations } from '../../../apps/shaking/make-shaking.js';
import { distanceKm } from '../../../core/geo.js';
import { EQUATIONS } from '../../../models/groundmotion/equations.js';
import type {
  GroundMotionModel,
  Measure,
} from '../../../models/groundmotion/ground-motion-model.js';
import { groundMotionNetwork } from '../../../models/groundmotion/network.js';
import { modelNamed, MODEL_NAMES } from '../../../models/shaking/describe.js';
import { coverageOf } from '../../../models/shaking/leave-out.js';
import { feltObservations, type ShakingObservation } from '../../../models/shaking/observations.js';
import { shakingField } from '../../../models/shaking/shaking-map.js';
import { ablation } from './ablation.js';

const data = process.env['QUAKELOOM_DATA'] ?? '';
const napaFolder = path.join(data, 'felt/napa-nc72282711');
const VS30 = 400;

interface RealEvent {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly depthKm: number;
  readonly magnitude: number;
  readonly observations: readonly ShakingObservation[];
}

const stationsOf = (peaks: readonly Partial<StationPeaks>[]): ShakingObservation[] =>
  stationObservations(
    peaks.map((one) => ({
      id: '',
      latitude: 0,
      longitude: 0,
      pgaGal: null,
      pgvCmS: null,
      mmi: null,
      vs30: null,
      sigmaLog10: 0,
      ...one,
    })),
  );

async function napa(): Promise<RealEvent> {
  const origin = await readShakingOrigin({ path: path.join(napaFolder, 'event.xml') });
  const { stations } = await readStationPeaks({ path: path.join(napaFolder, 'stationlist.xml') });
  const felt = feltObservations(await feltCells(path.join(napaFolder, 'dyfi_dat.xml')));
  return {
    name: 'Napa 2014',
    ...origin,
    observations: [...stationObservations(stations), ...felt],
  };
}

function ridgecrest(file: string): RealEvent {
  const peaks = JSON.parse(readFileSync(file, 'utf8')) as StationPeaks[];
  const place = { latitude: 35.7695, longitude: -117.5993, depthKm: 8, magnitude: 7.1 };
  return { name: 'Ridgecrest 2019', ...place, observations: stationsOf(peaks) };
}

/** Devices over 1 gal of events over M 7: smaller peaks are the devices' own noise. Depth is not known: 20 km. */
function mexico(): RealEvent[] {
  const { events } = JSON.parse(
    readFileSync(path.join(data, 'mems-openeew/events.json'), 'utf8'),
  ) as {
    events: {
      id: string;
      lat: number;
      lon: number;
      magnitude: number;
      devices: { deviceId: string; lat: number; lon: number; peakAbsGal: number }[];
    }[];
  };
  return events
    .filter(({ magnitude }) => magnitude > 7)
    .map(({ id, lat, lon, magnitude, devices }) => ({
      name: `OpenEEW ${id}`,
      latitude: lat,
      longitude: lon,
      depthKm: 20,
      magnitude,
      observations: stationsOf(
        devices
          .filter(({ peakAbsGal }) => peakAbsGal > 1)
          .map((d) => ({
            id: d.deviceId,
            latitude: d.lat,
            longitude: d.lon,
            pgaGal: d.peakAbsGal,
          })),
      ),
    }));
}

const BINS_KM = [0, 20, 50, 100, 1000];

/** Bias and rms of observed minus median, all and by distance; log10 or MMI. */
function compare(event: RealEvent, model: GroundMotionModel, measure: Measure): unknown {
  const rows = event.observations
    .filter((one) => one.measure === measure)
    .map((one) => {
      const km = distanceKm(event, one);
      const scenario = { ...event, distanceKm: km, vs30: VS30, mechanism: 'strike-slip' as const };
      return { km, residual: one.value - model.predict(measure, scenario).median };
    });
  const summary = (part: typeof rows): unknown => {
    if (part.length === 0) return null;
    const bias = part.reduce((sum, { residual }) => sum + residual, 0) / part.length;
    const rms = Math.sqrt(part.reduce((sum, { residual: r }) => sum + r * r, 0) / part.length);
    const scatter = Math.sqrt(Math.max(0, rms * rms - bias * bias));
    return { n: part.length, bias: round(bias), rms: round(rms), scatter: round(scatter) };
  };
  const bins = BINS_KM.slice(1).map((to, i) => [
    `${BINS_KM[i] as number}-${to} km`,
    summary(rows.filter(({ km }) => km >= (BINS_KM[i] as number) && km < to)),
  ]);
  return {
    event: event.name,
    model: model.name,
    measure,
    all: summary(rows),
    bins: Object.fromEntries(bins),
  };
}

const round = (value: number): number => Number(value.toFixed(3));

const events = [await napa(), ridgecrest(process.argv[2] ?? ''), ...mexico()];
const models = [...EQUATIONS, groundMotionNetwork()];
const comparison = events.flatMap((event) =>
  models.flatMap((model) =>
    model.measures
      .filter((measure) => event.observations.some((one) => one.measure === measure))
      .map((measure) => compare(event, model, measure)),
  ),
);
const [napaEvent] = events as [RealEvent];
const leaveOneOut = MODEL_NAMES.map((name) => {
  const field = shakingField({
    samples: [napaEvent],
    model: modelNamed(name),
    mechanism: 'strike-slip',
    observations: napaEvent.observations,
    vs30: VS30,
  });
  const left = field.leaveOut();
  const of = (measure: Measure) => coverageOf(left.filter((one) => one.measure === measure));
  return {
    model: name,
    eventTerms: field.eventTerms,
    pga: of('pga'),
    pgv: of('pgv'),
    mmi: of('mmi'),
  };
});
const result = {
  comparison,
  leaveOneOut,
  ablation: process.argv.includes('--ablation') ? await ablation() : null,
};
process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
