import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readNllGrid } from '../../../connectors/velocity/nll-grid.js';
import { layersOfGrid } from '../../../models/traveltime/grid-layers.js';

const folder = mkdtempSync(path.join(tmpdir(), 'nll-grid-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NODES = [3, 4, 5] as const;
const COUNT = 60;
const velocity = (i: number): number => 4 + i / 40;
const LINE = 'TRANSFORM  SIMPLE LatOrig 45.5  LongOrig 7.25  RotCW 10.0';

/** Writes `<name>.hdr` and `.buf`; values are given as velocities and stored as the type says. */
function write(input: {
  readonly name: string;
  readonly type?: string;
  readonly first?: string;
  readonly values?: readonly number[];
  readonly bytes?: 4 | 8;
  readonly isBig?: boolean;
  readonly transform?: string;
}): string {
  const { type = 'VELOCITY', bytes = 4, isBig = false, transform = LINE } = input;
  const values = input.values ?? Array.from({ length: COUNT }, (_, i) => velocity(i));
  const first = input.first ?? `${NODES.join(' ')}  -10.0 -20.0 -1.0  2.0 2.0 2.0 ${type}`;
  writeFileSync(
    path.join(folder, `${input.name}.hdr`),
    `${first} ${bytes === 8 ? 'DOUBLE' : 'FLOAT'}\n${transform}\n`,
  );
  const stored = (v: number): number =>
    ({
      VELOCITY: v,
      VELOCITY_METERS: 1000 * v,
      SLOWNESS: 1 / v,
      SLOW_LEN: 2 / v,
      VEL2: v * v,
      SLOW2: 1 / (v * v),
      SLOW2_METERS: 1e-6 / (v * v),
    })[type] ?? v;
  const view = new DataView(new ArrayBuffer(values.length * bytes));
  values.forEach((v, i) => {
    if (bytes === 4) view.setFloat32(4 * i, stored(v), !isBig);
    else view.setFloat64(8 * i, stored(v), !isBig);
  });
  writeFileSync(path.join(folder, `${input.name}.buf`), view);
  return path.join(folder, `${input.name}.hdr`);
}

describe('NonLinLoc velocity grids', () => {
  it.each(['VELOCITY', 'VELOCITY_METERS', 'SLOWNESS', 'SLOW_LEN', 'VEL2', 'SLOW2', 'SLOW2_METERS'])(
    'reads %s',
    async (type) => {
      const grid = await readNllGrid({ path: write({ name: type, type }) });
      expect(grid.shape).toEqual({ nodes: NODES, firstKm: [-10, -20, -1], stepKm: [2, 2, 2] });
      expect(grid.projection).toEqual({
        kind: 'simple',
        latitude: 45.5,
        longitude: 7.25,
        rotationDeg: 10,
      });
      grid.vpKmS.forEach((v, i) => expect(v).toBeCloseTo(velocity(i), 5));
      expect(grid.vsKmS[7]).toBeCloseTo(velocity(7) / 1.73, 5);
      expect(grid.notes[0]).toMatch(/no grid of S/);
    },
  );

  it('reads S beside P, doubles and the other byte order, by header or buffer', async () => {
    write({ name: 'm.P.mod', bytes: 8, isBig: true });
    write({ name: 'm.S.mod', values: Array.from({ length: COUNT }, (_, i) => velocity(i) / 1.8) });
    const grid = await readNllGrid({ path: path.join(folder, 'm.P.mod.buf') });
    expect(grid.vpKmS[59]).toBeCloseTo(velocity(59), 6);
    expect(grid.vsKmS[59]).toBeCloseTo(velocity(59) / 1.8, 6);
    expect(grid.notes).toEqual([]);
    expect(grid.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    [
      'NaN',
      Number.NaN,
      /VELOCITY NaN is no velocity.*node x 1, y 2, z 3 .*-8\.00, -16\.00, 5\.00 km/,
    ],
    ['zero', 0, /a velocity of 0\.000 km\/s.*node x 1, y 2, z 3/],
    ['negative', -5, /-5\.000 km\/s.*node x 1, y 2, z 3/],
    ['metres', 5000, /5000 km\/s, not within/],
  ])('refuses a velocity that is %s and names the node', async (name, bad, message) => {
    const values = Array.from({ length: COUNT }, (_, i) => (i === 33 ? bad : velocity(i)));
    await expect(readNllGrid({ path: write({ name, values }) })).rejects.toThrow(message);
  });

  it.each([
    ['short', { values: [5, 5, 5] }, /it ends there; the header tells of 60 values/],
    ['long', { values: Array.from({ length: 61 }, () => 5) }, /goes on to byte 244/],
    ['time', { type: 'TIME' }, /it holds TIME, not velocities/],
    ['huge', { first: '3000 3000 3000 0 0 0 1 1 1 VELOCITY' }, /the limit is 16000000/],
    ['text', { first: 'hello' }, /not `nx ny nz x y z dx dy dz TYPE`/],
    ['word', { first: '3 4 five 0 0 0 1 1 1 VELOCITY' }, /'five' is not a number.*line 1/],
    ['step', { first: '3 4 5 0 0 0 1 0 1 VELOCITY' }, /a step of 0 km/],
    ['bricks', { first: '3 4 5 0 0 0 1 1 2 SLOW_LEN', type: 'SLOW_LEN' }, /no cubes/],
    ['global', { transform: 'TRANSFORM GLOBAL' }, /grids in degrees/],
    [
      'ellipsoid',
      { transform: 'TRANSFORM LAMBERT RefEllipsoid Moon LatOrig 1 LongOrig 1' },
      /'Moon'/,
    ],
    ['origin', { transform: 'TRANSFORM SIMPLE LatOrig 95 LongOrig 1' }, /LatOrig is 95.*line 2/],
  ])('refuses a file that is %s', async (name, what, message) => {
    await expect(readNllGrid({ path: write({ name, ...what }) })).rejects.toThrow(message);
  });

  it('refuses S that is not slower, S on other nodes, and files that are not there', async () => {
    write({ name: 'fast.P.mod' });
    write({ name: 'fast.S.mod' });
    await expect(readNllGrid({ path: path.join(folder, 'fast.P.mod.hdr') })).rejects.toThrow(
      /node x 0, y 0, z 0.*|S of 4 km\/s is not slower/,
    );
    write({ name: 'other.P.mod' });
    write({ name: 'other.S.mod', first: '3 4 5 -10 -20 0 2 2 2 VELOCITY' });
    await expect(readNllGrid({ path: path.join(folder, 'other.P.mod.hdr') })).rejects.toThrow(
      /are not those of/,
    );
    await expect(readNllGrid({ path: path.join(folder, 'none.hdr') })).rejects.toThrow(/ENOENT/);
  });

  it('takes sections that vary with depth only as layers, with interfaces on their nodes', async () => {
    const column = [5, 5, 5, 6.2, 6.3, 6.4];
    const values = Array.from({ length: 2 * 4 * 6 }, (_, i) => column[i % 6] as number);
    const first = '2 4 6 0 0 -1 1 1 1 SLOWNESS';
    const grid = await readNllGrid({
      path: write({ name: 'flat', first, type: 'SLOWNESS', values }),
    });
    const knots = layersOfGrid(grid)?.knots.map(({ depthKm, vpKmS }) => [
      depthKm,
      Number(vpKmS.toFixed(4)),
    ]);
    expect(knots).toEqual([
      [0, 5],
      [1, 5],
      [2, 5],
      [2, 6.2],
      [3, 6.3],
      [4, 6.4],
    ]);
    const bent = values.map((v, i) => (i === 20 ? 5.5 : v));
    const thin = await readNllGrid({
      path: write({ name: 'bent', first, type: 'SLOWNESS', values: bent }),
    });
    expect(() => layersOfGrid(thin)).toThrow(/varies sideways \(node 20\)/);
  });
});
