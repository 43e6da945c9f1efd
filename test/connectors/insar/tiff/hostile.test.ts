import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { directoryBytes, type Tag } from '../../../../connectors/insar/cog/directory-bytes.js';
import { inspectInsarFile } from '../../../../connectors/insar/inspect/inspect.js';
import { inspectRaster } from '../../../../connectors/insar/inspect/inspect-tiff.js';
import { openRaster, readWindow } from '../../../../connectors/insar/tiff/read.js';
import { peersOf } from '../../../support/peers.js';
import { bytesSource } from './mutate.js';

const { describeWithPeers, runPeer } = peersOf('insar');

const long = (tag: number, ...values: number[]): Tag => ({ tag, type: 'long', values });
const short = (tag: number, ...values: number[]): Tag => ({ tag, type: 'short', values });

/** An uncompressed float32 strip of 2 x 2 pixels at byte 1000, with some tags replaced. */
function tiff(replace: readonly Tag[] = [], next = 0): Uint8Array {
  const base = [
    ...[long(256, 2), long(257, 2), short(258, 32), short(259, 1), long(273, 1000)],
    ...[short(277, 1), long(278, 2), long(279, 16), short(339, 3)],
  ].filter(({ tag }) => !replace.some((other) => other.tag === tag));
  const out = new Uint8Array(1016);
  out.set([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
  out.set(directoryBytes({ tags: [...base, ...replace], at: 8, next, bigTiff: false }), 8);
  out.set(new Uint8Array(Float32Array.from([1, 2, 3, 4]).buffer), 1000);
  return out;
}

const inspect = async (bytes: Uint8Array) =>
  inspectRaster(await openRaster(bytesSource(bytes, 'a.tif')), 'a.tif');

describe('hostile headers', () => {
  it('the harmless one is read', async () => {
    expect(await inspect(tiff())).toMatchObject({ min: 1, max: 4, mean: 2.5, shape: [2, 2] });
  });

  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['a chain of directories that loops', tiff([], 8), /comes back to itself/],
    ['a directory behind the end', tiff([], 5000), /ends at byte 1016/],
    ['no pixels', tiff([long(256, 0)]), /0 pixels/],
    [
      'a raster of 10^18 pixels',
      tiff([long(256, 1e9), long(257, 1e9)]),
      /bytes are listed for|listed|claims/,
    ],
    [
      'tiles of 10^18 bytes',
      tiff([long(322, 2e9), long(323, 2e9), long(324, 1000), long(325, 16)]),
      /blocks of/,
    ],
    ['fewer blocks than rows need', tiff([long(278, 1)]), /2 blocks are needed, 1 are listed/],
    ['a block behind the end', tiff([long(273, 4e9)]), /ends at byte 1016/],
    ['a block larger than the file', tiff([long(279, 4e9)]), /4000000000 bytes are listed/],
    ['a block that is too small', tiff([long(279, 8)]), /8 bytes are listed for 16/],
    ['a missing block without nodata', tiff([long(279, 0)]), /not in the file/],
    ['an unknown compression', tiff([short(259, 7)]), /TIFF compression 7/],
    ['complex integers', tiff([short(339, 5)]), /complex integers/],
    ['samples of 12 bits', tiff([short(258, 12), short(339, 1)]), /12 bits/],
    ['bands of different types', tiff([short(258, 32, 16), short(277, 2)]), /different types/],
    ['reversed bits', tiff([short(266, 2)]), /FillOrder/],
    ['predictor 3 of integers', tiff([short(259, 8), short(317, 3), short(339, 1)]), /predictor 3/],
    ['an unknown predictor', tiff([short(259, 8), short(317, 9)]), /predictor 9/],
  ];
  for (const [what, bytes, message] of cases) {
    it(`${what} is refused`, async () => {
      await expect(inspect(bytes)).rejects.toThrow(message);
      await expect(inspect(bytes)).rejects.toMatchObject({ retryable: false });
    });
  }

  it('windows outside the raster are refused with its size', async () => {
    const raster = await openRaster(bytesSource(tiff()));
    for (const window of [
      { row: 1, column: 0, rows: 2, columns: 1 },
      { row: 0, column: -1, rows: 1, columns: 1 },
      { row: 0, column: 0, rows: 0, columns: 1 },
      { row: 0.5, column: 0, rows: 1, columns: 1 },
    ]) {
      await expect(readWindow(raster, { window })).rejects.toMatchObject({ _tag: 'InvalidInput' });
    }
    await expect(readWindow(raster, { band: 1 })).rejects.toThrow(/2 x 2 pixels and 1 bands/);
    expect([
      ...(await readWindow(raster, { window: { row: 1, column: 1, rows: 1, columns: 1 } })),
    ]).toEqual([4]);
  });
});

const MAKE = `
import hashlib, itertools, json, os, sys
import numpy as np, rasterio
root = sys.argv[1]
rng = np.random.default_rng(3)
out = {}
n, m = 67, 45
kinds = ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32', 'float64', 'complex64', 'complex128']
for i, (kind, comp, tiled, bands, inter, endian) in enumerate(itertools.product(
        kinds, ['none', 'lzw', 'deflate', 'zstd', 'packbits'], [False, True], [1, 3], ['pixel', 'band'], ['LITTLE', 'BIG'])):
    if bands == 1 and inter == 'pixel': continue
    if i % 3: continue
    pred = [1, 2, 3][i % 7 % 3]
    if kind.startswith('complex') or comp in ('none', 'packbits'): pred = 1
    if pred == 3 and not kind.startswith('float'): pred = 2
    a = (rng.normal(0, 50, (bands, n, m)) + (1j * rng.normal(0, 50, (bands, n, m)) if kind.startswith('c') else 0)).astype(kind)
    opts = dict(tiled=tiled, interleave=inter, ENDIANNESS=endian, compress=comp)
    if tiled: opts.update(blockxsize=32, blockysize=16)
    if pred > 1: opts['predictor'] = pred
    name = os.path.join(root, f'{i}.tif')
    with rasterio.open(name, 'w', driver='GTiff', width=m, height=n, count=bands, dtype=kind, crs='EPSG:4326',
            transform=rasterio.transform.from_origin(1, 2, .1, .1), **opts) as d: d.write(a)
    with rasterio.open(name) as d:
        hashes = []
        for b in range(bands):
            v = d.read(b + 1)
            w = v.astype('c16').ravel().view('f8') if kind.startswith('c') else v.astype('f8').ravel()
            hashes.append(hashlib.sha256(w.tobytes()).hexdigest())
        out[name] = dict(hashes=hashes, dtype=str(d.dtypes[0]))
print(json.dumps(out))
`;

describeWithPeers('every type, compression, predictor, interleave and byte order', () => {
  it('has the pixels that rasterio reads', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'variants-'));
    const truth = runPeer<Record<string, { hashes: string[]; dtype: string }>>(MAKE, [folder]);
    expect(Object.keys(truth).length).toBeGreaterThan(150);
    for (const [file, { hashes, dtype }] of Object.entries(truth)) {
      const report = await inspectInsarFile(file);
      const bands = report.bandStatistics ?? [report];
      expect(report.dtype).toBe(dtype);
      expect(
        bands.map(({ sha256Pixels }) => sha256Pixels),
        `${file} ${JSON.stringify(report.storage)} ${dtype}`,
      ).toEqual(hashes);
    }
  }, 60_000);
});
