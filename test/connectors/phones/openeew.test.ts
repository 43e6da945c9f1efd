import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readLines } from '../../../connectors/phones/json-lines.js';
import { openEewConnector } from '../../../connectors/phones/openeew.js';
import type { SourceFile } from '../../../core/connector.js';
import { encodeTable } from '../../../core/tables/ipc.js';
import { lastSampleNs, phoneRecords, phoneTable } from '../../../core/tables/phone-table.js';
import { rejectedCountOf, rejectedOf } from '../../../core/tables/rejected.js';
import { waveformSegments } from '../../../core/tables/waveform-table.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { START_S, recordJson, syntheticRecords } from './synthetic-records.js';

const dir = mkdtempSync(path.join(os.tmpdir(), 'openeew-'));
afterAll(() => rmSync(dir, { recursive: true }));

function file(name: string, bytes: string | Uint8Array): SourceFile {
  const where = path.join(dir, name);
  writeFileSync(where, bytes);
  return source(where);
}

function source(where: string): SourceFile {
  const head = readFileSync(where).subarray(0, 4096);
  return { path: where, head, bytes: statSync(where).size };
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: unknown) => String(error),
  );
}

const lines = syntheticRecords().map((r) => recordJson(r, { latitude: 16, longitude: -98 }));

describe('openEewConnector', () => {
  it.each([
    ['plain', lines.join('\n'), 1],
    ['gzip', gzipSync(lines.join('\n')), 1],
    ['a bad line first', `garbage\n${lines.join('\n')}`, 1],
    ['posts', '{"id":1,"text":"temblor"}\n', 0],
    ['GeoJSON', '{"type":"FeatureCollection","features":[]}', 0],
    ['HDF5', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), 0],
    ['empty', '', 0],
    ['gzip of zeros', gzipSync(Buffer.alloc(50_000_000)), 0],
    ['broken gzip', Buffer.from([0x1f, 0x8b, 1, 2, 3]), 0],
  ])('probes by content: %s', async (name, bytes, expected) => {
    expect(await openEewConnector.probe(file(`probe ${name}`, bytes))).toBe(expected);
  });

  it('keeps the good lines and says why each bad one was refused', async () => {
    const bad = [lines[0], '{"x":', lines[1], '{"device_id":"a"}', 'x'.repeat(2_000_000), lines[2]];
    const table = await openEewConnector.read({
      file: file('bad.jsonl', bad.join('\n')),
      window: null,
      options: {},
    });
    const [x, ...others] = waveformSegments(table);
    expect([x?.samples, others.length]).toEqual([
      Float32Array.from({ length: 96 }, (_, i) => i),
      2,
    ]);
    expect(rejectedCountOf(table)).toBe(3);
    expect(rejectedOf(table)).toEqual([
      { at: 'line 2', reason: 'the message is not JSON' },
      { at: 'line 4', reason: expect.stringContaining('field device_t') as string },
      { at: 'line 5', reason: 'the line is too long' },
    ]);
  });

  it('reads only the window, on repaired clocks', async () => {
    const slow = syntheticRecords({ deviceId: 'slow', arrivalS: (i) => START_S + 3600 + i });
    const text = [...lines, ...slow.map((r) => recordJson(r, { latitude: 1, longitude: 1 }))];
    const iso = (s: number): string => new Date(s * 1000).toISOString();
    const windowS = [START_S + 3600, START_S + 3620] as const;
    const table = await openEewConnector.read({
      file: file('window.jsonl', text.join('\n')),
      window: { start: iso(windowS[0]), end: iso(windowS[1]) },
      options: {},
    });
    const segments = waveformSegments(table);
    expect(new Set(segments.map((s) => s.sensorId))).toEqual(new Set(['slow']));
    expect(segments[0]?.quality).toContain('repaired');
    for (const { startNs } of segments) {
      expect(Number(startNs / 1_000_000_000n)).toBeGreaterThanOrEqual(windowS[0]);
    }
  });

  it('names a file without records, a cut gzip, a bomb and a missing file', async () => {
    const read = (f: SourceFile): Promise<unknown> =>
      openEewConnector.read({ file: f, window: null, options: {} });
    expect(await messageOf(read(file('none.jsonl', '{}\n[]\n')))).toContain('none of 2 lines');
    const whole = gzipSync(lines.join('\n'));
    const cut = file('cut.gz', whole.subarray(0, whole.length >> 1));
    expect(await messageOf(read(cut))).toMatch(/damaged or cut off.*at byte/);
    const bomb = file('bomb.gz', gzipSync(Buffer.alloc(3_000_000, '{}\n')));
    const all = async (): Promise<void> => {
      for await (const line of readLines(bomb.path, { maxBytes: 1e6, maxLineBytes: 1e3 })) {
        expect(line.text).toBe('{}');
      }
    };
    expect(await messageOf(all())).toContain('at byte 1000000 unpacked');
    const missing = { path: path.join(dir, 'missing'), head: new Uint8Array(), bytes: 0 };
    expect(await messageOf(read(missing))).toContain('unavailable');
  });
});

describeWithSamples('real OpenEEW files', ['mems-openeew/2018-02-16'], () => {
  const devices = samplePath('mems-openeew/device_locations.json');
  const folder = samplePath('mems-openeew/2018-02-16/012');
  const real = source(path.join(folder, readdirSync(folder)[0] ?? ''));

  it('scans what the archive holds and finds the slow clock', async () => {
    const scan = await openEewConnector.scan(real, { devices });
    expect(scan.facts).toMatchObject({
      devices: ['012'],
      declaredRatesHz: [31.25],
      samplesPerRecord: [32],
      withoutPosition: [],
    });
    expect(scan.audit.join()).toContain('clock +1816.4 s');
  });

  it('reads all samples with the position of the device list', async () => {
    const table = await openEewConnector.read({ file: real, window: null, options: { devices } });
    const text = gunzipSync(readFileSync(real.path)).toString().trim();
    const x = text.split('\n').flatMap((line) => (JSON.parse(line) as { x: number[] }).x);
    const segments = waveformSegments(table);
    const read = segments.filter((s) => s.component === 'x').flatMap((s) => [...s.samples]);
    expect(read).toEqual([...Float32Array.from(x)]);
    const list = JSON.parse(readFileSync(devices, 'utf8')) as {
      device_id: string;
      latitude: number;
    }[];
    const truth = list.find((d) => d.device_id === '012')?.latitude;
    expect(segments[0]?.latitude).toBe(truth);
    expect(rejectedCountOf(table)).toBe(0);
  });

  it('refuses a device without a position by its id', async () => {
    const table = await openEewConnector.read({ file: real, window: null, options: {} });
    expect(table.numRows).toBe(0);
    expect(rejectedOf(table)).toEqual([
      { at: 'device 012', reason: expect.stringMatching(/^no position in 28\d of/) as string },
    ]);
  });
});

describe('phoneTable', () => {
  it('gives back what was put in, with and without the optional columns', () => {
    const records = [
      ...syntheticRecords({ numbered: true, count: 3 }),
      ...syntheticRecords({ count: 2, arrivalS: () => null }).map((r) => ({
        ...r,
        position: null,
      })),
    ];
    expect(phoneRecords(phoneTable(records))).toEqual(records);
    expect(phoneRecords(phoneTable([]))).toEqual([]);
  });
});

describeWithPeers('phoneTable read by pyarrow', () => {
  it('is a table of the same numbers', () => {
    const records = syntheticRecords({ count: 2, numbered: true });
    const where = path.join(dir, 'peer.arrow');
    writeFileSync(where, encodeTable(phoneTable(records)));
    const seen = runPeer<{ rows: number; times: string[]; x: number[]; seq: number[] }>(
      `import sys, json, pyarrow.ipc as ipc
t = ipc.open_file(sys.argv[1]).read_all()
print(json.dumps({'rows': t.num_rows, 'times': [str(v) for v in t['first_sample_ns'].to_pylist()],
  'x': t['x'].to_pylist()[1], 'seq': t['seq'].to_pylist()}))`,
      [where],
    );
    expect(seen).toEqual({
      rows: 2,
      times: records.map((r) => String(r.firstSampleNs)),
      x: [...(records[1]?.x ?? [])],
      seq: [0, 1],
    });
    expect(lastSampleNs(records[0] as (typeof records)[0])).toBe(
      BigInt(START_S) * 1_000_000_000n + 1_024_000_000n,
    );
  });
});
