/**
 * QuakeML 1.2 Basic Event Description (https://quake.ethz.ch/quakeml): every origin of every event,
 * lengths in metres, angles in degrees, uncertainties as one standard deviation. What QuakeML has no
 * word for (existence probability, contributions, provenance) stands in the namespace
 * `https://quakeloom.org/ns/1`, which readers that do not know it skip. Pure.
 * @module
 */
import { KM_PER_DEGREE } from '../../core/geo.js';
import type { Marginal, OriginEstimate, StoredOrigin } from '../../core/quake.js';
import {
  AGENCY,
  eventType,
  kmToM,
  normalLongitude,
  titleOf,
  type ExportInput,
  type ExportedQuake,
} from './quakes.js';
import { element, leaf } from './xml.js';

/** Namespace of Quakeloom's own elements. */
export const QUAKELOOM_NAMESPACE = 'https://quakeloom.org/ns/1';

/** An event is `known` to be an earthquake from this probability, else `suspected`. */
const KNOWN_FROM = 0.95;

/** Encodes events as one QuakeML document. */
export function encodeQuakeMl(input: ExportInput): string {
  const events = input.quakes.map(eventXml);
  const body = element(
    'eventParameters',
    { publicID: `smi:${AGENCY}.org/eventParameters/${resourceName(input.generatedAt)}` },
    [
      ...events,
      element('creationInfo', {}, [
        leaf('agencyID', AGENCY),
        leaf('creationTime', input.generatedAt),
      ]),
    ],
  );
  const root = {
    'xmlns:q': 'http://quakeml.org/xmlns/quakeml/1.2',
    xmlns: 'http://quakeml.org/xmlns/bed/1.2',
    'xmlns:ql': QUAKELOOM_NAMESPACE,
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('q:quakeml', root, [body])}\n`;
}

function eventXml({ quake, origins }: ExportedQuake): string {
  const { preferred } = quake;
  const { existenceProbability } = preferred.origin;
  return element('event', { publicID: eventUri(quake.eventId) }, [
    leaf('preferredOriginID', originUri(preferred)),
    leaf('preferredMagnitudeID', magnitudeUri(preferred)),
    leaf('type', eventType(preferred)),
    leaf('typeCertainty', existenceProbability >= KNOWN_FROM ? 'known' : 'suspected'),
    element('description', {}, [leaf('text', quake.regionId), leaf('type', 'region name')]),
    element('description', {}, [leaf('text', titleOf(preferred)), leaf('type', 'earthquake name')]),
    ...origins.map(originXml),
    ...origins.map(magnitudeXml),
    element('creationInfo', {}, [
      leaf('agencyID', AGENCY),
      leaf('creationTime', origins[0]?.createdAt),
      leaf('version', quake.versions),
    ]),
    leaf('ql:existenceProbability', existenceProbability),
    leaf('ql:regionId', quake.regionId),
  ]);
}

function originXml(stored: StoredOrigin): string {
  const { origin, provenance } = stored;
  const comments = [
    ...(provenance.synthetic
      ? ['SIMULATED: the observations behind this origin are not real']
      : []),
    ...origin.notes,
  ];
  return element('origin', { publicID: originUri(stored) }, [
    ...comments.map((text) => element('comment', {}, [leaf('text', text)])),
    element('time', {}, [
      leaf('value', origin.originTime),
      leaf('uncertainty', origin.originTimeSdS),
    ]),
    quantity('latitude', origin.latitude),
    quantity('longitude', {
      mean: normalLongitude(origin.longitude.mean),
      sd: origin.longitude.sd,
    }),
    quantity('depth', { mean: kmToM(origin.depthKm.mean), sd: kmToM(origin.depthKm.sd) }),
    leaf('depthType', 'from location'),
    leaf('methodID', `smi:${AGENCY}.org/method/fused-posterior`),
    uncertaintyXml(origin),
    element('quality', {}, [
      leaf('usedPhaseCount', origin.arrivalsUsed),
      leaf('azimuthalGap', origin.azimuthalGapDeg),
      leaf(
        'minimumDistance',
        origin.nearestSensorKm === null ? null : origin.nearestSensorKm / KM_PER_DEGREE,
      ),
    ]),
    leaf('type', 'hypocenter'),
    leaf('region', stored.regionId),
    leaf('evaluationMode', 'automatic'),
    leaf('evaluationStatus', 'preliminary'),
    creationInfo(stored),
    leaf('ql:existenceProbability', origin.existenceProbability),
    leaf('ql:version', stored.version),
    leaf('ql:sensorsUp', origin.sensorsUp),
    leaf('ql:workflowId', provenance.workflowId),
    leaf('ql:idempotencyKey', stored.idempotencyKey),
    leaf('ql:synthetic', provenance.synthetic),
    leaf('ql:posterior', provenance.posterior.key, { sha256: provenance.posterior.sha256 }),
    element(
      'ql:contributions',
      { unit: 'nat' },
      origin.contributions.map(({ source, nats, items }) => leaf(`ql:${source}`, nats, { items })),
    ),
    element('ql:quantiles', { levels: '5 50 95' }, [
      quantiles('ql:latitude', origin.latitude),
      quantiles('ql:longitude', origin.longitude),
      quantiles('ql:depthKm', origin.depthKm),
      quantiles('ql:magnitude', origin.magnitude),
    ]),
  ]);
}

function magnitudeXml(stored: StoredOrigin): string {
  return element('magnitude', { publicID: magnitudeUri(stored) }, [
    quantity('mag', stored.origin.magnitude),
    leaf('type', 'M'),
    leaf('originID', originUri(stored)),
    leaf('evaluationMode', 'automatic'),
    leaf('evaluationStatus', 'preliminary'),
    creationInfo(stored),
  ]);
}

function creationInfo(stored: StoredOrigin): string {
  return element('creationInfo', {}, [
    leaf('agencyID', AGENCY),
    leaf('author', `${AGENCY} ${stored.provenance.codeVersion}`.slice(0, 128)),
    leaf('creationTime', stored.createdAt),
    leaf('version', stored.version),
  ]);
}

/** Uncertainty without a confidence level is one standard deviation. */
function quantity(name: string, { mean, sd }: Pick<Marginal, 'mean' | 'sd'>): string {
  return element(name, {}, [leaf('value', mean), leaf('uncertainty', sd)]);
}

function quantiles(name: string, { p05, p50, p95 }: Marginal): string {
  return leaf(name, [p05, p50, p95].join(' '));
}

/** 90 % radius of a Gaussian in two and in three dimensions, in standard deviations. */
const RADIUS90 = { two: Math.sqrt(-2 * Math.log(0.1)), three: Math.sqrt(6.251388631170325) };

/**
 * The 90 % ellipse, and the 90 % ellipsoid with a vertical axis (the summary has no correlation of
 * depth with place). Orientation by Tait-Bryan angles from (north, east, down) to (major, minor,
 * intermediate): with one axis vertical each case is a rotation by 0 or 90 degrees.
 */
function uncertaintyXml(origin: OriginEstimate): string {
  const { semiMajorKm, semiMinorKm, azimuthDeg } = origin.ellipse90;
  const azimuth = ((azimuthDeg % 360) + 360) % 360;
  const scale = RADIUS90.three / RADIUS90.two;
  const [major, minor] = [semiMajorKm * scale, semiMinorKm * scale];
  const vertical = origin.depthKm.sd * RADIUS90.three;
  const lengths = [major, minor, vertical].sort((a, b) => b - a);
  const [longest, middle, shortest] = lengths.map(kmToM);
  return element('originUncertainty', {}, [
    leaf('horizontalUncertainty', kmToM(semiMajorKm)),
    leaf('minHorizontalUncertainty', kmToM(semiMinorKm)),
    leaf('maxHorizontalUncertainty', kmToM(semiMajorKm)),
    leaf('azimuthMaxHorizontalUncertainty', azimuth),
    element('confidenceEllipsoid', {}, [
      leaf('semiMajorAxisLength', longest),
      leaf('semiMinorAxisLength', shortest),
      leaf('semiIntermediateAxisLength', middle),
      leaf('majorAxisPlunge', vertical > major ? 90 : 0),
      leaf('majorAxisAzimuth', azimuth),
      leaf('majorAxisRotation', vertical < minor ? 90 : 0),
    ]),
    leaf('preferredDescription', 'uncertainty ellipse'),
    leaf('confidenceLevel', 90),
  ]);
}

const eventUri = (eventId: string): string => `smi:${AGENCY}.org/event/${resourceName(eventId)}`;
const originUri = ({ eventId, version }: StoredOrigin): string =>
  `smi:${AGENCY}.org/origin/${resourceName(eventId)}/${version}`;
const magnitudeUri = ({ eventId, version }: StoredOrigin): string =>
  `smi:${AGENCY}.org/magnitude/${resourceName(eventId)}/${version}`;

/** Only characters that a QuakeML resource identifier may hold. */
function resourceName(text: string): string {
  return text.replace(/[^A-Za-z0-9\-.*()_~']/g, '');
}
