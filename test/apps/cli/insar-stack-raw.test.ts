import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import { encodeGeoTiff } from '../../../catalogue/export/geotiff.js';
import { readGeoTiff } from '../../../connectors/insar/geotiff-reader.js';

const home = mkdtempSync(path.join(os.tmpdir(), 'insar-stack-raw-'));
afterAll(() => rmSync(home, { recursive: true }));

const [ROWS, COLUMNS] = [11, 14];
const PIXELS = ROWS * COLUMNS;
const LAMBDA = 0.0562356424;
const DATES = ['20190103', '20190115', '20190208', '20190304'];
const PAIRS = [
  [0, 1],
  [1, 2],
  [0, 2],
  [2, 3],
  [1, 3],
] as const;
const [WEST, NORTH, STEP] = [22, 39, 0.001];

/** Radians, + away, 0 without data: a bowl that sinks, and some scatter that no time series explains. */
function phaseOf(pair: readonly [number, number], k: number): Float32Array {
  const day = (text: string): number =>
    Date.parse(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`) / 86_400_000;
  const days = day(DATES[pair[1]] as string) - day(DATES[pair[0]] as string);
  return Float32Array.from({ length: PIXELS }, (_, i) => {
    const [row, column] = [Math.floor(i / COLUMNS), i % COLUMNS];
    if (row === 3 && column === 4 + (k % 2)) return 0;
    const sink = 0.02 * Math.exp(-((row - 5) ** 2 + (column - 6) ** 2) / 9);
    return sink * days + 0.3 + 0.02 * Math.sin(7 * i + 3 * k);
  });
}

function bytes(values: Float32Array, littleEndian: boolean, withAmplitude = false): Uint8Array {
  const width = withAmplitude ? 2 * COLUMNS : COLUMNS;
  const view = new DataView(new ArrayBuffer(4 * ROWS * width));
  values.forEach((value, i) => {
    const column = (i % COLUMNS) + (withAmplitude ? COLUMNS : 0);
    view.setFloat32(4 * (Math.floor(i / COLUMNS) * width + column), value, littleEndian);
  });
  return new Uint8Array(view.buffer);
}

function put(folder: string, name: string, content: Uint8Array | readonly string[]): void {
  const file = path.join(home, folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content instanceof Uint8Array ? content : `${content.join('\n')}\n`);
}

const DEM_PAR = [
  ...['Gamma DIFF&GEO DEM/MAP parameter file', 'DEM_projection: EQA', `width: ${COLUMNS}`],
  ...[`nlines: ${ROWS}`, `corner_lat: ${NORTH - STEP / 2}  decimal degrees`],
  ...[`corner_lon: ${WEST + STEP / 2}  decimal degrees`, `post_lat: ${-STEP} decimal degrees`],
  `post_lon: ${STEP} decimal degrees`,
];
const RADAR = [`radar_frequency: ${299_792_458 / LAMBDA} Hz`];

beforeAll(() => {
  put('gamma/dem', '20190103_eqa_dem.par', DEM_PAR);
  for (const date of DATES) put('gamma/headers', `r${date}_mli.par`, RADAR);
  put('licsbas', 'EQA.dem_par', DEM_PAR);
  put('licsbas', 'slc.mli.par', RADAR);
  for (const [name, value] of [
    ['E', -0.6],
    ['N', 0],
    ['U', 0.8],
  ] as const) {
    put('licsbas', `${name}.geo`, bytes(new Float32Array(PIXELS).fill(value), true));
  }
  for (const [k, pair] of PAIRS.entries()) {
    const [first, second] = [DATES[pair[0]] as string, DATES[pair[1]] as string];
    const phase = phaseOf(pair, k);
    const short = `${first.slice(2)}-${second.slice(2)}`;
    const transform = [WEST, STEP, 0, NORTH, 0, -STEP] as const;
    const tif = { rows: ROWS, columns: COLUMNS, transform, crs: 'EPSG:4326', values: phase };
    put('tif', `geo_${short}_unw.tif`, encodeGeoTiff(tif));
    put('roipac', `geo_${short}.unw`, bytes(phase, true, true));
    put('roipac', `geo_${short}.unw.rsc`, [
      ...[`WIDTH ${COLUMNS}`, `FILE_LENGTH ${ROWS}`, `X_FIRST ${WEST}`, `X_STEP ${STEP}`],
      ...[`Y_FIRST ${NORTH}`, `Y_STEP ${-STEP}`, `WAVELENGTH ${LAMBDA}`, `DATE12 ${short}`],
    ]);
    put('envi', `${first}_${second}.phs`, bytes(phase, true));
    put('envi', `${first}_${second}.hdr`, [
      ...['ENVI', `samples = ${COLUMNS}`, `lines = ${ROWS}`, 'bands = 1', 'data type = 4'],
      ...['byte order = 0', 'data ignore value = 0'],
      `map info = {Geographic Lat/Lon, 1, 1, ${WEST}, ${NORTH}, ${STEP}, ${STEP}, WGS-84}`,
    ]);
    put('gamma/unw', `${first}-${second}_eqa.unw`, bytes(phase, false));
    const coherence = new Float32Array(PIXELS).fill(0.7);
    put('gamma/cc', `${first}-${second}_flat_eqa.cc`, bytes(coherence, false));
    const folder = `licsbas/${first}_${second}`;
    const holes = phase.map((v) => (v === 0 ? Number.NaN : v));
    put(folder, `${first}_${second}.unw`, bytes(holes, true));
    put(folder, `${first}_${second}.cc`, new Uint8Array(PIXELS).fill(178));
    put(folder, `${first}_${second}.unw.png`, new Uint8Array(9));
  }
});

async function run(folder: string, ...argv: readonly string[]) {
  let [text, errors] = ['', ''];
  const output = {
    write: (part: string) => void (text += part),
    error: (line: string) => void (errors += `${line}\n`),
    isTerminal: false,
  };
  const out = path.join(home, `out-${folder}`);
  const source = path.join(home, folder);
  const reference = ['--reference-row', '0', '--reference-column', '0', '--bootstrap', '0'];
  const code = await runCli({
    argv: ['insar', 'stack', source, '--out', out, ...reference, '--json', ...argv],
    output,
  });
  return { code, text, errors, out };
}

const WAVELENGTH = ['--wavelength-m', String(LAMBDA)] as const;

describe('insar stack of raw grids', () => {
  it('gives what the same phases give as GeoTIFF, for each kind of header', async () => {
    const asked = await run('tif');
    expect(asked.code).toBe(1);
    expect(asked.errors).toContain('the wavelength is unknown');
    const expected = await run('tif', ...WAVELENGTH);
    expect(expected.errors).not.toContain('What to do');
    const wanted = await readGeoTiff(path.join(expected.out, 'velocity.tif'));
    expect(Math.min(...wanted.values.filter((v) => !Number.isNaN(v)))).toBeLessThan(-20);
    for (const [folder, argv] of [
      ['roipac', []],
      ['gamma', []],
      ['licsbas', []],
      ['envi', ['--quantity', 'phase', '--positive', 'away', ...WAVELENGTH]],
    ] as const) {
      const own = await run(folder, ...argv);
      expect(own.code, `${folder}: ${own.errors}`).toBe(0);
      const { info, values } = await readGeoTiff(path.join(own.out, 'velocity.tif'));
      expect(info.crs).toBe('EPSG:4326');
      wanted.info.transform?.forEach((v, i) => expect(info.transform?.[i]).toBeCloseTo(v, 9));
      values.forEach((v, i) => {
        const other = wanted.values[i] as number;
        if (Number.isNaN(other)) expect(v, folder).toBeNaN();
        else expect(Math.abs(v - other), folder).toBeLessThan(1e-3);
      });
      const summary = JSON.parse(own.text) as { pairsUsed: number; skipped: unknown[] };
      expect(summary).toMatchObject({ pairsUsed: PAIRS.length, skipped: [] });
      if (folder !== 'gamma' && folder !== 'licsbas') continue;
      const coherence = await readGeoTiff(path.join(own.out, 'mean-coherence.tif'));
      expect(coherence.values[0]).toBeCloseTo(folder === 'gamma' ? 0.7 : 178 / 255, 6);
    }
  });

  it('says what grids without a meaning need, and names a cut one', async () => {
    const unknown = await run('envi', ...WAVELENGTH);
    expect(unknown.code).not.toBe(0);
    expect(unknown.errors).toMatch(/5 raw grids such as .*phs.*give --quantity and --positive/);
    put('cut', 'geo_190103-190115.unw', new Uint8Array(40));
    put('cut', 'geo_190103-190115.unw.rsc', [`WIDTH ${COLUMNS}`, `FILE_LENGTH ${ROWS}`]);
    const cut = await run('cut');
    expect(cut.code).toBe(1);
    expect(cut.errors).toMatch(/geo_190103-190115\.unw.*40 bytes are not the 11 x 14/);
    put('two/dem', 'a_dem.par', DEM_PAR);
    put('two/dem', 'b_dem.par', DEM_PAR);
    put('two/unw', '20190103-20190115.unw', bytes(phaseOf([0, 1], 0), false));
    expect((await run('two')).errors).toContain('2 headers of a geocoded grid may be its own');
  });

  it('refuses numbers that no ground moves, and stacks of which no loop closes', async () => {
    const transform = [WEST, STEP, 0, NORTH, 0, -STEP] as const;
    const write = (folder: string, values: (pair: number, i: number) => number): void =>
      PAIRS.forEach((pair, k) => {
        const short = `${DATES[pair[0]]?.slice(2)}-${DATES[pair[1]]?.slice(2)}`;
        const own = Float32Array.from({ length: PIXELS }, (_, i) => values(k, i));
        const grid = { rows: ROWS, columns: COLUMNS, transform, crs: 'EPSG:4326', values: own };
        put(folder, `geo_${short}_unw.tif`, encodeGeoTiff(grid));
      });
    write('undeclared', (k, i) => (k === 1 && i === 3 ? -9999 : 1 + Math.sin(i)));
    const undeclared = await run('undeclared', ...WAVELENGTH);
    expect(undeclared.code).toBe(1);
    expect(undeclared.errors).toMatch(
      /geo_190115-190208_unw\.tif: 1 of 154 pixels are -9999 rad.*row 0, column 3/s,
    );
    write('incoherent', (k, i) => 20 * Math.sin(991 * i * (k + 1) + k));
    // Two more pairs, which are in no loop and so contradict nothing.
    for (const [k, short] of ['190304-190328', '190328-190421'].entries()) {
      const values = Float32Array.from({ length: PIXELS }, (_, i) => 20 * Math.cos(i * (k + 3)));
      const grid = { rows: ROWS, columns: COLUMNS, transform, crs: 'EPSG:4326', values };
      put('incoherent', `geo_${short}_unw.tif`, encodeGeoTiff(grid));
    }
    const incoherent = await run('incoherent', ...WAVELENGTH);
    expect(incoherent.code).toBe(1);
    expect(incoherent.errors).toMatch(/none of the 2 loops.*closes.*--max-loop-rms \d+/);
    for (const { out } of [undeclared, incoherent]) expect(existsSync(out)).toBe(false);
  });
});
