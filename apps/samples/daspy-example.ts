/**
 * The example recording of DASPy (a pickle of float64 samples) in, an HDF5 file of the AI4EPS layout
 * out, which the connectors read.
 * @module
 */
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type * as H5wasm from 'h5wasm/node';
import { guarded } from '../../connectors/hdf5/library/guard.js';
import { loadH5wasm } from '../../connectors/hdf5/library/load-h5wasm.js';
import { hidden } from './cached-file.js';
import { pickledFloat64 } from './pickled-array.js';

const CHANNELS = 500;
const SAMPLES = 5000;

/**
 * What the pickle of daspy-toolbox 1.2.7 says about the recording; its hash is pinned, so that these
 * cannot change under us.
 */
const TEXTS = {
  begin_time: '2016-03-21T07:37:30.532309Z',
  event_time: '2016-03-21T07:37:10.535000Z',
  source: 'PyPI daspy-toolbox 1.2.7 core/example.pkl (MIT)',
  unit: 'strain rate (as DASPy example, scale 1)',
} as const;
const NUMBERS = { dt_s: 0.01, dx_m: 1, start_distance_m: 2520 } as const;
const START_CHANNEL = 2500n;

/**
 * Writes `/data` [500 channels, 5000 samples], float32, to `file`, which appears when it is whole.
 * Throws CorruptSourceError when the pickle is not as expected.
 */
export async function writeDaspyExample(input: {
  readonly source: string;
  readonly pickle: Uint8Array;
  readonly file: string;
}): Promise<void> {
  const { source, pickle, file } = input;
  const samples = Float32Array.from(
    pickledFloat64({ source, pickle, rows: CHANNELS, columns: SAMPLES }),
  );
  await mkdir(path.dirname(file), { recursive: true });
  const h5 = await loadH5wasm();
  const module = await h5.ready;
  const partial = hidden(file, `${process.pid}.tmp`);
  try {
    guarded(module, partial, 'file', () => write(h5, partial, samples));
    await rename(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
}

function write(h5: typeof H5wasm, file: string, samples: Float32Array): void {
  const opened = new h5.File(file, 'w');
  try {
    const data = opened.create_dataset({
      name: 'data',
      data: samples,
      shape: [CHANNELS, SAMPLES],
      dtype: '<f',
      chunks: [100, SAMPLES],
      compression: 4,
    });
    for (const [name, value] of Object.entries(TEXTS)) {
      data.create_attribute(name, value, [], `S${Buffer.byteLength(value)}`);
    }
    for (const [name, value] of Object.entries(NUMBERS)) {
      data.create_attribute(name, value, [], '<d');
    }
    data.create_attribute('start_channel', BigInt64Array.of(START_CHANNEL), [], '<q');
  } finally {
    opened.close();
  }
}
