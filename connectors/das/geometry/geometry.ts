/**
 * Where each channel of a fibre lies. Fixes (distance along the fibre against coordinates: surveyed
 * channels, tap tests) in; position and azimuth at any distance out. Between fixes the cable is
 * straight and its length evenly spread; slack (loops) stays in one place, dead sections speak not.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { azimuthDeg, distanceKm, fromLocalKm, toLocalKm, type LatLon } from '../../../core/geo.js';

/** A place on the fibre whose coordinates are known. */
export interface FibreFix extends LatLon {
  /** Optical distance along the fibre, m. */
  readonly distanceM: number;
  /** Null: not stated. */
  readonly elevationM: number | null;
}

/** A stretch of fibre [fromM, toM) with something to know. */
export interface FibreSection {
  readonly kind: 'slack' | 'dead';
  readonly fromM: number;
  readonly toM: number;
}

export interface FibreGeometry {
  /** By ascending distance. */
  readonly fixes: readonly FibreFix[];
  readonly sections: readonly FibreSection[];
  /** What was decided while reading, for the audit. */
  readonly notes: readonly string[];
}

export interface FibrePoint extends LatLon {
  readonly elevationM: number | null;
  /** Direction of the cable, degrees clockwise from north; null in slack and on a single point. */
  readonly azimuthDeg: number | null;
  readonly section: FibreSection['kind'] | null;
  /** True beyond the first or last fix, where the cable is taken to end. */
  readonly isBeyond: boolean;
}

/** Fibre may be this much shorter than the map distance: rounding of coordinates and of distances. */
const SHORTER = 0.02;

/**
 * Sorts fixes, merges equal ones and marks slack: a stretch whose ends lie at one place, or whose
 * fibre is over three times the way on the map. Throws InvalidInputError for fewer than one fix,
 * values that are no numbers, or a stretch of fibre shorter than the way on the map (over 2 % and
 * 10 m): then channels are numbered wrongly, or in another unit.
 */
export function fibreGeometry(input: {
  readonly fixes: readonly FibreFix[];
  readonly sections?: readonly FibreSection[];
  readonly notes?: readonly string[];
}): FibreGeometry {
  const fixes = [...input.fixes].sort((a, b) => a.distanceM - b.distanceM);
  if (fixes.length === 0) throw refuse('no channel has coordinates', 'give at least one');
  const kept: FibreFix[] = [];
  const sections = [...(input.sections ?? [])];
  const notes = [...(input.notes ?? [])];
  for (const fix of fixes) {
    checkNumbers(fix);
    const before = kept.at(-1);
    if (before === undefined) {
      kept.push(fix);
      continue;
    }
    const alongM = fix.distanceM - before.distanceM;
    const mapM = wayM(before, fix);
    if (alongM === 0 && mapM < 1) continue;
    if (mapM > alongM * (1 + SHORTER) + 10) {
      throw refuse(
        `${alongM.toFixed(1)} m of fibre from ${before.distanceM} m span ${mapM.toFixed(1)} m on the map`,
        'check channel numbers, their spacing, and the order of latitude and longitude',
      );
    }
    if (alongM > 20 && alongM > 3 * mapM && !covers(sections, before.distanceM, fix.distanceM)) {
      const slack = { kind: 'slack', fromM: before.distanceM, toM: fix.distanceM } as const;
      sections.push(slack);
      notes.push(
        `${slack.fromM} m to ${slack.toM} m: ${alongM.toFixed(0)} m of fibre on ${mapM.toFixed(0)} m of map, taken as slack`,
      );
    }
    kept.push(fix);
  }
  return { fixes: kept, sections, notes };
}

/** Position and direction at a distance along the fibre. */
export function pointOnFibre(geometry: FibreGeometry, distanceM: number): FibrePoint {
  const { fixes, sections } = geometry;
  const section =
    sections.find(({ fromM, toM }) => distanceM >= fromM && distanceM < toM)?.kind ?? null;
  const above = fixes.findIndex((fix) => fix.distanceM > distanceM);
  const [first, last] = [fixes[0] as FibreFix, fixes.at(-1) as FibreFix];
  const isBeyond = distanceM < first.distanceM || distanceM > last.distanceM;
  if (fixes.length === 1) return { ...place(first), azimuthDeg: null, section, isBeyond };
  const upper = above < 0 ? fixes.length - 1 : Math.max(1, above);
  const [a, b] = [fixes[upper - 1] as FibreFix, fixes[upper] as FibreFix];
  const share = Math.min(1, Math.max(0, slackShare(geometry, a, b, distanceM)));
  const to = toLocalKm(a, b);
  const at = fromLocalKm(a, { eastKm: share * to.eastKm, northKm: share * to.northKm });
  const elevationM =
    a.elevationM === null || b.elevationM === null
      ? (a.elevationM ?? b.elevationM)
      : a.elevationM + share * (b.elevationM - a.elevationM);
  const isStraight = section !== 'slack' && wayM(a, b) > 0;
  return { ...at, elevationM, azimuthDeg: isStraight ? azimuthDeg(a, b) : null, section, isBeyond };
}

/** Share of the way from a to b: slack between them takes fibre but no way. */
function slackShare(geometry: FibreGeometry, a: FibreFix, b: FibreFix, distanceM: number): number {
  const slackUpTo = (endM: number): number =>
    geometry.sections
      .filter(({ kind }) => kind === 'slack')
      .reduce(
        (sum, { fromM, toM }) =>
          sum + Math.max(0, Math.min(toM, endM) - Math.max(fromM, a.distanceM)),
        0,
      );
  const stretched = b.distanceM - a.distanceM - slackUpTo(b.distanceM);
  // All of it is slack: the loop lies evenly on the little way there is.
  if (stretched <= 0) return (distanceM - a.distanceM) / (b.distanceM - a.distanceM || 1);
  return (distanceM - a.distanceM - slackUpTo(distanceM)) / stretched;
}

function covers(sections: readonly FibreSection[], fromM: number, toM: number): boolean {
  return sections.some((section) => section.fromM < toM && section.toM > fromM);
}

function place(fix: FibreFix): LatLon & { elevationM: number | null } {
  return { latitude: fix.latitude, longitude: fix.longitude, elevationM: fix.elevationM };
}

function wayM(a: LatLon, b: LatLon): number {
  return 1000 * distanceKm(a, b);
}

function checkNumbers(fix: FibreFix): void {
  const isPlace = Math.abs(fix.latitude) <= 90 && Math.abs(fix.longitude) <= 360;
  if (isPlace && Number.isFinite(fix.distanceM)) return;
  throw refuse(
    `distance ${fix.distanceM} m, latitude ${fix.latitude}, longitude ${fix.longitude}`,
    'give numbers, latitude between -90 and 90',
  );
}

function refuse(reason: string, remedy: string): InvalidInputError {
  return new InvalidInputError({ what: 'fibre geometry', reason, remedy });
}

/**
 * Tap tests: someone knocked at known coordinates and saw the knock on a channel. On a surveyed line
 * taps correct its distances (without a line they are themselves the fixes): the line's own distance of the point nearest to the tap is mapped to the distance that was observed,
 * linearly between taps and by the nearest stretch beyond them.
 */
export function calibrateByTaps(geometry: FibreGeometry, taps: readonly FibreFix[]): FibreGeometry {
  if (taps.length === 0) return geometry;
  const sorted = [...taps].sort((a, b) => a.distanceM - b.distanceM);
  const pairs = sorted.map((tap) => ({ from: nearestDistanceM(geometry, tap), to: tap.distanceM }));
  pairs.forEach((pair, i) => {
    if (i > 0 && pair.from <= (pairs[i - 1] as { from: number }).from) {
      throw refuse(
        `the tap at ${pair.to} m lies before the one at ${pairs[i - 1]?.to} m on the map of the cable`,
        'check which way the cable runs and which channel saw each tap',
      );
    }
  });
  const map = (distanceM: number): number => {
    const [only] = pairs;
    if (pairs.length === 1 && only) return distanceM + only.to - only.from;
    const above = pairs.findIndex(({ from }) => from > distanceM);
    const upper = above < 0 ? pairs.length - 1 : Math.max(1, above);
    const a = pairs[upper - 1] as { from: number; to: number };
    const b = pairs[upper] as { from: number; to: number };
    return a.to + ((distanceM - a.from) / (b.from - a.from)) * (b.to - a.to);
  };
  const moved = geometry.fixes.map((fix) => ({ ...fix, distanceM: map(fix.distanceM) }));
  const sections = geometry.sections.map((section) => ({
    ...section,
    fromM: map(section.fromM),
    toM: map(section.toM),
  }));
  // Slack found before was judged by distances that no longer hold.
  return fibreGeometry({
    fixes: moved,
    sections,
    notes: [...geometry.notes, `${taps.length} tap tests set the distance along the fibre`],
  });
}

/** Distance along the fibre of the point on the line that is nearest to a place, m. */
export function nearestDistanceM(geometry: FibreGeometry, target: LatLon): number {
  const { fixes } = geometry;
  let best = { km: Infinity, distanceM: fixes[0]?.distanceM ?? 0 };
  fixes.forEach((a, i) => {
    const b = fixes[i + 1] ?? a;
    const way = toLocalKm(a, b);
    const to = toLocalKm(a, target);
    const length = way.eastKm ** 2 + way.northKm ** 2;
    const dot = to.eastKm * way.eastKm + to.northKm * way.northKm;
    const share = length === 0 ? 0 : Math.min(1, Math.max(0, dot / length));
    const km = Math.hypot(to.eastKm - share * way.eastKm, to.northKm - share * way.northKm);
    if (km < best.km) best = { km, distanceM: a.distanceM + share * (b.distanceM - a.distanceM) };
  });
  return best.distanceM;
}
