import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { basinVelocity } from '../../../models/traveltime/eikonal/basin-region.js';
import { judge } from '../../../models/traveltime/eikonal/judge.js';
import { eikonalNetwork } from '../../../models/traveltime/eikonal/network.js';
import { EIKONAL_DIR, readEikonal } from '../../../models/traveltime/eikonal/weights-file.js';

const folder = mkdtempSync(path.join(tmpdir(), 'eikonal-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the shipped eikonal network', () => {
  const { file, weights } = readEikonal();
  const network = eikonalNetwork(file.scale, weights);

  it('has the error against the sweeper that its card states, and on other sources hardly more', () => {
    const own = judge({ scale: file.scale, weights, sources: 1 });
    expect(own.mostS).toBeLessThanOrEqual(file.error.mostS + 1e-6);
    const others = judge({ scale: file.scale, weights, sources: 2, seed: 4242 });
    expect(others.rmsS).toBeLessThan(1.5 * file.error.rmsS);
    expect(others.mostS).toBeLessThan(2 * file.error.mostS);
    const card = readFileSync(path.join(EIKONAL_DIR, 'README.md'), 'utf8');
    const [, rmsMs, mostMs] = /rms ([\d.]+) ms, largest ([\d.]+) ms/.exec(card) ?? [];
    expect(Number(rmsMs)).toBeCloseTo(1000 * file.error.rmsS, 0);
    expect(Number(mostMs)).toBeCloseTo(1000 * file.error.mostS, 0);
  });

  it('has gradients that are its own derivatives and obey the equation', () => {
    const source = [31, 44, 1] as const;
    const h = 1e-4;
    let residual = 0;
    const places: readonly (readonly [number, number, number])[] = [
      [12, 20, 9],
      [55, 33, 2],
      [70, 75, 22],
      [33, 40, 5],
    ];
    for (const place of places) {
      const { gradient } = network(source, place);
      gradient.forEach((slope, a) => {
        const moved = (by: number): number => {
          const [x, y, z] = place.map((value, b) => (a === b ? value + by : value)) as [
            number,
            number,
            number,
          ];
          return network(source, [x, y, z]).timeS;
        };
        expect(slope).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 6);
      });
      residual +=
        Math.abs(Math.hypot(...gradient) * basinVelocity(place[0], place[1], place[2]) - 1) /
        places.length;
    }
    expect(residual).toBeLessThan(0.05);
  });

  it('weighs under 1 MB', () => {
    expect(4 * weights.length).toBeLessThan(2 ** 20);
  });

  it('is refused when a file is damaged or missing', () => {
    cpSync(EIKONAL_DIR, folder, { recursive: true });
    const bytes = readFileSync(path.join(folder, 'weights.f32'));
    bytes[100]! ^= 1;
    writeFileSync(path.join(folder, 'weights.f32'), bytes);
    expect(() => readEikonal(folder)).toThrow(/not the weights that network\.json names/);
    writeFileSync(path.join(folder, 'network.json'), '{"format":"other"}');
    expect(() => readEikonal(folder)).toThrow(/format/);
    rmSync(path.join(folder, 'network.json'));
    expect(() => readEikonal(folder)).toThrow(/eikonal network file/);
  });
});
