import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { dasConnector, type DasFormat } from '../../../connectors/das/das-format.js';
import { dasdaeFormat } from '../../../connectors/das/formats/dasdae.js';
import { dasvaderFormat } from '../../../connectors/das/formats/dasvader.js';
import { genericHdf5Format } from '../../../connectors/das/formats/generic-hdf5.js';
import { juliaTimeNs } from '../../../connectors/das/formats/julia-values.js';
import { withoutUnpickling } from '../../../connectors/das/formats/pickled.js';
import type { DasRecording } from '../../../connectors/das/recording.js';
import { xdasNetcdfFormat } from '../../../connectors/das/formats/xdas-netcdf.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { isoToNs } from '../../../core/time.js';
import { peersOf } from '../../support/peers.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { WRITE_SEEDS } from './hdf5-seeds.js';
import { temporaryFolder } from './support.js';

const { describeWithPeers, runPeer } = peersOf('das');
const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);

interface Found {
  readonly recording: DasRecording;
  readonly values: number[];
}

async function readWith(format: DasFormat, file: string): Promise<Found> {
  const source = await openSourceFile({ path: file });
  expect(await format.probe(source)).toBeGreaterThan(0);
  return format.withRecording({ file: source, options: {} }, async (recording) => {
    const { timeCount, channelCount } = recording.layout;
    const block = await recording.readBlock({ time: [0, timeCount], channel: [0, channelCount] });
    return { recording, values: Array.from(block as Float32Array, Number) };
  });
}

interface Truth {
  readonly dims: string[];
  readonly shape: number[];
  readonly coords: Record<string, { first: number | string; last: number | string; step: unknown }>;
  readonly mean: number;
  readonly std: number;
  readonly first5_flat_C: number[];
  readonly last5_flat_C: number[];
}

const close = (found: number, expected: number): void =>
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-6 * Math.abs(expected) + 1e-12);

describeWithSamples(
  'ground truth',
  [
    'das/deformation_rate_event_1.hdf5',
    'das/h5_simple_1.h5',
    'das/h5_simple_2.h5',
    'das/ground-truth.json',
  ],
  () => {
    it.each([
      ['deformation_rate_event_1.hdf5', dasdaeFormat],
      ['h5_simple_1.h5', genericHdf5Format],
      ['h5_simple_2.h5', genericHdf5Format],
    ] as const)('%s', async (name, format) => {
      const truths = JSON.parse(readFileSync(samplePath('das/ground-truth.json'), 'utf8')) as {
        files: Record<string, { dascore: { patches: Truth[] } }>;
      };
      const truth = truths.files[name]?.dascore.patches[0] as Truth;
      const { recording, values } = await readWith(format, samplePath(`das/${name}`));
      const { layout, runs } = recording;
      const shape = [layout.timeCount, layout.channelCount];
      expect(layout.timeAxis === 0 ? shape : shape.reverse()).toEqual(truth.shape);
      expect(truth.dims.indexOf('time')).toBe(layout.timeAxis);
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      close(mean, truth.mean);
      close(
        Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length),
        truth.std,
      );
      truth.first5_flat_C.forEach((value, i) => close(values[i] as number, value));
      truth.last5_flat_C.forEach((value, i) => close(values.at(i - 5) as number, value));
      const time = truth.coords['time'] as Truth['coords'][string];
      const space =
        truth.coords['distance'] ?? (truth.coords['channel'] as Truth['coords'][string]);
      expect(runs).toHaveLength(1);
      // float64 seconds since 1970 are exact to a quarter of a microsecond.
      const off = Number((runs[0]?.startNs as bigint) - isoToNs(`${String(time.first)}Z`));
      expect(Math.abs(off)).toBeLessThan(format === dasdaeFormat ? 1 : 250);
      close(1e9 / (runs[0]?.rateHz as number), Number.parseInt(String(time.step), 10));
      close(recording.firstDistanceM, Number(space.first));
      close(recording.spacingM, Number(space.step));
    });
  },
);

describeWithPeers('files that the peer libraries write', () => {
  it('DASDAE in both orders of axes, whatever else is in its attributes', async () => {
    runPeer(
      `
import sys, warnings
warnings.filterwarnings('ignore')
import numpy as np, dascore
t = np.datetime64('2023-01-01T00:00:00.000000123') + (np.arange(30) * 10_000_000).astype('m8[ns]')
t[20:] += np.timedelta64(1, 's')
for dims, values in ((('time', 'distance'), np.arange(150.).reshape(30, 5)), (('distance', 'time'), np.arange(150, dtype='i4').reshape(5, 30))):
    dascore.Patch(data=values, dims=dims, coords={'time': t, 'distance': [0., 2., 4., 7., 8.]}, attrs={'data_units': 'm/s', 'gauge_length': 10.0, 'history': ['a', 'b']}).io.write(f'{sys.argv[1]}/{dims[0]}.h5', 'dasdae')
print('true')`,
      [folder],
    );
    for (const first of ['time', 'distance']) {
      const { recording, values } = await readWith(dasdaeFormat, at(`${first}.h5`));
      expect(values).toEqual(Array.from({ length: 150 }, (_, i) => i));
      expect(recording).toMatchObject({
        storedUnit: expect.stringMatching(/m.*s/) as string,
        gaugeLengthM: 10,
      });
      expect(recording.runs).toEqual([
        {
          firstIndex: 0,
          sampleCount: 20,
          startNs: isoToNs('2023-01-01T00:00:00.000000123Z'),
          rateHz: 100,
        },
        {
          firstIndex: 20,
          sampleCount: 10,
          startNs: isoToNs('2023-01-01T00:00:01.200000123Z'),
          rateHz: 100,
        },
      ]);
      expect(Array.from(recording.distancesM ?? [])).toEqual([0, 2, 4, 7, 8]);
      expect(recording.audit.some(({ why }) => /never run/.test(why))).toBe(true);
    }
  });

  it('xdas: tie points with a gap, runs of one interval, dense axes, compression, a virtual file', async () => {
    runPeer(
      `
import os, sys, numpy as np, xdas
os.chdir(sys.argv[1])
t0 = np.datetime64('2023-01-01T00:00:00.123456789')
ms = lambda value: t0 + np.timedelta64(value, 'ms')
values = np.arange(600, dtype='f4').reshape(60, 10)
ties = {'time': {'tie_indices': [0, 29, 30, 59], 'tie_values': [ms(0), ms(290), ms(1300), ms(1590)]}, 'distance': {'tie_indices': [0, 9], 'tie_values': [100.0, 190.0]}}
xdas.DataArray(values, ties, name='velocity', attrs={'units': 'strain/s', 'gauge_length': 10.0}).to_netcdf('ties.nc', encoding={'chunks': (20, 10), 'compression': 'gzip'})
xdas.DataArray(values.T.copy(), {'distance': ties['distance'], 'time': ties['time']}).to_netcdf('turned.nc')
runs = {'time': {'tie_values': [ms(0), ms(1300)], 'tie_lengths': [30, 30], 'sampling_interval': np.timedelta64(10, 'ms')}, 'distance': np.arange(10) * 10.0 + 100}
xdas.DataArray(values, runs).to_netcdf('runs.nc')
dense = {'time': np.concatenate([t0 + np.arange(30) * np.timedelta64(10, 'ms'), ms(1300) + np.arange(30) * np.timedelta64(10, 'ms')]), 'distance': np.arange(10) * 10.0 + 100}
xdas.DataArray(values, dense).to_netcdf('dense.nc')
xdas.open_dataarray('turned.nc').to_netcdf('virtual.nc', virtual=True)
print('true')`,
      [folder],
    );
    for (const name of ['ties', 'turned', 'runs', 'dense', 'virtual']) {
      const { recording, values } = await readWith(xdasNetcdfFormat, at(`${name}.nc`));
      const isTurned = recording.layout.timeAxis === 1;
      expect(isTurned, name).toBe(name === 'turned' || name === 'virtual');
      const expected = Array.from({ length: 600 }, (_, i) =>
        isTurned ? (i % 60) * 10 + Math.floor(i / 60) : i,
      );
      expect(values, name).toEqual(expected);
      expect(recording.runs, name).toEqual([
        {
          firstIndex: 0,
          sampleCount: 30,
          startNs: isoToNs('2023-01-01T00:00:00.123456789Z'),
          rateHz: 100,
        },
        {
          firstIndex: 30,
          sampleCount: 30,
          startNs: isoToNs('2023-01-01T00:00:01.423456789Z'),
          rateHz: 100,
        },
      ]);
      expect([recording.firstDistanceM, recording.spacingM], name).toEqual([100, 10]);
    }
    const scan = await dasConnector(xdasNetcdfFormat).scan(
      await openSourceFile({ path: at('ties.nc') }),
      {},
    );
    expect(scan.facts).toMatchObject({
      storedUnit: 'strain/s',
      gaugeLengthM: 10,
      units: 'microstrain/s',
    });
  });

  it('DASVader, by the layout that its reader in DASCore has', async () => {
    runPeer(WRITE_SEEDS, [folder]);
    const { recording, values } = await readWith(dasvaderFormat, at('dasvader.jld2'));
    values.forEach((value, i) => expect(value).toBeCloseTo(Math.sin(i), 6));
    expect(recording.layout).toMatchObject({ timeAxis: 0, timeCount: 60, channelCount: 12 });
    expect(recording).toMatchObject({ firstDistanceM: 100, spacingM: 4.8 });
    // 1,650,000,000.123 s and half a second, where `time` begins.
    expect(recording.runs[0]).toMatchObject({ startNs: 1_650_000_000_623_000_000n, rateHz: 250 });
    const peer = runPeer<[string, number]>(
      `
import json, sys, warnings
warnings.filterwarnings('ignore')
import h5py
from dascore.io.dasvader.utils import _read_dasvader
with h5py.File(sys.argv[1]) as f: patch = _read_dasvader(f)[0]
print(json.dumps([str(patch.get_coord('time').min()), float(patch.data[7, 3])]))`,
      [at('dasvader.jld2')],
    );
    // DASCore takes the milliseconds through float64 seconds.
    const off = isoToNs(`${peer[0]}Z`) - (recording.runs[0]?.startNs as bigint);
    expect(Math.abs(Number(off))).toBeLessThan(1000);
    expect(values[7 * 12 + 3]).toBe(peer[1]);
  });
});

describe('pickled attributes', () => {
  it.each([
    ['m / s', { kind: 'plain', value: 'm / s' }],
    ['Recorded on site.', { kind: 'plain', value: 'Recorded on site.' }],
    [3.5, { kind: 'plain', value: 3.5 }],
    ['N.', { kind: 'literal', value: null }],
    ['F10.5\n.', { kind: 'literal', value: 10.5 }],
    ['I01\n.', { kind: 'literal', value: true }],
    ['Vmetre\np0\n.', { kind: 'literal', value: 'metre' }],
    ['cos\nsystem\n(S"true"\ntR.', { kind: 'object' }],
    ['(dp0\nVtime\np1\nI1\ns.', { kind: 'object' }],
    ['\x80\x04N.', { kind: 'object' }],
    [Uint8Array.of(0x80, 4, 0x4e, 0x2e), { kind: 'object' }],
  ] as const)('%j', (stored, expected) => {
    expect(withoutUnpickling(stored)).toEqual(expected);
  });

  it("Julia's clock starts on the day before year 1", () => {
    // Julia's stdlib Dates: const UNIXEPOCH = value(DateTime(1970)) = 62135683200000
    expect(juliaTimeNs(62_135_683_200_000n)).toBe(0n);
    expect(juliaTimeNs(62_135_683_200_000n + 946_684_800_000n)).toBe(
      isoToNs('2000-01-01T00:00:00Z'),
    );
  });
});
