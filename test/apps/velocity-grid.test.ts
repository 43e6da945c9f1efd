import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../apps/cli/run-cli.js';
import { createRandom } from '../../core/random.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = mkdtempSync(path.join(tmpdir(), 'velocity-grid-'));
const at = (name: string): string => path.join(folder, name);
beforeAll(() => vi.stubEnv('QUAKELOOM_CACHE', at('cache')));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function run(
  ...argv: readonly string[]
): Promise<{ code: number; text: string; errors: string }> {
  const errors: string[] = [];
  let text = '';
  const code = await runCli({
    argv,
    output: {
      write: (part) => (text += part),
      error: (line) => errors.push(line),
      isTerminal: false,
    },
  });
  return { code, text, errors: errors.join('\n') };
}

/**
 * The velocity grows towards the north-east and downwards along one direction: v = a + g (n . r). Its
 * rays are arcs in tilted planes and its times have the closed form of a gradient, but no layered
 * model can give them.
 */
const GRADIENT = [0.02, 0.012, 0.06] as const;
const G = Math.hypot(...GRADIENT);
const velocity = (x: number, y: number, z: number): number =>
  5.2 + GRADIENT[0] * x + GRADIENT[1] * y + GRADIENT[2] * z;
type Place = readonly [number, number, number];
function time(a: Place, b: Place, factor: number): number {
  const d2 = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
  return (factor * Math.acosh(1 + (G * G * d2) / (2 * velocity(...a) * velocity(...b)))) / G;
}

const VP_VS = 1.75;
const ORIGIN = { latitude: 46, longitude: 8 };
const KM = 111.19508023;
/** Inverse of NonLinLoc's SIMPLE. */
function degrees(x: number, y: number): readonly [latitude: number, longitude: number] {
  const latitude = ORIGIN.latitude + y / KM;
  return [latitude, ORIGIN.longitude + x / (KM * Math.cos((latitude * Math.PI) / 180))];
}

/** Stations in km with their heights; the last two: above the grid's top, and outside of it. */
const STATIONS: readonly (readonly [string, number, number, number])[] = [
  ['AA', -20, -15, 0.4],
  ['BB', 22, -12, 1.1],
  ['CC', 5, 24, 0.2],
  ['DD', -14, 18, 1.9],
  ['EE', 2, -3, 0.7],
  ['FF', 28, 20, 0],
  ['GG', -28, 3, 0.9],
  ['TOP', 12, 5, 2.4],
];

function writeGrid(name: string, factor: number): void {
  const [nx, ny, nz] = [41, 41, 17];
  const values = new Float32Array(nx * ny * nz);
  let k = 0;
  for (let i = 0; i < nx; i++) {
    for (let j = 0; j < ny; j++) {
      for (let n = 0; n < nz; n++)
        values[k++] = (2 * factor) / velocity(2 * i - 40, 2 * j - 40, 2 * n - 2);
    }
  }
  writeFileSync(
    at(`${name}.hdr`),
    `${nx} ${ny} ${nz} -40 -40 -2 2 2 2 SLOW_LEN FLOAT\nTRANSFORM  SIMPLE LatOrig 46  LongOrig 8  RotCW 0\n`,
  );
  writeFileSync(at(`${name}.buf`), values);
}

const QUAKE: Place = [6.4, -7.3, 9.6];

describe('velocity grids on the command line', () => {
  beforeAll(() => {
    writeGrid('tilt.P.mod', 1);
    writeGrid('tilt.S.mod', VP_VS);
    const rows = [...STATIONS, ['OUT', 90, 0, 0] as const].map(([id, x, y, km]) => {
      const [latitude, longitude] = degrees(x, y);
      return `${id},${latitude},${longitude},${1000 * km}`;
    });
    writeFileSync(at('stations.csv'), `station,latitude,longitude,elevation\n${rows.join('\n')}\n`);
    const lines = [...STATIONS, ['OUT', 39, 0, 0] as const].flatMap(([id, x, y, km]) =>
      (['P', 'S'] as const).map((phase) => {
        const t = time(QUAKE, [x, y, -km], phase === 'P' ? 1 : VP_VS);
        const seconds = (10 + t).toFixed(4).padStart(7, '0');
        return `${id.padEnd(6)} ?    ?    ? ${phase}      ? 20230506 0708 ${seconds} GAU 3.00e-02 -1 -1 -1`;
      }),
    );
    writeFileSync(at('quake.obs'), `${lines.join('\n')}\n`);
  });

  const locate = (...more: readonly string[]): ReturnType<typeof run> =>
    run('locate', '--obs', at('quake.obs'), '--stations', at('stations.csv'), '--json', ...more);

  it('locate a quake that no layered model can place, heights and all, and keep the sweeps', async () => {
    const begin = await locate('--velocity', at('tilt.P.mod.hdr'));
    expect(begin.code).toBe(0);
    expect(begin.errors).toMatch(/left out: station OUT .*outside the velocity grid/);
    const report = JSON.parse(begin.text) as {
      velocity: string;
      events: readonly [
        {
          latitude: number;
          longitude: number;
          depthKm: number;
          time: string;
          rmsS: number;
          mostProbable: { latitude: number; longitude: number; depthKm: number };
        },
      ];
    };
    const [event] = report.events;
    const [latitude, longitude] = degrees(QUAKE[0], QUAKE[1]);
    expect(report.velocity).toBe('tilt.P.mod.hdr');
    expect(Math.abs(event.mostProbable.latitude - latitude) * 111).toBeLessThan(0.1);
    expect(Math.abs(event.mostProbable.longitude - longitude) * 77).toBeLessThan(0.1);
    expect(Math.abs(event.mostProbable.depthKm - QUAKE[2])).toBeLessThan(0.2);
    expect(event.rmsS).toBeLessThan(0.005);
    expect(begin.errors).toMatch(/Sweeping travel times of up to 8 stations/);
    // Two phases of eight stations.
    const kept = readdirSync(at('cache/travel-times'));
    expect(kept).toHaveLength(16);
    expect((await locate('--velocity', at('tilt.P.mod.buf'))).text.replace('buf', 'hdr')).toBe(
      begin.text,
    );
    expect(readdirSync(at('cache/travel-times'))).toEqual(kept);
    // A damaged table is swept again.
    writeFileSync(at(`cache/travel-times/${kept[0] as string}`), 'damaged');
    expect((await locate('--velocity', at('tilt.P.mod.hdr'))).text).toBe(begin.text);
    const layered = JSON.parse(
      (await locate('--velocity', 'constant:5.6:1.75')).text,
    ) as typeof report;
    expect(layered.events[0].rmsS).toBeGreaterThan(0.02);
  });

  it('associate picks with their quakes', async () => {
    const random = createRandom(7);
    const quakes = Array.from({ length: 6 }, (_, k) => ({
      place: [
        random.uniform() * 24 - 12,
        random.uniform() * 24 - 12,
        4 + random.uniform() * 10,
      ] as Place,
      timeS: Date.UTC(2023, 4, 6, 7) / 1000 + 120 * k,
    }));
    const rows = quakes.flatMap(({ place, timeS }) =>
      STATIONS.flatMap(([id, x, y, km]) =>
        (['P', 'S'] as const).map((phase) => {
          const t = timeS + time(place, [x, y, -km], phase === 'P' ? 1 : VP_VS);
          return `${id},${new Date(1000 * t).toISOString()},${phase},0.9`;
        }),
      ),
    );
    writeFileSync(at('picks.csv'), `station,time,phase,prob\n${rows.join('\n')}\n`);
    const { code, text } = await run(
      'associate',
      '--picks',
      at('picks.csv'),
      '--stations',
      at('stations.csv'),
      '--velocity',
      at('tilt.P.mod.hdr'),
      '--out',
      at('out'),
      '--samples',
      '100',
      '--json',
    );
    expect(code).toBe(0);
    const { events } = JSON.parse(text) as {
      events: readonly {
        latitude: { p50: number };
        longitude: { p50: number };
        depthKm: { p50: number };
      }[];
    };
    expect(events).toHaveLength(6);
    events.forEach((event, k) => {
      const { place } = quakes[k] as (typeof quakes)[number];
      const [latitude, longitude] = degrees(place[0], place[1]);
      expect(Math.abs(event.latitude.p50 - latitude) * 111).toBeLessThan(0.7);
      expect(Math.abs(event.longitude.p50 - longitude) * 77).toBeLessThan(0.7);
      expect(Math.abs(event.depthKm.p50 - place[2])).toBeLessThan(1.5);
    });
    expect(readFileSync(at('out/events.csv'), 'utf8').trim().split('\n')).toHaveLength(7);
  });

  it('say what is wrong with a grid', async () => {
    writeFileSync(
      at('far.P.mod.hdr'),
      '5 5 5 900 900 0 1 1 1 VELOCITY\nTRANSFORM SIMPLE LatOrig 46 LongOrig 8 RotCW 0\n',
    );
    writeFileSync(at('far.P.mod.buf'), new Float32Array(125).fill(6));
    const far = await locate('--velocity', at('far.P.mod.hdr'));
    expect(far).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/no station lies in it/) as string,
    });
    writeFileSync(at('plane.P.mod.hdr'), '5 5 5 0 0 0 1 1 1 VELOCITY\nTRANSFORM NONE\n');
    writeFileSync(at('plane.P.mod.buf'), new Float32Array(125).fill(6));
    const plane = await locate('--velocity', at('plane.P.mod.hdr'));
    expect(plane).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/no map projection/) as string,
    });
    const hole = new Float32Array(125).fill(6);
    hole[31] = 0;
    writeFileSync(at('plane.P.mod.buf'), hole);
    const zero = await locate('--velocity', at('plane.P.mod.hdr'));
    expect(zero).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/node x 1, y 1, z 1/) as string,
    });
  });
});
