import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import {
  asciiTag,
  directoryBytes,
  type Tag,
} from '../../../../connectors/insar/cog/directory-bytes.js';
import { openFileSource } from '../../../../connectors/insar/tiff/byte-source.js';
import { openRaster, readWindow, type BlockPool } from '../../../../connectors/insar/tiff/read.js';
import { tiffTasks } from '../../../../connectors/insar/tiff/tasks.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'tiff-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a thread does, done here. */
const pool: BlockPool = {
  run: (_, input) =>
    tiffTasks.readTiffBlocks(input, {
      throwIfCancelled: () => undefined,
      progress: () => undefined,
    } as never),
};

/** Rows so far apart that they are read one by one, but for the last two; row 2 is not in the file. */
const PLACES = [100_000, 200_000, 0, 300_000, 300_500];

function write(name: string): string {
  const strips = PLACES.map((place, y) =>
    place === 0 ? new Uint8Array(0) : deflateSync(new Uint8Array(300).fill(10 * y)),
  );
  const long = (tag: number, ...values: number[]): Tag => ({ tag, type: 'long', values });
  const tags: Tag[] = [
    ...[long(256, 300), long(257, strips.length), long(258, 8), long(259, 8)],
    ...[long(273, ...PLACES), long(277, 1), long(278, 1)],
    ...[long(279, ...strips.map(({ length }) => length)), long(339, 1)],
    asciiTag(42113, '255'),
  ];
  const out = new Uint8Array(301_000);
  out.set([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
  out.set(directoryBytes({ tags, at: 8, next: 0, bigTiff: false }), 8);
  strips.forEach((strip, i) => out.set(strip, PLACES[i]));
  const file = path.join(folder, name);
  writeFileSync(file, out);
  return file;
}

describe('blocks read by threads', () => {
  it('have their pixels, those that are not in the file too', async () => {
    const source = await openFileSource(write('whole.tif'));
    const samples = await readWindow(await openRaster(source), { pool });
    await source.close();
    expect(samples.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([...samples]).toEqual([0, 10, 255, 30, 40].flatMap((v) => Array<number>(300).fill(v)));
  });

  it('are refused by place where the file ends before them, or is gone', async () => {
    const file = write('cut.tif');
    const source = await openFileSource(file);
    const raster = await openRaster(source);
    truncateSync(file, 300_510);
    await expect(readWindow(raster, { pool })).rejects.toMatchObject({
      _tag: 'CorruptSource',
      message: expect.stringMatching(/cut\.tif.*ends at byte 300510.*block 3/) as string,
    });
    rmSync(file);
    await expect(readWindow(raster, { pool })).rejects.toMatchObject({ _tag: 'Unavailable' });
    await source.close();
  });
});
