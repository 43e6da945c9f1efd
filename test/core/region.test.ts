import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceKm } from '../../core/geo.js';
import { gridCells, type Region } from '../../core/region.js';
import { isSafeKey } from '../../core/artifact.js';

function region(bounds: Region['bounds'], spacingKm: number): Region {
  return {
    id: 'grid',
    name: 'Grid',
    bounds,
    grid: { spacingKm, depthsKm: [10] },
    velocityModel: 'iasp91',
    minMagnitude: 3,
    maxMagnitude: 8,
  };
}

describe('grid of a region', () => {
  it('cells lie inside, and every place has a cell within 0.9 of the spacing', () => {
    const anyBox = fc.record({
      west: fc.double({ min: -180, max: 178, noNaN: true }),
      south: fc.double({ min: -60, max: 55, noNaN: true }),
      width: fc.double({ min: 1, max: 4, noNaN: true }),
      height: fc.double({ min: 1, max: 4, noNaN: true }),
      u: fc.double({ min: 0, max: 1, noNaN: true }),
      v: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(anyBox, ({ west, south, width, height, u, v }) => {
        const bounds = { west, south, east: west + width, north: south + height };
        const cells = gridCells(region(bounds, 20));
        for (const cell of cells) {
          expect(cell.longitude > west && cell.longitude < bounds.east).toBe(true);
          expect(cell.latitude > south && cell.latitude < bounds.north).toBe(true);
        }
        const place = { latitude: south + v * height, longitude: west + u * width };
        const nearest = Math.min(...cells.map((cell) => distanceKm(cell, place)));
        // Half the diagonal of a square cell, and what rounding to whole cells adds.
        expect(nearest).toBeLessThan(0.9 * 20);
      }),
    );
  });

  it('counts the cells of a degree at the equator, row-major from south-west', () => {
    const cells = gridCells(region({ west: 0, south: 0, east: 1, north: 1 }, 111.19493 / 4));
    expect(cells).toHaveLength(16);
    expect(cells[0]).toEqual({ latitude: 0.125, longitude: 0.125 });
    expect(cells[1]).toEqual({ latitude: 0.125, longitude: 0.375 });
    expect(cells[15]).toEqual({ latitude: 0.875, longitude: 0.875 });
  });

  it('a box smaller than a cell has one, and the date line is no end', () => {
    expect(gridCells(region({ west: 1, south: 1, east: 1.01, north: 1.01 }, 50))).toHaveLength(1);
    const cells = gridCells(region({ west: 178, south: -18, east: 182, north: -16 }, 25));
    expect(cells.some((cell) => cell.longitude > 180)).toBe(true);
    expect(cells.some((cell) => cell.longitude < 180)).toBe(true);
  });
});

describe('artifact keys', () => {
  it('those that the stages make are safe', () => {
    for (const key of [
      'tables/brady/das/ab/abcdef.arrow',
      'windows/woven/2026-01-01T12:00:00Z/0123/das.arrow',
      'windows/woven/2026-01-01T12:00:00.5Z/0123/window-0a.json',
      'deformation/a-b/x_y+z=1/velocity-sd.tif',
    ]) {
      expect(isSafeKey(key), key).toBe(true);
    }
  });

  it.each([
    '',
    '/',
    '/absolute',
    'a/',
    'a//b',
    '..',
    '../a',
    'a/../b',
    'a/..',
    './a',
    'a/.hidden',
    '.hidden',
    'a\\..\\b',
    'C:\\a',
    'a\0b',
    'a b',
    'a\n',
    'a%2e%2e/b',
    '~/a',
    'ä',
    `${'a/'.repeat(256)}a`,
  ])('refuses %j', (key) => {
    expect(isSafeKey(key)).toBe(false);
  });

  it('nothing that passes can leave the store', () => {
    const part = fc.constantFrom('..', '.', '', 'a', 'a.b', 'a..b', '.a', '-', ' ', '\\', 'é', ':');
    const keys = fc.oneof(
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/')),
      fc.string({ unit: 'binary' }),
      fc.string(),
    );
    fc.assert(
      fc.property(keys, (key) => {
        if (!isSafeKey(key)) return;
        expect(key.startsWith('/')).toBe(false);
        for (const name of key.split('/')) {
          expect(name).not.toBe('');
          expect(name.startsWith('.')).toBe(false);
        }
        expect(new URL(key.split('/').map(encodeURIComponent).join('/'), 'file:///r/').href).toBe(
          `file:///r/${key.split('/').map(encodeURIComponent).join('/')}`,
        );
      }),
      { numRuns: 2000 },
    );
  });
});
