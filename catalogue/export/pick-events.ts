/**
 * Associated events as CSV tables and as QuakeML 1.2 with their picks, arrivals and amplitudes. Pure.
 * @module
 */
import { KM_PER_DEGREE } from '../../core/geo.js';
import type { PickArrival, PickEvent } from '../../core/picks.js';
import type { Marginal } from '../../core/quake.js';
import { AGENCY, kmToM, normalLongitude } from './quakes.js';
import { element, leaf } from './xml.js';

const EVENT_COLUMNS = [
  'event_id',
  'time',
  'latitude',
  'longitude',
  'depthKm',
  'magnitude',
  'probability',
  'time_sd_s',
  'latitude_p05',
  'latitude_p95',
  'longitude_p05',
  'longitude_p95',
  'depthKm_p05',
  'depthKm_p95',
  'magnitude_p05',
  'magnitude_p95',
  'log_odds',
  'picks',
  'stations',
  'azimuthal_gap_deg',
  'time_p05',
  'time_p95',
] as const;

/**
 * One row an event; intervals hold 90 %. Longitudes of an interval across 180 degrees go on past it, so
 * that p05 <= longitude <= p95 always.
 */
export function pickEventsCsv(events: readonly PickEvent[]): string {
  const rows = events.map((event) =>
    [
      event.eventId,
      isoOf(event.timeS.p50),
      event.latitude.p50.toFixed(5),
      normalLongitude(event.longitude.p50).toFixed(5),
      event.depthKm.p50.toFixed(3),
      event.magnitude.p50.toFixed(2),
      event.probability.toFixed(4),
      event.timeS.sd.toFixed(3),
      event.latitude.p05.toFixed(5),
      event.latitude.p95.toFixed(5),
      (event.longitude.p05 + turnOf(event)).toFixed(5),
      (event.longitude.p95 + turnOf(event)).toFixed(5),
      event.depthKm.p05.toFixed(3),
      event.depthKm.p95.toFixed(3),
      event.magnitude.p05.toFixed(2),
      event.magnitude.p95.toFixed(2),
      event.logOdds.toFixed(2),
      event.arrivals.length,
      event.stationCount,
      event.azimuthalGapDeg.toFixed(1),
      isoOf(event.timeS.p05),
      isoOf(event.timeS.p95),
    ].join(','),
  );
  return `${[EVENT_COLUMNS.join(','), ...rows].join('\n')}\n`;
}

/** Degrees that bring the event's longitude within -180 to 180. */
function turnOf({ longitude }: PickEvent): number {
  return normalLongitude(longitude.p50) - longitude.p50;
}

/** One row a pick that belongs to an event. */
export function assignmentsCsv(events: readonly PickEvent[]): string {
  const rows = events.flatMap((event) =>
    event.arrivals.map((arrival) =>
      [event.eventId, arrival.pickIndex, arrival.phase, arrival.residualS.toFixed(4)].join(','),
    ),
  );
  return `${['event_id,pick_index,phase,residualS', ...rows].join('\n')}\n`;
}

/**
 * QuakeML 1.2 (BED): depth in m, uncertainties of one standard deviation, the circle of 90 % about the
 * epicentre; amplitudes as the pick file has them, whatever their unit.
 */
export function pickEventsQuakeMl(input: {
  readonly events: readonly PickEvent[];
  readonly generatedAt: string;
}): string {
  const body = element(
    'eventParameters',
    { publicID: `smi:${AGENCY}.org/eventParameters/${resourceName(input.generatedAt)}` },
    [
      ...input.events.map(eventXml),
      element('creationInfo', {}, [
        leaf('agencyID', AGENCY),
        leaf('creationTime', input.generatedAt),
      ]),
    ],
  );
  const root = {
    'xmlns:q': 'http://quakeml.org/xmlns/quakeml/1.2',
    xmlns: 'http://quakeml.org/xmlns/bed/1.2',
    'xmlns:ql': 'https://quakeloom.org/ns/1',
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('q:quakeml', root, [body])}\n`;
}

function eventXml(event: PickEvent): string {
  const uri = (kind: string, tail = ''): string =>
    `smi:${AGENCY}.org/${kind}/${resourceName(event.eventId)}${tail}`;
  return element('event', { publicID: uri('event') }, [
    leaf('preferredOriginID', uri('origin')),
    leaf('preferredMagnitudeID', uri('magnitude')),
    leaf('type', 'earthquake'),
    leaf('typeCertainty', event.probability >= 0.95 ? 'known' : 'suspected'),
    ...event.arrivals.map((arrival) => pickXml(arrival)),
    ...event.arrivals
      .filter(hasAmplitude)
      .map((arrival) =>
        element('amplitude', { publicID: uri('amplitude', `/${arrival.pickIndex}`) }, [
          element('genericAmplitude', {}, [leaf('value', 10 ** arrival.logAmplitude)]),
          leaf('pickID', pickUri(arrival)),
        ]),
      ),
    element('origin', { publicID: uri('origin') }, [
      element('time', {}, [
        leaf('value', isoOf(event.timeS.p50)),
        leaf('uncertainty', event.timeS.sd),
      ]),
      quantity('latitude', event.latitude.p50, event.latitude.sd),
      quantity('longitude', normalLongitude(event.longitude.p50), event.longitude.sd),
      quantity('depth', kmToM(event.depthKm.p50), kmToM(event.depthKm.sd)),
      leaf('depthType', 'from location'),
      leaf('methodID', `smi:${AGENCY}.org/method/pick-association`),
      element('originUncertainty', {}, [
        leaf('horizontalUncertainty', kmToM(radius90Km(event))),
        leaf('preferredDescription', 'horizontal uncertainty'),
        leaf('confidenceLevel', 90),
      ]),
      element('quality', {}, [
        leaf('standardError', rootMeanSquare(event.arrivals.map(({ residualS }) => residualS))),
        leaf('usedPhaseCount', event.arrivals.length),
        leaf('usedStationCount', event.stationCount),
        leaf('azimuthalGap', event.azimuthalGapDeg),
        leaf('minimumDistance', event.nearestStationKm / KM_PER_DEGREE),
      ]),
      leaf('evaluationMode', 'automatic'),
      leaf('evaluationStatus', 'preliminary'),
      ...event.arrivals.map((arrival) =>
        element('arrival', { publicID: uri('arrival', `/${arrival.pickIndex}`) }, [
          leaf('pickID', pickUri(arrival)),
          leaf('phase', arrival.phase),
          leaf('distance', arrival.distanceKm / KM_PER_DEGREE),
          leaf('timeResidual', arrival.residualS),
        ]),
      ),
      leaf('ql:quantiles', quantiles(event.depthKm), { of: 'depthKm', levels: '5 50 95' }),
    ]),
    element('magnitude', { publicID: uri('magnitude') }, [
      quantity('mag', event.magnitude.p50, event.magnitude.sd),
      leaf('type', 'M'),
      leaf('stationCount', heardAmplitudes(event)),
      leaf('originID', uri('origin')),
      leaf('evaluationMode', 'automatic'),
    ]),
    leaf('ql:existenceProbability', event.probability),
    leaf('ql:logOdds', event.logOdds),
  ]);
}

const hasAmplitude = ({ logAmplitude }: PickArrival): boolean => !Number.isNaN(logAmplitude);

/** Stations whose amplitudes count. */
const heardAmplitudes = (event: PickEvent): number =>
  new Set(event.arrivals.filter(hasAmplitude).map(({ station }) => station)).size;

const rootMeanSquare = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length));

/** Deviations on either side of the mean that hold 90 % of a normal variable. */
const Z90 = 1.6448536269514722;

/**
 * Of a circle that holds at least 90 % of a Gaussian whatever its correlation: that of all variance along
 * one line, 8 % wider than needed where the axes are alike.
 */
function radius90Km({ latitude, longitude }: PickEvent): number {
  const northKm = latitude.sd * KM_PER_DEGREE;
  const eastKm = longitude.sd * KM_PER_DEGREE * Math.cos((latitude.p50 * Math.PI) / 180);
  return Z90 * Math.hypot(northKm, eastKm);
}

function pickXml(arrival: PickArrival): string {
  const [networkCode = '', stationCode = networkCode] = arrival.station.split('.');
  const isPlain = !arrival.station.includes('.');
  return element('pick', { publicID: pickUri(arrival) }, [
    element('time', {}, [leaf('value', isoOf(arrival.timeS))]),
    element(
      'waveformID',
      {
        networkCode: isPlain ? 'XX' : networkCode,
        stationCode: isPlain ? arrival.station : stationCode,
      },
      [' '],
    ),
    leaf('phaseHint', arrival.phase),
    leaf('evaluationMode', 'automatic'),
  ]);
}

const pickUri = (arrival: PickArrival): string => `smi:${AGENCY}.org/pick/${arrival.pickIndex}`;

function quantity(name: string, value: number, sd: number): string {
  return element(name, {}, [leaf('value', value), leaf('uncertainty', sd)]);
}

const quantiles = ({ p05, p50, p95 }: Marginal): string => [p05, p50, p95].join(' ');

/** ISO-8601 to the millisecond, UTC. */
function isoOf(timeS: number): string {
  return new Date(Math.round(timeS * 1000)).toISOString();
}

function resourceName(text: string): string {
  return text.replace(/[^A-Za-z0-9\-.*()_~']/g, '');
}
