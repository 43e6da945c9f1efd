/**
 * The options of a DAS feed, checked. DAS files hold distances along a fibre but no coordinates, so
 * the place of the cable comes from here.
 * @module
 */
import { z } from 'zod';
import type { ReadRequest } from '../../core/connector.js';
import { InvalidInputError, UnsupportedSourceError } from '../../core/errors.js';
import { fromLocalKm, type LatLon } from '../../core/geo.js';
import type { AuditEntry } from './audit.js';
import { pointOnFibre, type FibreGeometry } from './geometry/geometry.js';

// Options typed on a command line are text.
const real = z.union([z.number(), z.string().trim().min(1).transform(Number)]).pipe(z.number());
const whole = real.pipe(z.number().int());

const SCHEMA = z.object({
  latitude: real.pipe(z.number().min(-90).max(90)).optional(),
  longitude: real.pipe(z.number().min(-180).max(360)).optional(),
  elevationM: real.optional(),
  azimuthDeg: real.pipe(z.number().min(-360).max(360)).optional(),
  referenceDistanceM: real.optional(),
  positionSigmaKm: real.pipe(z.number().positive()).optional(),
  fibreId: z.coerce
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
    .optional(),
  channelFrom: whole.pipe(z.number().min(0)).optional(),
  channelTo: whole.pipe(z.number().min(1)).optional(),
  channelStep: whole.pipe(z.number().min(1)).optional(),
  unit: z.string().min(1).optional(),
  scale: real.optional(),
  rawIndex: whole.pipe(z.number().min(0)).optional(),
  refractiveIndex: real.pipe(z.number().min(1).max(2)).optional(),
  wavelengthNm: real.pipe(z.number().positive()).optional(),
  photoelastic: real.pipe(z.number().positive()).optional(),
  strict: z
    .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
    .optional(),
  spacingM: real.pipe(z.number().positive()).optional(),
  firstDistanceM: real.optional(),
  gaugeLengthM: real.pipe(z.number().positive()).optional(),
  geometryFile: z.string().min(1).optional(),
  geometry: z.string().min(1).optional(),
  startTime: z.string().min(1).optional(),
});

/**
 * Options of a DAS feed.
 * - Place: `latitude`, `longitude` (degrees), `elevationM` of the cable at `referenceDistanceM`
 *   along the fibre (default: the file's first channel); `azimuthDeg` lays the cable out straight
 *   from there, without it all channels lie at the one point; `positionSigmaKm` is the standard
 *   deviation of the position that remains; `fibreId` names the fibre (letters, digits, `._-`).
 * - Channels: `channelFrom` (inclusive), `channelTo` (exclusive), `channelStep`: positions on the
 *   file's channel axis, from 0.
 * - Units: `unit` and `scale` state what a stored value is (`scale` of `unit`) and win over the
 *   file; `refractiveIndex`, `wavelengthNm` (1550), `photoelastic` (0.78) turn phase into strain.
 * - Geometry of files that hold none (SEG-Y, MiniSEED): `spacingM` between channels,
 *   `firstDistanceM` of the first one (0), `gaugeLengthM`, or `geometryFile`: a CSV with a line a
 *   channel (see `geometry-file.ts`).
 * - `startTime`: ISO-8601 UTC time of the first sample of a file that holds none (SEG-Y).
 * - `geometry`: table of coordinates along the fibre (CSV, GeoJSON, DAS-RCN JSON, see
 *   `geometry-read.ts`); it takes the place of latitude, longitude, elevationM and azimuthDeg.
 * - `strict`: refuse a file whose header contradicts itself.
 * - `rawIndex`: which `Raw[i]` group of a PRODML file (0).
 */
export type DasOptions = z.infer<typeof SCHEMA>;

/** Options of any feed that whoever schedules the reading looks at. */
const FEED_OPTIONS = { validFrom: true, validTo: true } as const;

/** Checks the options. Throws InvalidInputError naming the first bad one. */
export function dasOptions(options: ReadRequest['options']): {
  readonly options: DasOptions;
  /** A line for each name that no DAS reader knows: most likely a slip of the pen. */
  readonly audit: readonly AuditEntry[];
} {
  const parsed = SCHEMA.safeParse(options);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new InvalidInputError({
      what: `option ${issue?.path.join('.') ?? ''}`,
      reason: issue?.message ?? 'not valid',
      remedy: "correct it in the source's options of the region configuration",
      cause: parsed.error,
    });
  }
  const known = { ...SCHEMA.shape, ...FEED_OPTIONS };
  const unknown = Object.keys(options).filter((name) => !(name in known));
  return {
    options: parsed.data,
    audit: unknown.map((name) => ({
      topic: 'options',
      severity: 'note',
      found: { [name]: String(options[name]) },
      used: null,
      why: `option '${name}' is not known to DAS readers and was ignored`,
    })),
  };
}

/** Where the cable lies; all values are known. */
export interface CablePlace {
  readonly fibreId: string;
  readonly origin: LatLon;
  readonly elevationM: number;
  readonly azimuthDeg: number | null;
  readonly referenceDistanceM: number | null;
  readonly positionSigmaKm: number;
  /** Coordinates along the fibre; null: a point or a straight cable. */
  readonly geometry: FibreGeometry | null;
}

const NEEDED = ['latitude', 'longitude', 'elevationM', 'positionSigmaKm', 'fibreId'] as const;
/** A table of coordinates brings the rest. */
const NEEDED_WITH_GEOMETRY = ['positionSigmaKm', 'fibreId'] as const;

/** Names of the options without which samples cannot be placed on the map. */
export function missingPlaceOptions(options: DasOptions): string[] {
  const needed = options.geometry === undefined ? NEEDED : NEEDED_WITH_GEOMETRY;
  return needed.filter((name) => options[name] === undefined);
}

/**
 * The cable's place, with `geometry` as the option of that name was read. Throws
 * UnsupportedSourceError naming the missing options.
 */
export function cablePlace(
  source: string,
  options: DasOptions,
  geometry: FibreGeometry | null = null,
): CablePlace {
  const start = geometry?.fixes[0];
  const latitude = options.latitude ?? start?.latitude;
  const longitude = options.longitude ?? start?.longitude;
  // Tables without heights are taken to lie at sea level unless the option says otherwise.
  const elevationM = options.elevationM ?? (start ? (start.elevationM ?? 0) : undefined);
  const { positionSigmaKm, fibreId } = options;
  if (
    latitude === undefined ||
    longitude === undefined ||
    elevationM === undefined ||
    positionSigmaKm === undefined ||
    fibreId === undefined
  ) {
    const missing = missingPlaceOptions(options);
    throw new UnsupportedSourceError({
      source,
      reason: `the file has no coordinates and the option${missing.length > 1 ? 's' : ''} ${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing`,
      remedy: `add ${missing.join(', ')} to the source's options in the region configuration`,
    });
  }
  return {
    fibreId,
    origin: { latitude, longitude },
    elevationM,
    azimuthDeg: options.azimuthDeg ?? null,
    referenceDistanceM: options.referenceDistanceM ?? null,
    positionSigmaKm,
    geometry,
  };
}

/** Place of one channel. */
export interface ChannelPlace extends LatLon {
  readonly elevationM: number;
  /** Direction of the cable there, degrees clockwise from north; null where it is not known. */
  readonly azimuthDeg: number | null;
  /** Remark for the waveform's quality; empty when none. */
  readonly remark: string;
  /** True where the fibre is known to hear nothing. */
  readonly isDead: boolean;
}

/** Place of the channel at `distanceM`: by the table of coordinates, else on a straight cable. */
export function channelPosition(
  place: CablePlace,
  input: { readonly distanceM: number; readonly firstDistanceM: number },
): ChannelPlace {
  const { elevationM, azimuthDeg, geometry } = place;
  if (geometry !== null) {
    const point = pointOnFibre(geometry, input.distanceM);
    const remarks = [
      point.section === 'slack' ? 'slack: a loop of fibre in one place' : '',
      point.isBeyond ? 'beyond the surveyed fibre' : '',
    ];
    return {
      latitude: point.latitude,
      longitude: point.longitude,
      elevationM: point.elevationM ?? elevationM,
      azimuthDeg: point.azimuthDeg,
      remark: remarks.filter((text) => text !== '').join('; '),
      isDead: point.section === 'dead',
    };
  }
  return { ...straightCable(place, input), elevationM, azimuthDeg, remark: '', isDead: false };
}

function straightCable(
  place: CablePlace,
  input: { readonly distanceM: number; readonly firstDistanceM: number },
): LatLon {
  if (place.azimuthDeg === null) return place.origin;
  const alongKm = (input.distanceM - (place.referenceDistanceM ?? input.firstDistanceM)) / 1000;
  const azimuth = (place.azimuthDeg * Math.PI) / 180;
  return fromLocalKm(place.origin, {
    eastKm: alongKm * Math.sin(azimuth),
    northKm: alongKm * Math.cos(azimuth),
  });
}
