import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parsePhoneMessage } from '../../connectors/phones/message.js';
import { probeConnector } from '../../connectors/registry.js';
import { listSourceFiles, openSourceFile } from '../../connectors/source-file.js';
import { isoToNs, windowNs } from '../../core/time.js';
import { insarScenes } from '../../core/tables/insar-table.js';
import { reportItems } from '../../core/tables/report-table.js';
import { waveformSegments } from '../../core/tables/waveform-table.js';
import { simulateQuake, type Simulation } from '../../apps/simulator/simulate.js';

const home = mkdtempSync(path.join(tmpdir(), 'quakeloom-simulator-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function tablesOf(simulation: Simulation, id: string) {
  const source = simulation.region.sources.find((each) => each.id === id)!;
  const files = await listSourceFiles({ path: source.uri });
  const options = source.options ?? {};
  const tables = [];
  for (const name of files) {
    const file = await openSourceFile({ path: name });
    const connector = await probeConnector({ file }).catch(() => null);
    if (connector?.source === source.kind) {
      tables.push(await connector.read({ file, window: null, options }));
    }
  }
  expect(tables.length, id).toBeGreaterThan(0);
  return tables;
}

/** Millions of samples are compared by their hashes. */
function hashes(arrays: readonly Float32Array[]): string[] {
  return arrays.map((array) =>
    createHash('sha256')
      .update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
      .digest('hex'),
  );
}

/** All that a simulation tells, read back as the stages read it. */
async function contents(simulation: Simulation) {
  const das = (await tablesOf(simulation, 'fibre')).flatMap(waveformSegments);
  const insar = (await tablesOf(simulation, 'licsar')).flatMap((table) => insarScenes(table));
  const cells = (await tablesOf(simulation, 'dyfi')).flatMap(reportItems);
  const posts = (await tablesOf(simulation, 'posts')).flatMap(reportItems);
  const phones = readdirSync(simulation.phonesFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .flatMap((name) =>
      readFileSync(path.join(simulation.phonesFolder, name, 'all.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => parsePhoneMessage(line)),
    );
  return { truth: simulation.truth, das, insar, cells, posts, phones };
}

describe('simulated quake', () => {
  it('the same seed gives the same truth and samples, also over half a simulation', async () => {
    const one = await simulateQuake({ folder: path.join(home, 'one'), seed: 11 });
    // The second folder holds part of a simulation, and leftovers of a killed one beside it.
    const folder = path.join(home, 'two');
    mkdirSync(path.join(folder, 'das'), { recursive: true });
    mkdirSync(`${folder}.part/das`, { recursive: true });
    writeFileSync(path.join(folder, 'das', 'fibre.h5'), 'half');
    writeFileSync(path.join(folder, 'truth.json'), '{"seed": 1');
    writeFileSync(`${folder}.part/leftover`, 'x');
    const two = await simulateQuake({ folder, seed: 11 });
    expect(existsSync(`${folder}.part`)).toBe(false);
    expect(existsSync(path.join(folder, 'leftover'))).toBe(false);
    const [first, second] = [await contents(one), await contents(two)];
    const file = /(one|two)/g;
    const text = (value: unknown): string =>
      JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
    expect(text(first.truth)).toBe(text(second.truth));
    for (const kind of ['cells', 'posts', 'phones'] as const) {
      expect(text(first[kind]).replace(file, ''), kind).toBe(text(second[kind]).replace(file, ''));
    }
    expect(hashes(first.das.map(({ samples }) => samples))).toEqual(
      hashes(second.das.map(({ samples }) => samples)),
    );
    expect(hashes(first.insar.map(({ losM }) => losM))).toEqual(
      hashes(second.insar.map(({ losM }) => losM)),
    );

    // What is read back is what was meant: a whole fibre, one pair of dates, no message refused.
    expect(first.das).toHaveLength(200);
    expect(new Set(first.das.map(({ samples }) => samples.length))).toEqual(new Set([18_000]));
    expect(first.insar.map(({ firstDate, secondDate }) => [firstDate, secondDate])).toEqual([
      ['2025-12-26', '2026-01-07'],
    ]);
    expect(first.phones.every(({ ok }) => ok)).toBe(true);
    const { startNs, endNs } = windowNs(one.range);
    const origin = isoToNs(first.truth.originTime);
    expect(origin > startNs && origin < endNs).toBe(true);
    expect(one.region.synthetic).toBe(true);

    // The same folder again is only read; with another seed it is written anew.
    const before = readFileSync(path.join(home, 'two', 'truth.json'), 'utf8');
    await simulateQuake({ folder: path.join(home, 'two'), seed: 11 });
    expect(readFileSync(path.join(home, 'two', 'truth.json'), 'utf8')).toBe(before);
    const other = await simulateQuake({ folder: path.join(home, 'two'), seed: 12 });
    expect(other.truth.originTime).not.toBe(first.truth.originTime);
  });
});
