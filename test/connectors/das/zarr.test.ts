import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { writeZarr } from '../../../connectors/das/write/write-zarr.js';
import { memoryRecording } from '../../../connectors/das/write/write-source.js';
import { zarrFormat } from '../../../connectors/das/formats/zarr.js';
import { listSourceFiles, openSourceFile } from '../../../connectors/source-file.js';
import { isoToNs } from '../../../core/time.js';
import { peersOf } from '../../support/peers.js';
import { expectBlocksOfWhole, firstDifference, readWhole } from './binary-support.js';
import { temporaryFolder } from './support.js';

const { describeWithPeers, runPeer } = peersOf('das');
const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const START = isoToNs('2024-05-06T07:08:09.123456789Z');

const RECORDING = memoryRecording({
  samples: Float32Array.from({ length: 300 * 9 }, (_, i) => Math.sin(i) * 1e-3),
  type: 'float32',
  channelCount: 9,
  runs: [
    { firstIndex: 0, sampleCount: 120, startNs: START, rateHz: 100 },
    { firstIndex: 120, sampleCount: 180, startNs: START + 7_000_000_000n, rateHz: 100 },
  ],
  storedUnit: 'microstrain/s',
  gaugeLengthM: 8,
  firstChannel: 30,
  firstDistanceM: 61.5,
  spacingM: 2.05,
});

async function written(name: string): Promise<string> {
  await writeZarr({ path: at(name), recording: RECORDING });
  return at(name);
}

describe('Zarr written here', () => {
  it('comes back as it was, runs and all', async () => {
    const store = await written('own.zarr');
    expect(await listSourceFiles({ path: folder })).toContain(store);
    expect(await zarrFormat.probe(await openSourceFile({ path: store }))).toBe(0.9);
    const { recording, values } = await readWhole(zarrFormat, store);
    expect(recording).toMatchObject({
      version: '3',
      layout: { timeCount: 300, channelCount: 9, timeAxis: 0, type: 'float32' },
      runs: RECORDING.runs,
      storedUnit: 'microstrain/s',
      gaugeLengthM: 8,
      firstChannel: 30,
      firstDistanceM: 61.5,
    });
    expect(recording.spacingM).toBeCloseTo(2.05, 12);
    const expected = await RECORDING.readBlock({ time: [0, 300], channel: [0, 9] });
    expect(firstDifference(values, Array.from(expected as Float32Array))).toBe(-1);
    await expectBlocksOfWhole(zarrFormat, store);
  });

  it('does not overwrite, and leaves nothing behind when it fails', async () => {
    const store = await written('once.zarr');
    await expect(writeZarr({ path: store, recording: RECORDING })).rejects.toMatchObject({
      _tag: 'InvalidInput',
    });
    const broken = { ...RECORDING, readBlock: () => Promise.reject(new Error('disk')) };
    await expect(writeZarr({ path: at('b.zarr'), recording: broken })).rejects.toMatchObject({
      _tag: 'Unavailable',
    });
    expect(readdirSync(folder).filter((name) => name.includes('b.zarr'))).toEqual([]);
  });
});

describe('damaged stores', () => {
  const metadata = (
    store: string,
    name: string,
    change: (json: Record<string, unknown>) => void,
  ) => {
    const file = path.join(store, name, 'zarr.json');
    const json = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    change(json);
    writeFileSync(file, JSON.stringify(json));
  };
  const data = (store: string): string => path.join(store, 'data/c/0/0');
  const grid = (shape: number[]) => ({ name: 'regular', configuration: { chunk_shape: shape } });

  it.each([
    [
      'metadata cut',
      (s: string) => writeFileSync(path.join(s, 'data/zarr.json'), '{"zarr_format": 3,'),
      'CorruptSource',
      /\/data/,
    ],
    [
      'a chunk cut',
      (s: string) => writeFileSync(data(s), readFileSync(data(s)).subarray(0, 90)),
      'CorruptSource',
      /chunk 0\.0/,
    ],
    [
      'a chunk of zeros',
      (s: string) => writeFileSync(data(s), Buffer.alloc(400)),
      'CorruptSource',
      /chunk 0\.0/,
    ],
    ['an empty chunk', (s: string) => writeFileSync(data(s), ''), 'CorruptSource', /chunk 0\.0/],
    [
      'a chunk too short',
      (s: string) => writeFileSync(data(s), gzipSync(Buffer.alloc(40))),
      'CorruptSource',
      /chunk 0\.0/,
    ],
    [
      'a bomb',
      (s: string) => writeFileSync(data(s), gzipSync(Buffer.alloc(3e8))),
      'CorruptSource',
      /chunk 0\.0/,
    ],
    [
      'no time',
      (s: string) => rmSync(path.join(s, 'time'), { recursive: true }),
      'UnsupportedSource',
      /since/,
    ],
    [
      '10^12 samples',
      (s: string) =>
        ['data', 'time'].forEach((n) =>
          metadata(s, n, (j) => (j['shape'] = n === 'data' ? [1e12, 9] : [1e12])),
        ),
      'UnsupportedSource',
      /1000000000000 time stamps/,
    ],
    [
      'chunks of 10^12',
      (s: string) => metadata(s, 'data', (j) => (j['chunk_grid'] = grid([1e6, 1e6]))),
      'UnsupportedSource',
      /chunks of 4000000000000 bytes/,
    ],
    [
      'chunks of nothing',
      (s: string) => metadata(s, 'data', (j) => (j['chunk_grid'] = grid([0, 9]))),
      'CorruptSource',
      /chunks \[0, 9\]/,
    ],
    [
      'a time of other length',
      (s: string) => metadata(s, 'data', (j) => (j['shape'] = [301, 9])),
      'CorruptSource',
      /has 300 stamps/,
    ],
    [
      'time in fortnights',
      (s: string) =>
        metadata(s, 'time', (j) => (j['attributes'] = { units: 'fortnights since 1970-01-01' })),
      'CorruptSource',
      /fortnights/,
    ],
    [
      'an unknown codec',
      (s: string) =>
        metadata(
          s,
          'data',
          (j) =>
            (j['codecs'] = [
              { name: 'bytes', configuration: { endian: 'little' } },
              { name: 'rot13' },
            ]),
        ),
      'UnsupportedSource',
      /rot13/,
    ],
    [
      'no metadata at all',
      (s: string) => (
        rmSync(path.join(s, 'zarr.json')),
        writeFileSync(path.join(s, '.zgroup'), 'x')
      ),
      'CorruptSource',
      /own|\//,
    ],
  ])('%s is a typed error', async (name, change, tag, message) => {
    const store = await written(`bad ${name}.zarr`);
    change(store);
    await expect(readWhole(zarrFormat, store)).rejects.toMatchObject({
      _tag: tag,
      message: expect.stringMatching(message) as string,
    });
    expect(await zarrFormat.probe(await openSourceFile({ path: store }))).toBeLessThanOrEqual(1);
  });

  it('does not follow metadata out of the store', async () => {
    mkdirSync(at('odd.zarr'));
    writeFileSync(at('odd.zarr/zarr.json'), '{"zarr_format": 3, "node_type": "../../etc"}');
    await expect(readWhole(zarrFormat, at('odd.zarr'))).rejects.toMatchObject({
      _tag: expect.stringMatching(/^(CorruptSource|UnsupportedSource)$/) as string,
    });
  });
});

describeWithPeers('against xarray and zarr-python', () => {
  it('xarray reads what is written here', async () => {
    const store = await written('peer.zarr');
    const peer = runPeer<{
      dims: string[];
      time: string[];
      distance: number[];
      data: number[];
      attrs: Record<string, unknown>;
    }>(
      `
import json, sys, xarray as xr
d = xr.open_zarr(sys.argv[1], consolidated=False)['data'].load()
print(json.dumps({'dims': list(d.dims), 'time': [str(x) for x in d.time.values.astype('int64')], 'distance': d.distance.values.tolist(),
  'data': d.values.astype('f8').ravel().tolist(), 'attrs': d.attrs}))
`,
      [store],
    );
    expect(peer.dims).toEqual(['time', 'distance']);
    expect(peer.attrs).toEqual({
      units: 'microstrain/s',
      gauge_length: 8,
      gauge_length_units: 'm',
      first_channel: 30,
    });
    expect(peer.time[0]).toBe(String(START));
    expect(peer.time[120]).toBe(String(START + 7_000_000_000n));
    peer.distance.forEach((distance, i) => expect(distance).toBeCloseTo(61.5 + i * 2.05, 10));
    const { values } = await readWhole(zarrFormat, store);
    expect(firstDifference(values, peer.data)).toBe(-1);
  });

  it.each([
    [2, 'f4', "{'chunks': (50, 3)}", 'time, distance'],
    [
      2,
      '>i2',
      "{'chunks': (64, 7), 'compressors': numcodecs.Blosc(cname='zstd', shuffle=1)}",
      'time, distance',
    ],
    [
      2,
      'i4',
      "{'chunks': (4, 80), 'compressors': numcodecs.GZip(5), 'order': 'F'}",
      'distance, time',
    ],
    [2, 'f8', "{'chunks': (200, 7), 'compressors': numcodecs.LZ4()}", 'time, distance'],
    [3, 'f4', "{'chunks': (50, 3)}", 'time, distance'],
    [
      3,
      'i2',
      "{'chunks': (3, 50), 'compressors': zarr.codecs.BloscCodec(cname='lz4')}",
      'distance, time',
    ],
    [
      3,
      'f8',
      "{'chunks': (40, 7), 'compressors': zarr.codecs.GzipCodec(level=3)}",
      'time, distance',
    ],
    [3, 'i4', "{'chunks': (20, 2), 'shards': (100, 6)}", 'time, distance'],
    [3, 'u1', "{'chunks': (20, 7), 'compressors': None}", 'time, distance'],
  ])('version %i, %s, %s, [%s] is what was stored', async (version, dtype, encoding, dims) => {
    const name = at(`v${version}-${dtype.replace('>', 'be')}.zarr`);
    const expected = runPeer<number[]>(
      `
import json, sys, warnings, numpy as np, xarray as xr, zarr, numcodecs
warnings.simplefilter('ignore')
t = np.datetime64('2022-02-03T04:05:06.5', 'ns') + np.arange(200) * np.timedelta64(4, 'ms')
data = (np.random.default_rng(2).normal(size=(200, 7)) * 40 + 90).astype('${dtype}')
d = xr.DataArray(data, dims=('time', 'distance'), coords={'time': t, 'distance': 100 + 4.0 * np.arange(7)}, name='strain_rate', attrs={'units': 'nanostrain/s', 'gauge_length': 12.0})
d = d.transpose(${dims
        .split(', ')
        .map((dim) => `'${dim}'`)
        .join(', ')})
encoding = dict(${encoding})
order = encoding.pop('order', None)
if order: zarr.config.set({'array.order': order})
d.to_dataset().to_zarr(sys.argv[1], zarr_format=${version}, encoding={'strain_rate': encoding}, consolidated=False)
print(json.dumps(d.values.astype('f8').ravel().tolist()))
`,
      [name],
    );
    const { recording, values } = await readWhole(zarrFormat, name);
    expect(recording).toMatchObject({
      layout: { timeCount: 200, channelCount: 7, timeAxis: dims.startsWith('time') ? 0 : 1 },
      runs: [{ startNs: isoToNs('2022-02-03T04:05:06.5Z'), rateHz: 250, sampleCount: 200 }],
      storedUnit: 'nanostrain/s',
      gaugeLengthM: 12,
      firstDistanceM: 100,
      spacingM: 4,
    });
    expect(firstDifference(values, expected)).toBe(-1);
    await expectBlocksOfWhole(zarrFormat, name, 30);
  });

  it('a DASCore patch and a time of numpy type are read', async () => {
    runPeer(
      `
import sys, warnings, numpy as np, dascore as dc, zarr
warnings.simplefilter('ignore')
t = np.datetime64('2023-05-06T07:08:09', 'ns') + np.arange(40) * np.timedelta64(10, 'ms')
p = dc.Patch(data=np.arange(320, dtype='f4').reshape(40, 8), coords={'time': t, 'distance': np.arange(8) * 2.0}, dims=('time', 'distance'))
x = p.io.to_xarray()
x.attrs = {}
x.rename('data').to_dataset().to_zarr(sys.argv[1], zarr_format=3, consolidated=False)
g = zarr.create_group(sys.argv[2], zarr_format=3)
g.create_array('time', data=t.astype('datetime64[ns]'), dimension_names=('time',))
g.create_array('data', data=np.arange(320, dtype='f4').reshape(40, 8), dimension_names=('time', 'channel'))
print('true')
`,
      [at('dascore.zarr'), at('numpy.zarr')],
    );
    for (const name of ['dascore.zarr', 'numpy.zarr']) {
      const { recording, values } = await readWhole(zarrFormat, at(name));
      expect(recording.runs[0]).toMatchObject({
        startNs: isoToNs('2023-05-06T07:08:09Z'),
        rateHz: 100,
      });
      expect(values).toEqual(Array.from({ length: 320 }, (_, i) => i));
    }
  });
});
