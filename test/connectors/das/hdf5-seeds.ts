/** Small files of the HDF5 formats, seeded damage to them, and the reading of the result. @module */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openSourceFile } from '../../../connectors/source-file.js';
import { apSensingFormat } from '../../../connectors/das/formats/ap-sensing.js';
import { febusA1Format } from '../../../connectors/das/formats/febus-a1.js';
import { gdrFormat } from '../../../connectors/das/formats/gdr.js';
import { neubrexFormat } from '../../../connectors/das/formats/neubrex.js';
import { odh3Format } from '../../../connectors/das/formats/odh3.js';
import { odh4Format } from '../../../connectors/das/formats/odh4.js';
import { optodasFormat } from '../../../connectors/das/formats/optodas.js';
import { silixaH5Format } from '../../../connectors/das/formats/silixa-h5.js';
import { terra15Format } from '../../../connectors/das/formats/terra15.js';
import { dasdaeFormat } from '../../../connectors/das/formats/dasdae.js';
import { dasvaderFormat } from '../../../connectors/das/formats/dasvader.js';
import { ai4epsFormat } from '../../../connectors/das/formats/ai4eps.js';
import { genericHdf5Format } from '../../../connectors/das/formats/generic-hdf5.js';
import { prodmlFormat } from '../../../connectors/das/formats/prodml.js';
import { xdasNetcdfFormat } from '../../../connectors/das/formats/xdas-netcdf.js';
import type { DasFormat } from '../../../connectors/das/das-format.js';
import { isQuakeError } from '../../../core/errors.js';

/** Writes the seeds into the folder of its first argument and prints their names. */
export const WRITE_SEEDS = `
import json, pathlib, sys, warnings
warnings.filterwarnings('ignore')
import h5py, hdf5plugin, numpy as np
folder = pathlib.Path(sys.argv[1])
n, m = 60, 12
values = np.sin(np.arange(n * m, dtype='f4')).reshape(n, m)
times = 1.6e9 + np.arange(n) * 0.01
for name, options in {
    'contiguous': {}, 'gzip': dict(chunks=(20, 5), compression='gzip', shuffle=True),
    'fletcher': dict(chunks=(20, 5), compression='gzip', fletcher32=True),
    'lzf': dict(chunks=(20, 5), compression='lzf'), 'szip': dict(chunks=(20, 6), compression='szip'),
    'blosc': dict(chunks=(20, 5), **hdf5plugin.Blosc()), 'blosc2': dict(chunks=(20, 5), **hdf5plugin.Blosc2()),
    'zstd': dict(chunks=(20, 5), **hdf5plugin.Zstd()), 'lz4': dict(chunks=(20, 5), **hdf5plugin.LZ4()),
    'bitshuffle': dict(chunks=(20, 5), **hdf5plugin.Bitshuffle()), 'bzip2': dict(chunks=(20, 5), **hdf5plugin.BZip2()),
    'zfp': dict(chunks=(20, 5), **hdf5plugin.Zfp(accuracy=1e-3)),
}.items():
    for libver in ('earliest', 'latest'):
        with h5py.File(folder / f'generic-{name}-{libver}.h5', 'w', libver=libver) as f:
            f.create_dataset('data', data=values, **options)
            f['time'] = times
            f['distance'] = np.arange(m) * 2.0
with h5py.File(folder / 'ai4eps.h5', 'w') as f:
    d = f.create_dataset('data', data=values.T, chunks=(5, 20), compression='gzip')
    d.attrs.update({'dt_s': 0.01, 'dx_m': 2.0, 'begin_time': '2020-01-01T00:00:00', 'unit': 'microstrain/s'})
with h5py.File(folder / 'prodml.h5', 'w') as f:
    a = f.create_group('Acquisition')
    a.attrs.update({'schemaVersion': '2.1', 'GaugeLength': 10.0, 'SpatialSamplingInterval': 2.0, 'NumberOfLoci': m, 'StartLocusIndex': 5})
    r = a.create_group('Raw[0]')
    r.attrs.update({'OutputDataRate': 100.0, 'NumberOfLoci': m, 'RawDataUnit': 'nm/m/s'})
    r['RawData'] = values
    r['RawDataTime'] = 1500000000000000 + np.arange(n, dtype='i8') * 10000
tp = np.dtype([('hi', '<f8'), ('lo', '<f8')])
sr = np.dtype([('ref', tp), ('step', tp), ('len', '<i8'), ('offset', '<i8')])
instant = np.dtype([('instant', np.dtype([('periods', np.dtype([('value', '<i8')]))]))])
with h5py.File(folder / 'dasvader.jld2', 'w', userblock_size=512, libver='latest') as f:
    data = f.create_dataset('_refs/1', data=values)
    start = f.create_dataset('_refs/2', data=np.array([(((62135683200000 + 1650000000123,),),)], dtype=instant))
    record = np.zeros((), dtype=np.dtype([('time', sr), ('htime', h5py.ref_dtype), ('offset', sr), ('strainrate', h5py.ref_dtype)]))
    record['time'] = ((0.5, 0.0), (0.004, 0.0), n, 1)
    record['offset'] = ((100.0, 0.0), (4.8, 0.0), m, 1)
    record['htime'], record['strainrate'] = start.ref, data.ref
    f['dDAS'] = record
import dascore, xdas
coords = {'time': (np.datetime64('2023-01-01') + (np.arange(n) * 10_000_000).astype('m8[ns]')), 'distance': np.arange(m) * 2.0}
dascore.Patch(data=values, coords=coords, dims=('time', 'distance'), attrs={'data_units': 'm/s', 'gauge_length': 10.0}).io.write(folder / 'dasdae.h5', 'dasdae')
t0 = np.datetime64('2023-01-01T00:00:00.123456789')
ms = lambda value: t0 + np.timedelta64(value, 'ms')
tie = {'time': {'tie_indices': [0, 29, 30, 59], 'tie_values': [ms(0), ms(290), ms(1300), ms(1590)]}, 'distance': {'tie_indices': [0, m - 1], 'tie_values': [100.0, 122.0]}}
xdas.DataArray(values, tie).to_netcdf(str(folder / 'xdas.nc'))
print(json.dumps(sorted(p.name for p in folder.iterdir())))
`;

const FORMATS: readonly (readonly [RegExp, DasFormat])[] = [
  [/^ap-sensing/, apSensingFormat],
  [/^febus-a1/, febusA1Format],
  [/^gdr/, gdrFormat],
  [/^neubrex/, neubrexFormat],
  [/^odh3/, odh3Format],
  [/^odh4/, odh4Format],
  [/^optodas/, optodasFormat],
  [/^silixa-h5/, silixaH5Format],
  [/^terra15/, terra15Format],
  [/^ai4eps/, ai4epsFormat],
  [/^prodml/, prodmlFormat],
  [/^dasvader/, dasvaderFormat],
  [/^dasdae/, dasdaeFormat],
  [/^xdas/, xdasNetcdfFormat],
  [/^generic/, genericHdf5Format],
];

/** Reader of a seed. */
export function formatOf(name: string): DasFormat {
  return (FORMATS.find(([pattern]) => pattern.test(name)) as (typeof FORMATS)[number])[1];
}

/** Numbers in [0, 1) that depend on the seed alone (Mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const HOSTILE = [0x00, 0x01, 0x7f, 0x80, 0xff];

/** Cut off, bits turned over, bytes and whole words set to extremes, pieces copied elsewhere. */
export function damaged(bytes: Buffer, seed: number): Buffer {
  const random = randomOf(seed);
  const below = (end: number): number => Math.floor(random() * end);
  let out = Buffer.from(bytes);
  for (let times = 1 + below(4); times > 0; times--) {
    // Headers stand in the first kilobytes, and near the end in files written by xdas.
    const reach = random() < 0.7 ? Math.min(out.length, 4096) : out.length;
    const at = below(Math.max(1, reach - 8));
    const kind = below(6);
    if (out.length < 16) break;
    if (kind === 0) out[at] = (out[at] as number) ^ (1 << below(8));
    else if (kind === 1) out[at] = HOSTILE[below(HOSTILE.length)] as number;
    else if (kind === 2) out.fill(HOSTILE[below(HOSTILE.length)] as number, at, at + 1 + below(8));
    else if (kind === 3) out.writeUInt32LE(below(2 ** 32), at);
    else if (kind === 4) out.copy(out, at, below(out.length - 8), out.length);
    else if (random() < 0.3) out = out.subarray(0, 8 + below(out.length - 8));
  }
  return out;
}

/**
 * Opens, scans and reads a block; the kind of error, or what was read, or `CorruptSource: endless` of a
 * file that the library had to be stopped at. Rethrows untyped errors.
 */
export async function attempt(file: string, format: DasFormat): Promise<string> {
  try {
    const source = await openSourceFile({ path: file });
    await format.probe(source);
    return await format.withRecording({ file: source, options: {} }, async (recording) => {
      const { timeCount, channelCount } = recording.layout;
      const block = await recording.readBlock({
        time: [0, Math.min(timeCount, 1000)],
        channel: [0, Math.min(channelCount, 1000)],
      });
      return block.length > 0 ? 'read' : 'empty';
    });
  } catch (error) {
    if (!isQuakeError(error)) throw error;
    return error.message.includes('in circles') ? `${error._tag}: endless` : error._tag;
  }
}

/** Case `number`: a seed file, damaged, written to `target` and read. */
export async function fuzzCase(input: {
  readonly folder: string;
  readonly names: readonly string[];
  readonly number: number;
  readonly target: string;
}): Promise<string> {
  const name = input.names[input.number % input.names.length] as string;
  const bytes = readFileSync(path.join(input.folder, name));
  writeFileSync(input.target, damaged(bytes, input.number));
  return attempt(input.target, formatOf(name));
}
