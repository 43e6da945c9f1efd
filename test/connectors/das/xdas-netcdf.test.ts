import { beforeAll, expect, it } from 'vitest';
import { xdasNetcdfFormat } from '../../../connectors/das/formats/xdas-netcdf.js';
import { temporaryFolder } from './support.js';
import {
  allValues,
  describeWithPeers,
  entriesOn,
  inside,
  probeOf,
  runPeer,
  withOpen,
} from './vendor-support.js';

const folder = temporaryFolder();
const at = inside(folder);

const WRITE = `
import os, sys, numpy as np, xdas
os.chdir(sys.argv[1])
t0 = np.datetime64('2024-02-29T23:59:59.999999', 'ns')
def array(offset, first=10.0):
    time = {'tie_indices': [0, 49], 'tie_values': [t0 + np.timedelta64(int(offset), 's'), t0 + np.timedelta64(int(offset * 1000 + 490), 'ms')]}
    return xdas.DataArray(np.arange(200.).reshape(50, 4) + offset, {'time': time, 'distance': {'tie_indices': [0, 3], 'tie_values': [first, first + 6.0]}})
array(0).to_netcdf('group.nc', group='acquisition/one')
xdas.DataCollection({'DAS1': [array(k) for k in range(12)], 'DAS2': [array(100, 500.0)]}, 'instrument').to_netcdf('collection.nc')
runs = lambda starts, lengths, step: {'tie_values': starts, 'tie_lengths': lengths, 'sampling_interval': step}
time = runs([t0], [50], np.timedelta64(3000003, 'ns'))
xdas.DataArray(np.arange(200.).reshape(50, 4), {'time': time, 'distance': runs([10.0], [4], -2.5)}).to_netcdf('sampled.nc')
xdas.DataArray(np.arange(200.).reshape(50, 4), {'time': time, 'distance': runs([10.0, 100.0], [3, 1], 2.0)}).to_netcdf('pieces.nc')
print('true')`;

describeWithPeers('files that xdas writes', () => {
  beforeAll(() => void runPeer(WRITE, [folder]));

  it('distances by runs of one interval are those of xdas', async () => {
    const even = await withOpen(
      xdasNetcdfFormat,
      { path: at('sampled.nc') },
      (recording) => recording,
    );
    expect(even).toMatchObject({ firstDistanceM: 10, spacingM: -2.5, distancesM: null });
    expect(even.runs[0]?.rateHz).toBeCloseTo(1e9 / 3_000_003, 9);
    expect(entriesOn(even, 'channel-spacing')).toEqual([]);
    const pieces = await withOpen(
      xdasNetcdfFormat,
      { path: at('pieces.nc') },
      (recording) => recording,
    );
    expect(Array.from(pieces.distancesM ?? [])).toEqual([10, 12, 14, 100]);
  });

  it('reads arrays in groups and collections, in order, the one that is asked for', async () => {
    expect(await probeOf(xdasNetcdfFormat, at('group.nc'))).toBeGreaterThan(0.5);
    await withOpen(xdasNetcdfFormat, { path: at('group.nc') }, async (recording) => {
      expect(recording.version).toMatch(/^CF-/);
      expect(Array.from(await allValues(recording))).toEqual(
        Array.from({ length: 200 }, (_, i) => i),
      );
      expect(entriesOn(recording, 'selection')).toEqual([]);
    });
    for (const [rawIndex, offset, firstM] of [
      [0, 0, 10],
      [2, 2, 10],
      [11, 11, 10],
      [12, 100, 500],
    ] as const) {
      const input = { path: at('collection.nc'), options: { rawIndex } };
      await withOpen(xdasNetcdfFormat, input, async (recording) => {
        expect((await allValues(recording))[0]).toBe(offset);
        expect(recording.firstDistanceM).toBe(firstM);
        expect(recording.runs[0]?.startNs).toBe(
          1_709_251_199_999_999_000n + BigInt(offset) * 1_000_000_000n,
        );
        expect(entriesOn(recording, 'selection')).toHaveLength(1);
      });
    }
    await expect(
      withOpen(xdasNetcdfFormat, { path: at('collection.nc'), options: { rawIndex: 13 } }, () => 0),
    ).rejects.toThrow('the file has 13 arrays');
  });
});
