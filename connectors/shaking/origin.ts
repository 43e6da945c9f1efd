/**
 * The quake that a shaking map is made for: JSON (plain, `locate --json`, GeoJSON of the USGS), QuakeML
 * 1.2 or a ShakeMap event.xml in; hypocentre, magnitude and their errors out.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';
import { KM_PER_DEGREE } from '../../core/geo.js';
import { readText } from '../picks/delimited.js';
import { childrenOf, parseXml, textAt, type XmlElement } from '../picks/xml-tree.js';

/** An origin with standard deviations; 0 where the file gives none. */
export interface ShakingOrigin {
  readonly eventId: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly depthKm: number;
  readonly magnitude: number;
  readonly horizontalSigmaKm: number;
  readonly depthSigmaKm: number;
  readonly magnitudeSigma: number;
  /** As given; null when it is not. */
  readonly mechanism: 'strike-slip' | 'reverse' | 'normal' | null;
}

type Fields = Partial<Record<keyof ShakingOrigin, unknown>>;

/** Reads the first event. Throws CorruptSourceError naming the field, UnsupportedSourceError. */
export async function readShakingOrigin(input: {
  readonly path: string;
  /** Instead of that of the file, then exact. */
  readonly magnitude?: number;
}): Promise<ShakingOrigin> {
  const text = await readText(input.path);
  const fields = /^\uFEFF?\s*</.test(text)
    ? xmlFields(input.path, text)
    : jsonFields(input.path, text);
  const { magnitude } = input;
  const given = magnitude === undefined ? {} : { magnitude, magnitudeSigma: 0 };
  return check(input.path, { ...fields, ...given });
}

function check(source: string, fields: Fields): ShakingOrigin {
  const number = (name: keyof ShakingOrigin, least: number, most: number, otherwise?: number) => {
    const given = fields[name];
    const isAbsent = given === undefined || given === null || given === '';
    if (isAbsent && otherwise !== undefined) return otherwise;
    const value =
      typeof given === 'number' || typeof given === 'string' ? Number(given) : Number.NaN;
    if (!isAbsent && value >= least && value <= most) return value;
    const shown = isAbsent ? 'is missing' : `is no number from ${least} to ${most}`;
    throw new CorruptSourceError({ source, at: name, reason: `${name} ${shown}` });
  };
  const longitude = number('longitude', -180, 360);
  const { mechanism, eventId } = fields;
  return {
    eventId: typeof eventId === 'string' && eventId !== '' ? eventId : 'event',
    latitude: number('latitude', -90, 90),
    longitude: longitude > 180 ? longitude - 360 : longitude,
    depthKm: Math.max(0, number('depthKm', -10, 800)),
    magnitude: number('magnitude', 0, 10),
    horizontalSigmaKm: number('horizontalSigmaKm', 0, 200, 0),
    depthSigmaKm: number('depthSigmaKm', 0, 200, 0),
    magnitudeSigma: number('magnitudeSigma', 0, 3, 0),
    mechanism:
      mechanism === 'strike-slip' || mechanism === 'reverse' || mechanism === 'normal'
        ? mechanism
        : null,
  };
}

function jsonFields(source: string, text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CorruptSourceError({ source, at: 'byte 0', reason: 'neither JSON nor XML', cause });
  }
  const top = record(value);
  const list = Array.isArray(value) ? value : (top['features'] ?? top['events'] ?? top['quakes']);
  const one = Array.isArray(list) ? record(list[0]) : top;
  if (one['type'] === 'Feature') return featureFields(one);
  const origin = { ...one, ...record(one['origin']) };
  const intervalSigma = (name: string): number | undefined => {
    const interval = origin[`${name}Interval90`];
    const [low, high] = Array.isArray(interval) ? (interval as unknown[]) : [];
    // Half the width of a normal 90 % interval is 1.645 standard deviations.
    return typeof low === 'number' && typeof high === 'number' ? (high - low) / 3.29 : undefined;
  };
  const latitudeSigma = intervalSigma('latitude');
  return {
    eventId: origin['eventId'] ?? origin['event_id'] ?? origin['id'],
    latitude: middle(origin['latitude'] ?? origin['lat']),
    longitude: middle(origin['longitude'] ?? origin['lon']),
    depthKm: middle(origin['depthKm'] ?? origin['depth_km'] ?? origin['depth']),
    magnitude: middle(origin['magnitude'] ?? origin['mag']),
    horizontalSigmaKm:
      origin['horizontalSigmaKm'] ??
      (latitudeSigma === undefined ? undefined : latitudeSigma * KM_PER_DEGREE),
    depthSigmaKm: origin['depthSigmaKm'] ?? intervalSigma('depthKm'),
    magnitudeSigma: origin['magnitudeSigma'] ?? intervalSigma('magnitude'),
    mechanism: origin['mechanism'],
  };
}

/** GeoJSON of the USGS: longitude, latitude, depth in km. */
function featureFields(feature: Readonly<Record<string, unknown>>): Fields {
  const properties = record(feature['properties']);
  const { coordinates } = record(feature['geometry']);
  const [longitude, latitude, depthKm] = Array.isArray(coordinates)
    ? (coordinates as unknown[])
    : [];
  return { eventId: feature['id'], latitude, longitude, depthKm, magnitude: properties['mag'] };
}

/** A marginal is given by its median. */
function middle(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? record(value)['p50'] : value;
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function xmlFields(source: string, text: string): Fields {
  const root = parseXml({ source, text });
  const flat = root.name === 'earthquake' ? root : childrenOf(root, 'earthquake')[0];
  if (flat) {
    const { id, lat, lon, depth, mag } = flat.attributes;
    return { eventId: id, latitude: lat, longitude: lon, depthKm: depth, magnitude: mag };
  }
  const parameters =
    root.name === 'eventParameters' ? root : childrenOf(root, 'eventParameters')[0];
  const event = parameters && childrenOf(parameters, 'event')[0];
  if (!event) {
    throw new UnsupportedSourceError({
      source,
      reason: `<${root.name}> holds no event`,
      remedy: 'give QuakeML 1.2, a ShakeMap event.xml or JSON',
    });
  }
  const origin = preferred(event, 'origin', 'preferredOriginID');
  const magnitude = preferred(event, 'magnitude', 'preferredMagnitudeID');
  const of = (from: XmlElement | undefined, ...path: string[]): string | undefined =>
    from && textAt(from, ...path);
  const scaled = (text: string | undefined, factor: number): number | undefined =>
    text === undefined ? undefined : Number(text) * factor;
  return {
    eventId: event.attributes['publicID'],
    latitude: of(origin, 'latitude', 'value'),
    longitude: of(origin, 'longitude', 'value'),
    // QuakeML gives depth in m.
    depthKm: scaled(of(origin, 'depth', 'value'), 1e-3),
    magnitude: of(magnitude, 'mag', 'value'),
    horizontalSigmaKm: scaled(of(origin, 'latitude', 'uncertainty'), KM_PER_DEGREE),
    depthSigmaKm: scaled(of(origin, 'depth', 'uncertainty'), 1e-3),
    magnitudeSigma: of(magnitude, 'mag', 'uncertainty'),
  };
}

/** The preferred element, else the last. */
function preferred(event: XmlElement, name: string, idName: string): XmlElement | undefined {
  const id = textAt(event, idName);
  const all = childrenOf(event, name);
  return all.find((one) => one.attributes['publicID'] === id) ?? all.at(-1);
}
