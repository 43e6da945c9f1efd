import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { looksLikeQuadtree, readQuadtree } from '../../../connectors/insar/quadtree.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'quadtree-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('takes a table that begins with NaN for a table, and names the line', async () => {
  const text = '100 200 nan 0.6 0.01 0.001\n300 200 -0.2 0.6 0.01 0.001\n';
  expect(looksLikeQuadtree(new TextEncoder().encode(text))).toBe(true);
  expect(looksLikeQuadtree(new TextEncoder().encode('a b c d e f\n'))).toBe(false);
  const file = path.join(folder, 'points.txt');
  writeFileSync(file, text);
  await expect(readQuadtree(file)).rejects.toMatchObject({ _tag: 'CorruptSource' });
  await expect(readQuadtree(file)).rejects.toThrow(/line 1/);
});
