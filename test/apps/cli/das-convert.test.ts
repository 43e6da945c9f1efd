/** `das convert` of real recordings, read back by the libraries that people have. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import { fibreChannelCode } from '../../../connectors/das/write/write-miniseed.js';
import { memoryRecording } from '../../../connectors/das/write/write-source.js';
import { writeZarr } from '../../../connectors/das/write/write-zarr.js';
import { temporaryFolder } from '../../connectors/das/support.js';
import { peersOf, runPeer } from '../../support/peers.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const das = peersOf('das');
const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const TARGETS = ['arrow', 'miniseed', 'prodml', 'zarr'] as const;

async function run(...argv: string[]): Promise<{ code: number; text: string; errors: string }> {
  let [text, errors] = ['', ''];
  const output = {
    write: (part: string) => void (text += part),
    error: (line: string) => void (errors += `${line}\n`),
    isTerminal: false,
  };
  return { code: await runCli({ argv: ['das', ...argv], output }), text, errors };
}

async function convert(file: string, name: string, ...more: string[]): Promise<void> {
  for (const target of TARGETS) {
    const out = at(`${name}.${target}`);
    const { code, errors } = await run('convert', '--to', target, '--out', out, file, ...more);
    expect(`${target} ${code} ${errors}`).toBe(`${target} 0 `);
  }
}

/** What a peer found: samples as [time][channel], its times, and what it says about the fibre. */
interface Found {
  readonly values: readonly (readonly number[])[];
  readonly dtype: string;
  readonly timesNs: readonly string[];
  readonly distancesM?: readonly number[];
  readonly unit?: string;
  readonly gaugeLengthM?: number;
}

const COMMON = `
import json, sys, warnings
warnings.filterwarnings('ignore')
import numpy as np
def found(values, times, **more):
    values = np.asarray(values)
    return dict(values=values.astype('f8').tolist(), dtype=str(values.dtype), timesNs=[str(int(t)) for t in times], **more)
results = {}
`;

const READ_ARROW_MINISEED_PRODML = `${COMMON}
import h5py, obspy, pyarrow as pa
for name in sys.argv[2:]:
    with pa.OSFile(f'{sys.argv[1]}/{name}.arrow') as source:
        table = pa.ipc.open_file(source).read_all()
        meta = {k.decode(): v.decode() for k, v in table.schema.metadata.items()}
        samples = np.concatenate([c.to_numpy_ndarray() for c in table['samples'].chunks])
        results[f'{name}.arrow'] = found(samples, table['time_ns'].to_pylist(), distancesM=json.loads(meta['distances_m']), unit=meta['unit'],
            **({'gaugeLengthM': float(meta['gauge_length_m'])} if meta['gauge_length_m'] else {}))
    stream = obspy.read(f'{sys.argv[1]}/{name}.miniseed')
    stations = sorted({trace.stats.station for trace in stream})
    channels = [sorted(stream.select(station=s), key=lambda trace: trace.stats.starttime) for s in stations]
    times = [trace.stats.starttime.ns + round(i * 1e9 / trace.stats.sampling_rate) for trace in channels[0] for i in range(trace.stats.npts)]
    results[f'{name}.miniseed'] = found(np.stack([np.concatenate([t.data for t in c]) for c in channels], axis=1), times)
    with h5py.File(f'{sys.argv[1]}/{name}.prodml') as file:
        acquisition, raw = file['Acquisition'].attrs, file['Acquisition/Raw[0]']
        loci = acquisition['StartLocusIndex'] + np.arange(acquisition['NumberOfLoci'])
        unit = raw.attrs.get('RawDataUnit', b'')
        results[f'{name}.prodml'] = found(raw['RawData'][:], raw['RawDataTime'][:] * 1000, unit=unit.decode() if isinstance(unit, bytes) else unit,
            distancesM=(loci * acquisition['SpatialSamplingInterval']).tolist(), gaugeLengthM=float(acquisition['GaugeLength']))
print(json.dumps(results))
`;

const READ_ZARR = `${COMMON}
import zarr
for name in sys.argv[2:]:
    store = zarr.open(f'{sys.argv[1]}/{name}.zarr', mode='r')
    data = store['data']
    values = data[:] if data.metadata.dimension_names[0] == 'time' else data[:].T
    results[f'{name}.zarr'] = found(values, store['time'][:], distancesM=store['distance'][:].tolist(), unit=data.attrs.get('units', ''),
        **({'gaugeLengthM': data.attrs['gauge_length']} if 'gauge_length' in data.attrs else {}))
print(json.dumps(results))
`;

/** Parts of the recordings by the rows and columns that h5py reads. */
const READ_SOURCES = `${COMMON}
import h5py
for name, file, dataset, t0, t1, c0, c1 in json.loads(sys.argv[1]):
    with h5py.File(file) as f: results[name] = dict(values=f[dataset][t0:t1, c0:c1].astype('f8').tolist(), dtype=str(f[dataset].dtype))
print(json.dumps(results))
`;

interface Source {
  readonly sample: string;
  readonly dataset: string;
  readonly time: readonly [number, number];
  readonly channel: readonly [number, number];
  readonly stepNs: number;
  readonly firstM: number;
  readonly stepM: number;
  readonly gaugeLengthM: number;
}

const SOURCES: Readonly<Record<string, Source>> = {
  float32: {
    sample: 'das/terra15_v5_test_file.hdf5',
    dataset: '/data_product/data',
    time: [100, 160],
    channel: [3, 12],
    stepNs: 310_771,
    firstM: 30.220196,
    stepM: 1.633524,
    gaugeLengthM: 2.450286,
  },
  int16: {
    sample: 'das/silixa_h5_1.hdf5',
    dataset: '/Acoustic',
    time: [10, 60],
    channel: [100, 110],
    stepNs: 2_000_000,
    firstM: 8082.911,
    stepM: 2.041904,
    gaugeLengthM: 10,
  },
  int32: {
    sample: 'das/ap_sensing_1.hdf5',
    dataset: '/DAS',
    time: [50, 100],
    channel: [4000, 4008],
    stepNs: 2_000_000,
    firstM: 124.1478,
    stepM: 1.2251428,
    gaugeLengthM: 4.900571,
  },
};

const samples = Object.values(SOURCES).map(({ sample }) => sample);

describeWithSamples('slices of recordings, converted', samples, () => {
  it('are to pyarrow, obspy, h5py and zarr what h5py reads in the source', async () => {
    const names = Object.keys(SOURCES);
    const startsNs: Record<string, bigint> = {};
    for (const [name, source] of Object.entries(SOURCES)) {
      const { time, channel, stepNs, firstM, stepM } = source;
      const seconds = time.map((i) => String(((i - 0.5) * stepNs) / 1e9));
      const metres = [channel[0] - 0.4, channel[1] - 0.6].map((i) => String(firstM + i * stepM));
      const slice = ['--time', ...seconds, '--distance', ...metres];
      await convert(samplePath(source.sample), name, ...slice);
      const { text } = await run('read', '--stats', '--json', samplePath(source.sample), ...slice);
      startsNs[name] = BigInt(/"startTime": (\d+)/.exec(text)?.[1] ?? 0);
    }
    const requests = names.map((name) => {
      const { sample, dataset, time, channel } = SOURCES[name] as Source;
      return [name, samplePath(sample), dataset, ...time, ...channel];
    });
    const truth = runPeer<Record<string, Found>>(READ_SOURCES, [JSON.stringify(requests)]);
    const found = {
      ...runPeer<Record<string, Found>>(READ_ARROW_MINISEED_PRODML, [folder, ...names]),
      ...das.runPeer<Record<string, Found>>(READ_ZARR, [folder, ...names]),
    };
    expect(Object.keys(found)).toHaveLength(12);
    for (const [key, peer] of Object.entries(found)) {
      const [name, target] = key.split('.') as [string, (typeof TARGETS)[number]];
      const source = SOURCES[name] as Source;
      expect(peer.values, key).toEqual(truth[name]?.values);
      // Steim compression packs 32-bit integers.
      const isPacked = target === 'miniseed' && name === 'int16';
      expect(peer.dtype, key).toBe(isPacked ? 'int32' : truth[name]?.dtype);
      // PRODML counts microseconds, MiniSEED 2 too.
      const exact = target === 'arrow' || target === 'zarr';
      const off = Number(BigInt(peer.timesNs[0] as string) - (startsNs[name] as bigint));
      expect(Math.abs(off), key).toBeLessThan(exact ? 1 : 1001);
      expect(peer.timesNs).toHaveLength(source.time[1] - source.time[0]);
      if (target === 'miniseed') continue;
      expect(peer.gaugeLengthM, key).toBeCloseTo(source.gaugeLengthM, 3);
      const metres = peer.distancesM as readonly number[];
      metres.forEach((m, i) => {
        const expected = source.firstM + (source.channel[0] + i) * source.stepM;
        expect(Math.abs(m - expected), `${key} channel ${i}`).toBeLessThan(2e-3);
      });
    }
    for (const name of names) {
      expect(found[`${name}.zarr`]?.timesNs).toEqual(found[`${name}.arrow`]?.timesNs);
      expect(found[`${name}.zarr`]?.unit).toBe(found[`${name}.arrow`]?.unit);
    }
  }, 60_000);
});

const READ_SEED = `
import json, sys, obspy
def what(file):
    stream = obspy.read(file)
    t = stream[0].stats
    return dict(ids=sorted({trace.id for trace in stream}), rateHz=t.sampling_rate, startNs=str(t.starttime.ns), endNs=str(max(x.stats.endtime for x in stream).ns))
print(json.dumps([what(file) for file in sys.argv[1:]]))
`;

describe('MiniSEED of a recording', () => {
  it.each([
    [5000, 'J'],
    [4000, 'F'],
    [500, 'C'],
    [100, 'H'],
    [25, 'B'],
    [2, 'M'],
    [1, 'L'],
    [0.1, 'V'],
    [0.01, 'U'],
  ])('at %d Hz is of band %s', (rateHz, band) => {
    const run = { firstIndex: 0, sampleCount: 1, startNs: 0n, rateHz };
    expect(fibreChannelCode({ runs: [run] })).toBe(`${band}SF`);
  });

  das.describeWithPeers('beside obspy', () => {
    it('has the codes, rate and span that convert says, at rates that are no whole numbers too', async () => {
      const rates = [100, 500, 1 / 3, 3217.8];
      const startNs = 1_700_000_000_123_456_000n;
      const told: { seed: { rateHz: number; channel: string }; [key: string]: unknown }[] = [];
      for (const [i, rateHz] of rates.entries()) {
        const recording = memoryRecording({
          samples: Float64Array.from({ length: 6000 }, (_, k) => Math.sin(k)),
          ...{ type: 'float64', channelCount: 3, storedUnit: 'nanostrain/s', gaugeLengthM: 8 },
          runs: [{ firstIndex: 0, sampleCount: 2000, startNs, rateHz }],
          ...{ firstDistanceM: 40, spacingM: 4 },
        });
        await writeZarr({ path: at(`seed${i}.zarr`), recording });
        const out = ['--json', '--out', at(`seed${i}.mseed`)];
        const { text } = await run('convert', '--to', 'miniseed', ...out, at(`seed${i}.zarr`));
        told.push(JSON.parse(text) as (typeof told)[number]);
      }
      const files = rates.map((_, i) => at(`seed${i}.mseed`));
      const peers = runPeer<{ ids: string[]; rateHz: number; startNs: string; endNs: string }[]>(
        READ_SEED,
        files,
      );
      for (const [i, peer] of peers.entries()) {
        const { seed, conversion } = told[i] ?? { seed: { rateHz: 0, channel: '' } };
        // Zarr has times, in nanoseconds: a rate comes back as well as those tell it.
        const rateHz = seed.rateHz;
        expect(Math.abs(rateHz / (rates[i] as number) - 1)).toBeLessThan(2e-6);
        const stations = ['00000', '00001', '00002'];
        expect(peer.ids).toEqual(stations.map((station) => `XX.${station}..${seed.channel}`));
        expect(seed).toMatchObject({ network: 'XX', location: '', stations: ['00000', '00002'] });
        expect(Math.abs(peer.rateHz / rateHz - 1)).toBeLessThan(1e-7);
        expect(peer.startNs).toBe(String(startNs));
        const spanNs = Number(BigInt(peer.endNs) - startNs);
        expect(Math.abs(spanNs - (1999 / rateHz) * 1e9)).toBeLessThan(0.01e9 / rateHz);
        expect(conversion).toMatchObject({ units: 'microstrain/s', factor: 0.001 });
        expect(told[i]).toMatchObject({ units: 'nanostrain/s', firstDistanceM: 40, spacingM: 4 });
      }
      expect(told.map(({ seed }) => seed.channel)).toEqual(['HSF', 'CSF', 'VSF', 'FSF']);
    }, 60_000);
  });
});

das.describeWithPeers('a recording with a gap and a start between microseconds, converted', () => {
  it('keeps the gap, the nanoseconds where the format has them, and says what does not fit', async () => {
    const startNs = 1_700_000_000_123_456_789n;
    const runs = [
      { firstIndex: 0, sampleCount: 30, startNs, rateHz: 100 },
      { firstIndex: 30, sampleCount: 20, startNs: startNs + 1_300_000_000n, rateHz: 100 },
    ];
    const values = Float64Array.from({ length: 150 }, (_, i) => Math.sin(i) * 10 ** ((i % 9) - 4));
    const source = at('gap-source.zarr');
    const recording = memoryRecording({
      ...{ samples: values, type: 'float64', channelCount: 3, runs, storedUnit: 'strain/s' },
      ...{ gaugeLengthM: 8.16, firstDistanceM: 1000.1, spacingM: 4.08 },
    });
    await writeZarr({ path: source, recording });
    await convert(source, 'gap');
    const found = {
      ...runPeer<Record<string, Found>>(READ_ARROW_MINISEED_PRODML, [folder, 'gap']),
      ...das.runPeer<Record<string, Found>>(READ_ZARR, [folder, 'gap']),
    };
    const timesNs = Array.from({ length: 50 }, (_, i) => {
      const gapNs = i < 30 ? 0n : 1_000_000_000n;
      return startNs + gapNs + BigInt(i) * 10_000_000n;
    });
    expect(Object.keys(found)).toHaveLength(4);
    for (const [key, peer] of Object.entries(found)) {
      expect(peer.values.flat(), key).toEqual(Array.from(values));
      const exact = key.endsWith('arrow') || key.endsWith('zarr');
      const off = peer.timesNs.map((text, i) =>
        Math.abs(Number(BigInt(text) - (timesNs[i] ?? 0n))),
      );
      expect(Math.max(...off), key).toBeLessThan(exact ? 1 : 1001);
      if (key.endsWith('miniseed')) continue;
      expect(peer.gaugeLengthM).toBe(8.16);
      peer.distancesM?.forEach((m, i) => expect(m).toBeCloseTo(1000.1 + i * 4.08, 6));
    }
    const strain = await run(
      ...['convert', '--to', 'arrow', '--values', 'strain-rate', '--json'],
      ...['--out', at('strain.arrow'), source],
    );
    expect(JSON.parse(strain.text)).toMatchObject({ units: 'microstrain/s', dtype: 'float32' });
    const again = await run('read', '--stats', '--json', at('gap.prodml'));
    expect(JSON.parse(again.text)).toMatchObject({ count: 150, firstDistanceM: 1000.1 });
  }, 60_000);
});
