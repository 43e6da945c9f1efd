import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withHdf5, type Hdf5Reader } from '../../../connectors/hdf5/hdf5.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { peersOf } from '../../support/peers.js';
import { openFiles, temporaryFolder } from './support.js';

const { describeWithPeers, runPeer } = peersOf('das');
const folder = temporaryFolder();
const at = (...names: string[]): string => path.join(folder, ...names);

async function reading<T>(file: string, use: (reader: Hdf5Reader) => T | Promise<T>): Promise<T> {
  return withHdf5(await openSourceFile({ path: file }), use);
}

type Range = readonly [number, number];

/** The ranges through the fast path and through the library, as bytes. */
async function both(file: string, ranges: readonly Range[]): Promise<readonly [Buffer, Buffer]> {
  return reading(file, async (reader) => {
    const bytes = (view: ArrayBufferView): Buffer =>
      Buffer.from(view.buffer, view.byteOffset, view.byteLength);
    const fast = bytes(await reader.read('/data', ranges));
    return [fast, bytes(reader.slice('/data', ranges))] as const;
  });
}

const FILTERS = `
import json, sys, h5py, hdf5plugin, numpy as np
folder = sys.argv[1]
rows, columns = 130, 70
base = np.cumsum(np.random.default_rng(3).integers(-3, 4, (rows, columns)), axis=0)
kinds = {
  'contiguous': {}, 'chunked': dict(chunks=(40, 30)), 'gzip': dict(compression='gzip'), 'shuffle-gzip': dict(compression='gzip', shuffle=True),
  'fletcher': dict(compression='gzip', fletcher32=True), 'szip': dict(chunks=(40, 32), compression='szip'), 'lzf': dict(compression='lzf', shuffle=True),
  'lz4': hdf5plugin.LZ4(), 'zstd': hdf5plugin.Zstd(), 'blosc': hdf5plugin.Blosc(cname='zstd'), 'blosc2': hdf5plugin.Blosc2(cname='lz4'),
  'bitshuffle': hdf5plugin.Bitshuffle(), 'bzip2': hdf5plugin.BZip2(), 'zfp': hdf5plugin.Zfp(reversible=True),
  'growing': dict(maxshape=(None, columns)), 'single': dict(chunks=(rows, columns), compression='gzip'), 'early': dict(compression='gzip', fillvalue=1),
}
made = []
for kind, options in kinds.items():
  for dtype in ('<f4', '>f4', '<i2', '>i4', '<f8', '<u1', '>i8'):
    if kind not in ('contiguous', 'chunked', 'gzip', 'shuffle-gzip') and dtype not in ('<f4', '<i2'): continue
    if kind == 'zfp' and dtype == '<i2': continue
    for libver in ('earliest', 'latest'):
      name = f'{kind}-{dtype[1:]}-{"be" if dtype[0] == ">" else "le"}-{libver}'
      values = base.astype(dtype)
      options = dict(options)
      if kind != 'contiguous': options.setdefault('chunks', (40, 30))
      with h5py.File(f'{folder}/{name}.h5', 'w', libver=libver) as f:
        f.create_dataset('data', data=values, **options)
      with h5py.File(f'{folder}/{name}.h5') as f:
        f['data'][:].astype(dtype.replace('>', '<')).tofile(f'{folder}/{name}.raw')
      made.append([name, np.dtype(dtype).itemsize])
print(json.dumps(made))
`;

describeWithPeers('values as h5py and hdf5plugin read them', () => {
  it('are equal to the bit for every filter, type, byte order and file version, by any slice', async () => {
    const made = runPeer<[string, number][]>(FILTERS, [folder]);
    expect(made.length).toBeGreaterThan(80);
    const slices: [Range, Range][] = [
      [
        [0, 130],
        [0, 70],
      ],
      [
        [39, 81],
        [29, 61],
      ],
      [
        [129, 130],
        [69, 70],
      ],
    ];
    for (const [name, width] of made) {
      const raw = readFileSync(at(`${name}.raw`));
      for (const ranges of slices) {
        const [[a, b], [c, d]] = ranges;
        const rows = Array.from({ length: b - a }, (_, i) =>
          raw.subarray(((a + i) * 70 + c) * width, ((a + i) * 70 + d) * width),
        );
        const [fast, library] = await both(at(`${name}.h5`), ranges);
        const expected = Buffer.concat(rows);
        expect(fast.equals(expected), `${name} ${JSON.stringify(ranges)} fast`).toBe(true);
        expect(library.equals(expected), `${name} ${JSON.stringify(ranges)} library`).toBe(true);
      }
    }
  }, 60_000);

  it('reads three axes, many chunks in a deep index, and chunks that were never written', async () => {
    runPeer(
      `
import json, sys, h5py, numpy as np
with h5py.File(sys.argv[1], 'w') as f:
    f.create_dataset('data', data=np.arange(7*11*13, dtype='i4').reshape(7, 11, 13), chunks=(2, 3, 4), compression='gzip', shuffle=True)
with h5py.File(sys.argv[2], 'w') as f:
    f.create_dataset('data', data=np.arange(90000, dtype='i4').reshape(300, 300), chunks=(3, 3), compression='gzip')
with h5py.File(sys.argv[3], 'w', libver='latest') as f:
    f.create_dataset('data', data=np.arange(90000, dtype='i4').reshape(300, 300), chunks=(3, 3), compression='gzip')
with h5py.File(sys.argv[4], 'w') as f:
    d = f.create_dataset('data', (100, 100), 'i4', chunks=(10, 10), fillvalue=-7)
    d[20:30, 40:50] = 3
print('true')`,
      ['three.h5', 'deep.h5', 'paged.h5', 'holes.h5'].map((name) => at(name)),
    );
    await reading(at('three.h5'), async (reader) => {
      const values = await reader.read('/data', [
        [1, 6],
        [2, 10],
        [3, 12],
      ]);
      const expected: number[] = [];
      for (let i = 1; i < 6; i++)
        for (let j = 2; j < 10; j++)
          for (let k = 3; k < 12; k++) expected.push((i * 11 + j) * 13 + k);
      expect(Array.from(values as Int32Array)).toEqual(expected);
    });
    for (const name of ['deep.h5', 'paged.h5']) {
      const [fast, library] = await both(at(name), [
        [101, 299],
        [7, 222],
      ]);
      expect(fast.equals(library)).toBe(true);
      expect(fast.readInt32LE(0)).toBe(101 * 300 + 7);
    }
    const [holes] = await both(at('holes.h5'), [
      [19, 21],
      [39, 41],
    ]);
    expect([0, 4, 8, 12].map((i) => holes.readInt32LE(i))).toEqual([-7, -7, -7, 3]);
  });

  it('names an unknown filter and its dataset', async () => {
    runPeer(
      `
import sys, h5py, hdf5plugin, numpy as np
with h5py.File(sys.argv[1], 'w') as f:
    f.create_dataset('data', data=np.zeros((40, 40), 'f4'), chunks=(10, 10), **hdf5plugin.Zstd())
raw = open(sys.argv[1], 'rb').read()
at = raw.index((32015).to_bytes(2, 'little'))
open(sys.argv[1], 'wb').write(raw[:at] + (31999).to_bytes(2, 'little') + raw[at + 2:])
print('true')`,
      [at('unknown.h5')],
    );
    await expect(
      reading(at('unknown.h5'), (reader) => reader.dataset('/data')),
    ).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
      message: expect.stringMatching(
        /\/data is compressed with the unknown filter 31999/,
      ) as string,
    });
  });

  it('follows virtual datasets inside the folder only, and refuses a missing source', async () => {
    mkdirSync(at('vds', 'parts'), { recursive: true });
    runPeer(
      `
import os, sys, h5py, numpy as np
folder = sys.argv[1]
os.chdir(folder)
for i, name in enumerate(['vds/parts/a.h5', 'vds/parts/b.h5', 'outside.h5']):
    with h5py.File(name, 'w') as f: f['x'] = np.full((3, 4), i + 1, 'f4')
os.chdir('vds')
for target, sources in {'good.h5': ['parts/a.h5', 'parts/b.h5'], 'lost.h5': ['parts/a.h5', 'parts/none.h5'], 'escape.h5': ['parts/a.h5', '../outside.h5'],
        'absolute.h5': [os.path.join(folder, 'outside.h5'), 'parts/a.h5']}.items():
    layout = h5py.VirtualLayout((6, 4), 'f4')
    for i, source in enumerate(sources): layout[3 * i : 3 * i + 3] = h5py.VirtualSource(source, 'x', (3, 4))
    with h5py.File(target, 'w', libver='latest') as f: f.create_virtual_dataset('data', layout, fillvalue=-1)
with h5py.File('link.h5', 'w') as f: f['data'] = h5py.ExternalLink('../outside.h5', '/x')
with h5py.File('soft.h5', 'w') as f:
    f['out'] = h5py.ExternalLink('../outside.h5', '/')
    f['data'] = h5py.SoftLink('/out/x')
with h5py.File('external.h5', 'w') as f: f.create_dataset('data', (6, 4), 'f4', external=[('../outside.h5', 0, 96)])
print('true')`,
      [folder],
    );
    const read = (name: string): Promise<number[]> =>
      reading(at('vds', name), async (reader) =>
        Array.from(
          (await reader.read('/data', [
            [1, 5],
            [0, 1],
          ])) as Float32Array,
        ),
      );
    expect(await read('good.h5')).toEqual([1, 1, 2, 2]);
    for (const name of ['lost.h5', 'escape.h5', 'absolute.h5']) {
      await expect(read(name), name).rejects.toMatchObject({
        _tag: 'UnsupportedSource',
        message: expect.stringMatching(/points to another file/) as string,
      });
    }
    for (const name of ['link.h5', 'soft.h5', 'external.h5']) {
      const found = await read(name).catch((error: unknown) => (error as { _tag?: string })._tag);
      expect(`${name} ${String(found)}`).toMatch(/ (UnsupportedSource|CorruptSource)$/);
    }
  });

  it('reads beyond 4 GiB, with blanks and letters of any script in the name, from a folder without write permission', async () => {
    const strange = at('Gerät 7 – файл', '記録 a%20b#?.h5');
    mkdirSync(path.dirname(strange));
    runPeer(
      `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], 'w') as f:
    f.create_dataset('data', (1_200_000_000, 1), 'f4')
    f['data'][1_199_999_990:] = np.arange(10, dtype='f4')[:, None]
    f['/data'][5] = 2.5
print('true')`,
      [strange],
    );
    chmodSync(path.dirname(strange), 0o555);
    const ranges: Range[] = [
      [1_199_999_989, 1_200_000_000],
      [0, 1],
    ];
    const [fast, library] = await both(strange, ranges);
    expect(fast.equals(library)).toBe(true);
    expect(fast.readFloatLE(40)).toBe(9);
    chmodSync(path.dirname(strange), 0o755);
    symlinkSync(strange, at('link-to.h5'));
    const [early] = await both(at('link-to.h5'), [
      [5, 6],
      [0, 1],
    ]);
    expect(early.readFloatLE(0)).toBe(2.5);
  });

  it('says so when the file changes or is claimed to hold what it cannot', async () => {
    runPeer(
      `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], 'w') as f: f['data'] = np.zeros((100, 100), 'f4')
with h5py.File(sys.argv[2], 'w') as f: f.create_dataset('data', (1_000_000, 1_000_000), 'f4', chunks=(1000, 1000), compression='gzip')
print('true')`,
      [at('live.h5'), at('huge.h5')],
    );
    await expect(
      reading(at('live.h5'), async (reader) => {
        await reader.read('/data', [
          [0, 100],
          [0, 100],
        ]);
        const fd = openSync(at('live.h5'), 'a');
        writeSync(fd, 'more');
        closeSync(fd);
      }),
    ).rejects.toMatchObject({ _tag: 'Unavailable', retryable: true });
    await expect(reading(at('huge.h5'), (reader) => reader.dataset('/data'))).rejects.toMatchObject(
      {
        _tag: 'CorruptSource',
        at: '/data',
        message: expect.stringMatching(/claims 4000000000000 bytes/) as string,
      },
    );
    renameSync(at('live.h5'), at('gone.h5'));
    await expect(
      withHdf5({ path: at('live.h5'), head: readFileSync(at('gone.h5')).subarray(0, 64) }, () => 1),
    ).rejects.toMatchObject({ _tag: 'Unavailable' });
  });

  it('a contiguous dataset cut off is an error that names the bytes', async () => {
    runPeer(
      `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], 'w') as f: f['data'] = np.ones((100, 100), 'f4')
print('true')`,
      [at('short.h5')],
    );
    const bytes = readFileSync(at('short.h5'));
    // The end of the file that the superblock promises, moved to where it is cut.
    const cut = bytes.subarray(0, bytes.length - 1000);
    cut.writeBigUInt64LE(BigInt(cut.length), 40);
    writeFileSync(at('short.h5'), cut);
    await expect(
      reading(at('short.h5'), (reader) =>
        reader.read('/data', [
          [0, 100],
          [0, 100],
        ]),
      ),
    ).rejects.toMatchObject({ _tag: 'CorruptSource', at: '/data' });
  });
});

describeWithPeers('a file that leads the HDF5 library in circles', () => {
  it('is refused in time, at once the next time, closed, and the next file is read', async () => {
    const [endless, sound] = [at('endless.h5'), at('sound.h5')];
    runPeer(
      `
import bz2, sys, h5py, hdf5plugin, numpy as np
values = np.random.default_rng(1).random((20, 20)).astype('f4')
for name, end in ((sys.argv[1], -40), (sys.argv[2], None)):
    with h5py.File(name, 'w') as f:
        data = f.create_dataset('data', (20, 20), 'f4', chunks=(20, 20), **hdf5plugin.BZip2())
        data.id.write_direct_chunk((0, 0), bz2.compress(values.tobytes())[:end])
print('true')`,
      [endless, sound],
    );
    const ranges: Range[] = [
      [0, 20],
      [0, 20],
    ];
    const expected = {
      _tag: 'CorruptSource',
      source: endless,
      at: '/data',
      message: expect.stringMatching(/in circles; it was stopped/) as string,
    };
    const source = await openSourceFile({ path: endless });
    const read = (limitMs: number): Promise<unknown> =>
      withHdf5(source, (reader) => reader.read('/data', ranges), { limitMs });
    await expect(read(300)).rejects.toMatchObject(expected);
    expect(openFiles(folder)).toEqual([]);
    // With a limit longer than the test may take.
    await expect(read(1e9)).rejects.toMatchObject(expected);
    expect(
      await reading(sound, async (reader) => (await reader.read('/data', ranges)).length),
    ).toBe(400);
  });
});

describe('ranges outside the dataset', () => {
  it('are refused before anything is read', async () => {
    const file = at('tiny.h5');
    const { loadH5wasm } = await import('../../../connectors/hdf5/library/load-h5wasm.js');
    const h5 = await loadH5wasm();
    const made = new h5.File(file, 'w');
    made.create_dataset({ name: 'data', data: new Float32Array(12), shape: [3, 4] });
    made.close();
    for (const ranges of [
      [
        [0, 4],
        [0, 4],
      ],
      [
        [2, 2],
        [0, 1],
      ],
      [[0, 1]],
    ] as Range[][]) {
      await expect(reading(file, (reader) => reader.read('/data', ranges))).rejects.toMatchObject({
        _tag: 'InvalidInput',
      });
    }
  });
});
