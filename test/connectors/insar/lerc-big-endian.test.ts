import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readGeoTiff } from '../../../connectors/insar/geotiff-reader.js';
import { peersOf } from '../../support/peers.js';

const { describeWithPeers, runPeer } = peersOf('insar');
const folder = mkdtempSync(path.join(os.tmpdir(), 'lerc-'));
afterAll(() => rmSync(folder, { recursive: true }));

const WRITE = `
import json, sys, numpy as np, rasterio
out = {}
for compress in ('lerc', 'lerc_zstd'):
    for dtype in ('float32', 'float64', 'int16', 'masked'):
        kind = 'float32' if dtype == 'masked' else dtype
        a = (np.round(50 * np.sin(np.arange(1200).reshape(40, 30) / 17)) / 4).astype(kind)
        if dtype != 'int16':
            a[3:6, 4:9] = np.nan
        if dtype == 'masked':
            # Its bytes in reverse are a NaN.
            a[8, 8] = np.frombuffer(b'\\x41\\x20\\xc0\\x7f', '>f4')[0]
        name = f'{compress}-{dtype}.tif'
        dtype = kind
        with rasterio.open(sys.argv[1] + '/' + name, 'w', driver='GTiff', width=30, height=40, count=1, dtype=dtype,
                compress=compress, ENDIANNESS='BIG', tiled=True, blockxsize=16, blockysize=16) as d:
            d.write(a, 1)
        with rasterio.open(sys.argv[1] + '/' + name) as d:
            out[name] = [None if np.isnan(v) else float(v) for v in d.read(1).ravel()]
print(json.dumps(out))
`;

describeWithPeers('big-endian TIFFs with LERC', () => {
  it('are read as GDAL reads them, or refused where swapped numbers look like NaN', async () => {
    const theirs = runPeer<Record<string, (number | null)[]>>(WRITE, [folder]);
    expect(Object.keys(theirs)).toHaveLength(8);
    for (const [name, expected] of Object.entries(theirs)) {
      const file = path.join(folder, name);
      if (name.includes('masked')) {
        await expect(readGeoTiff(file)).rejects.toThrow(/big-endian LERC with pixels left out/);
        continue;
      }
      const { info, values } = await readGeoTiff(file);
      expect(info.littleEndian).toBe(false);
      expect([...values].map((v) => (Number.isNaN(v) ? null : v))).toEqual(expected);
    }
  });
});
