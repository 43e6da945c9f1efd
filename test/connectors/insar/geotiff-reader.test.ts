import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readGeoTiff, readGeoTiffInfo } from '../../../connectors/insar/geotiff-reader.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const FOLDER = 'insar/format-variants';

interface Expected {
  readonly width: number;
  readonly height: number;
  readonly dtype: string;
  readonly crs: string;
  readonly transform: readonly number[];
  readonly nodata: number | string | null;
  readonly byteOrder: string;
  readonly sha256Pixels: string;
}

function pixelHash(values: Float32Array | Float64Array): string {
  const bytes = new DataView(new ArrayBuffer(values.length * 8));
  values.forEach((value, i) => {
    if (Number.isNaN(value)) bytes.setBigUint64(i * 8, 0x7ff8000000000000n, true);
    else bytes.setFloat64(i * 8, value, true);
  });
  return createHash('sha256').update(new Uint8Array(bytes.buffer)).digest('hex');
}

describeWithSamples('GeoTIFF encodings', [`${FOLDER}/expected.json`], () => {
  const { files } = JSON.parse(readFileSync(samplePath(`${FOLDER}/expected.json`), 'utf8')) as {
    files: Record<string, Expected>;
  };
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'geotiff-'));

  it('has 25 files', () => expect(Object.keys(files)).toHaveLength(25));

  for (const [name, expected] of Object.entries(files)) {
    const file = samplePath(`${FOLDER}/${name}`);
    if (expected.dtype === 'complex64') {
      it(`${name} is refused with a reason`, async () => {
        await expect(readGeoTiff(file)).rejects.toMatchObject({
          _tag: 'UnsupportedSource',
          message: expect.stringContaining('complex') as string,
        });
      });
      continue;
    }
    it(`${name} is pixel-exact`, async () => {
      const { info, values } = await readGeoTiff(file);
      const [a, b, c, d, e, f] = expected.transform;
      expect(info).toMatchObject({
        rows: expected.height,
        columns: expected.width,
        dtype: expected.dtype,
        crs: expected.crs,
        littleEndian: expected.byteOrder === 'little',
        transform: [c, a, b, f, d, e],
        nodata: expected.nodata === 'NaN' ? Number.NaN : expected.nodata,
      });
      expect(pixelHash(values)).toBe(expected.sha256Pixels);
    });
    it(`${name} cut short is refused, never zeros`, async () => {
      const whole = readFileSync(file);
      for (const share of [0.0001, 0.3, 0.7, 0.99]) {
        const cut = path.join(scratch, `cut-${name}`);
        writeFileSync(cut, whole.subarray(0, Math.floor(whole.length * share)));
        const result = await readGeoTiff(cut).catch((error: unknown) => error);
        if (result instanceof Error) {
          expect(['CorruptSource', 'UnsupportedSource']).toContain(Reflect.get(result, '_tag'));
          expect(result.message).toContain(`cut-${name}`);
        } else {
          // Overviews at the end may be lost without loss to band 1.
          expect(pixelHash((result as { values: Float32Array }).values)).toBe(
            expected.sha256Pixels,
          );
        }
      }
    });
  }

  it('names the byte of a block that lies behind the end', async () => {
    const cut = path.join(scratch, 'short.tif');
    const whole = readFileSync(samplePath(`${FOLDER}/none-strip.tif`));
    writeFileSync(cut, whole.subarray(0, whole.length - 100));
    await expect(readGeoTiff(cut)).rejects.toMatchObject({
      _tag: 'CorruptSource',
      source: 'short.tif',
      at: expect.stringMatching(/byte \d+/) as string,
    });
  });

  it('refuses damaged compressed data', async () => {
    for (const name of ['deflate-p3-tiled.tif', 'zstd-p1-tiled.tif', 'lerc-strip.tif']) {
      const bytes = readFileSync(samplePath(`${FOLDER}/${name}`));
      bytes.fill(0xff, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 4000);
      const file = path.join(scratch, `damaged-${name}`);
      writeFileSync(file, bytes);
      const tag = await readGeoTiff(file).then(
        () => `${name} was read`,
        (error: unknown) => Reflect.get(error as Error, '_tag') as string,
      );
      expect(tag).toBe('CorruptSource');
    }
  });

  it('says that a text file is no TIFF and that a missing file is missing', async () => {
    const text = path.join(scratch, 'text.tif');
    writeFileSync(text, 'not an image at all');
    await expect(readGeoTiffInfo(text)).rejects.toMatchObject({ _tag: 'UnsupportedSource' });
    await expect(readGeoTiffInfo(path.join(scratch, 'none.tif'))).rejects.toMatchObject({
      _tag: 'Unavailable',
    });
  });
});
