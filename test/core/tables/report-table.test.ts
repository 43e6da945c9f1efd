import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeTable, encodeTable } from '../../../core/tables/ipc.js';
import {
  rejectedCountOf,
  rejectedMetadata,
  rejectedOf,
  type Rejected,
} from '../../../core/tables/rejected.js';
import { reportItems, reportTable } from '../../../core/tables/report-table.js';
import type { ReportItem } from '../../../core/waveform.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const real = fc.double({ noNaN: true, noDefaultInfinity: true });
const item: fc.Arbitrary<ReportItem> = fc.record({
  kind: fc.constantFrom('post' as const, 'felt-cell' as const),
  sourceId: fc.string(),
  timeNs: fc.option(fc.bigInt({ min: 0n, max: 2n ** 62n })),
  latitude: fc.option(real),
  longitude: fc.option(real),
  radiusKm: fc.option(real),
  intensity: fc.option(real),
  felt: fc.nat(),
  notFelt: fc.nat(),
});

it('reports survive the way through Arrow bytes, nulls included', () => {
  fc.assert(
    fc.property(fc.array(item, { maxLength: 20 }), (items) => {
      const table = decodeTable(encodeTable(reportTable(items)), 'memory');
      expect(reportItems(table)).toEqual(items);
    }),
  );
});

it('refused items travel in the metadata: the first 100 word for word, all in the count', () => {
  const first: Rejected[] = Array.from({ length: 130 }, (_, i) => ({
    at: `line ${i}`,
    reason: 'bad',
  }));
  const table = reportTable([], rejectedMetadata({ first, count: 130 }));
  const back = decodeTable(encodeTable(table), 'memory');
  expect(rejectedOf(back)).toEqual(first.slice(0, 100));
  expect(rejectedCountOf(back)).toBe(130);
  expect(rejectedOf(reportTable([]))).toEqual([]);
  expect(rejectedCountOf(reportTable([]))).toBe(0);
});

describeWithPeers('pyarrow', () => {
  it('reads the same columns, types and nulls', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'report-table-'));
    const file = path.join(folder, 'reports.arrow');
    const items: ReportItem[] = [
      {
        kind: 'felt-cell',
        sourceId: 'UTM:(10S 043 436 10000)',
        timeNs: null,
        latitude: 38.5,
        longitude: -122.25,
        radiusKm: 7.1,
        intensity: 3.6,
        felt: 4,
        notFelt: 0,
      },
      {
        kind: 'post',
        sourceId: 'a',
        timeNs: 1408875665000000001n,
        latitude: null,
        longitude: null,
        radiusKm: null,
        intensity: null,
        felt: 1,
        notFelt: 0,
      },
    ];
    writeFileSync(file, encodeTable(reportTable(items)));
    const peer = runPeer<{ types: string[]; rows: Record<string, unknown>[] }>(
      `
import json, sys, pyarrow as pa
t = pa.ipc.open_file(sys.argv[1]).read_all()
rows = t.to_pylist()
for r in rows: r['time_ns'] = None if r['time_ns'] is None else str(r['time_ns'])
print(json.dumps({'types': [str(f.type) for f in t.schema], 'rows': rows}))
`,
      [file],
    );
    rmSync(folder, { recursive: true });
    expect(peer.types).toEqual(
      'string string int64 double double double double double double'.split(' '),
    );
    expect(peer.rows[0]).toMatchObject({ time_ns: null, latitude: 38.5, felt: 4, intensity: 3.6 });
    expect(peer.rows[1]).toMatchObject({ time_ns: '1408875665000000001', latitude: null });
  });
});
