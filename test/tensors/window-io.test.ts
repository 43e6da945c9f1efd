import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nsToIso, isoToNs } from '../../core/time.js';
import type { AlignedWaveforms, InsarScene, ReportItem } from '../../core/waveform.js';
import { binReports } from '../../tensors/report-bins.js';
import {
  decodeInsarWindow,
  decodeReportWindow,
  decodeWaveformWindow,
  encodeInsarWindow,
  encodeReportWindow,
  encodeWaveformWindow,
} from '../../tensors/window-io.js';
import { describeWithPeers, runPeer } from '../support/peers.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'window-io-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const waveforms: AlignedWaveforms = {
  startNs: isoToNs('2018-02-16T23:39:39Z'),
  rateHz: 31.25,
  sampleCount: 5,
  components: ['x', 'y', 'z'],
  units: 'gal',
  sensors: [0, 1].map((row) => ({
    sensorId: `device-${row}`,
    latitude: 16.5 + row,
    longitude: -98.25,
    elevationM: 12.5,
    positionSigmaKm: 0.7,
    distanceM: row === 0 ? null : 1234.5,
    quality: row === 0 ? '' : 'clock +1816.2 s repaired',
    samples: Float32Array.from({ length: 15 }, (_, i) => row * 100 + i + 0.5),
    mask: Uint8Array.from([1, 1, row, 1, 1]),
  })),
};

function scene(over: Partial<InsarScene> & { rows: number; columns: number }): InsarScene {
  const n = over.rows * over.columns;
  return {
    sceneId: 's1',
    firstDate: '2021-02-26',
    secondDate: '2021-03-04',
    transform: [22.5, 0.001, 0, 40.25, 0, -0.001],
    crs: 'EPSG:4326',
    losM: Float32Array.from({ length: n }, (_, i) => i / 8),
    coherence: Float32Array.from({ length: n }, () => 0.75),
    unitVectors: Float32Array.from({ length: 3 * n }, (_, i) => i),
    wavelengthM: 0.05546576,
    notes: ['sign from product'],
    ...over,
  };
}
const scenes = [
  scene({ rows: 2, columns: 3 }),
  scene({ rows: 3, columns: 2, sceneId: 's2', secondDate: '2021-03-10' }),
];

const window = { start: '2014-08-24T10:20:00Z', end: '2014-08-24T10:22:00Z' };
const base: ReportItem = {
  kind: 'post',
  sourceId: 'feed',
  timeNs: isoToNs('2014-08-24T10:21:05Z'),
  latitude: 38.34,
  longitude: -122.67,
  radiusKm: null,
  intensity: null,
  felt: 0,
  notFelt: 0,
};
const felt: ReportItem = {
  ...base,
  kind: 'felt-cell',
  timeNs: null,
  radiusKm: 7.07,
  intensity: 3.6,
  felt: 14,
  notFelt: 1,
};
const reports = binReports({ tables: [[base, base, felt]], window, leadS: 60 });

describe('window files', () => {
  it('come back as they went in', () => {
    expect(decodeWaveformWindow(encodeWaveformWindow(waveforms), 'w')).toEqual(waveforms);
    expect(decodeInsarWindow(encodeInsarWindow(scenes), 'i')).toEqual(scenes);
    expect(decodeReportWindow(encodeReportWindow(reports), 'r')).toEqual(reports);
  });

  it('may be empty', () => {
    const none = { ...waveforms, sensors: [] };
    expect(decodeWaveformWindow(encodeWaveformWindow(none), 'w')).toEqual(none);
    expect(decodeInsarWindow(encodeInsarWindow([]), 'i')).toEqual([]);
    const empty = binReports({ tables: [], window });
    expect(decodeReportWindow(encodeReportWindow(empty), 'r')).toEqual(empty);
  });

  it('name what is wrong with a damaged file', () => {
    const bytes = encodeInsarWindow(scenes);
    expect(() => decodeWaveformWindow(bytes, 'das.arrow')).toThrow(/das\.arrow.*column/s);
    expect(() => decodeWaveformWindow(bytes.slice(0, 300), 'das.arrow')).toThrow(/das\.arrow/);
  });
});

describe('binReports', () => {
  it('counts equal posts of one table, but not the repetition of a table', () => {
    const posts = (tables: ReportItem[][]): number =>
      binReports({ tables, window }).cells.reduce(
        (sum, c) => sum + c.counts.filter((_, i) => i % 5 === 0).reduce((a, b) => a + b, 0),
        0,
      );
    expect(posts([[base, base]])).toBe(2);
    expect(posts([[base, base], [base]])).toBe(2);
    expect(posts([[base], [{ ...base, sourceId: 'other' }]])).toBe(2);
  });

  it('puts reports in the bin of their time and untimed ones in the last', () => {
    expect(reports.timedBins).toBe(18);
    const post = reports.cells.find((c) => c.cellId.startsWith('post'));
    const cell = reports.cells.find((c) => c.cellId.startsWith('felt'));
    expect(post?.counts[12 * 5]).toBe(2);
    const last = [...(cell?.counts.slice(18 * 5) ?? [])];
    expect(last).toEqual([0, 14, 1, Math.fround(54), 15]);
  });

  it('keeps the version of a cell with most answers', () => {
    const newer = { ...felt, felt: 20, intensity: 4 };
    const cell = binReports({ tables: [[felt], [newer]], window }).cells[0];
    expect([...(cell?.counts.slice(-5) ?? [])]).toEqual([0, 20, 1, 84, 21]);
  });
});

describeWithPeers('window files and pyarrow', () => {
  it('are read by pyarrow as FixedShapeTensorArray with the right values', () => {
    const files = {
      waves: encodeWaveformWindow(waveforms),
      insar: encodeInsarWindow(scenes),
      reports: encodeReportWindow(reports),
    };
    for (const [name, bytes] of Object.entries(files)) {
      writeFileSync(path.join(folder, `${name}.arrow`), bytes);
    }
    const seen = runPeer<
      Record<
        string,
        {
          metadata: Record<string, string>;
          columns: Record<
            string,
            { kind: string; shape: number[]; names: string[] | null; values: (number | null)[] }
          >;
        }
      >
    >(READ, [folder, ...Object.keys(files)]);
    const samples = seen['waves']?.columns['samples'];
    expect(samples).toMatchObject({
      kind: 'FixedShapeTensorArray',
      shape: [2, 3, 5],
      names: ['component', 'time'],
    });
    expect(samples?.values).toEqual(waveforms.sensors.flatMap((s) => [...s.samples]));
    expect(seen['waves']?.columns['mask']?.values).toEqual([1, 1, 0, 1, 1, 1, 1, 1, 1, 1]);
    expect(seen['waves']?.metadata).toMatchObject({
      units: 'gal',
      start_ns: waveforms.startNs.toString(),
      start: nsToIso(waveforms.startNs),
      rate_hz: '31.25',
    });
    expect(seen['insar']?.columns['los']?.shape).toEqual([2, 3, 3]);
    expect(seen['insar']?.columns['unit_vectors']?.shape).toEqual([2, 3, 3, 3]);
    expect(seen['insar']?.columns['los']?.values).toEqual([
      ...[0, 1 / 8, 2 / 8, 3 / 8, 4 / 8, 5 / 8, null, null, null],
      ...[0, 1 / 8, null, 2 / 8, 3 / 8, null, 4 / 8, 5 / 8, null],
    ]);
    expect(seen['reports']?.columns['counts']).toMatchObject({
      kind: 'FixedShapeTensorArray',
      shape: [2, 19, 5],
      names: ['time', 'feature'],
    });
    expect(seen['reports']?.metadata['untimed_bin']).toBe('18');
  });

  it('are readable when pyarrow rewrote them', () => {
    writeFileSync(path.join(folder, 'in.arrow'), encodeWaveformWindow(waveforms));
    runPeer<number>(REWRITE, [path.join(folder, 'in.arrow'), path.join(folder, 'out.arrow')]);
    const bytes = readFileSync(path.join(folder, 'out.arrow'));
    expect(decodeWaveformWindow(bytes, 'out')).toEqual(waveforms);
  });
});

const READ = `
import sys, json, math, pyarrow as pa
folder, *names = sys.argv[1:]
out = {}
for name in names:
    t = pa.ipc.open_file(folder + '/' + name + '.arrow').read_all()
    columns = {}
    for f in t.schema:
        a = t.column(f.name).combine_chunks()
        if isinstance(a, pa.ChunkedArray): a = a.chunk(0)
        if isinstance(f.type, pa.FixedShapeTensorType):
            v = a.to_numpy_ndarray()
            flat = [None if math.isnan(x) else float(x) for x in v.ravel().tolist()]
            columns[f.name] = dict(kind=type(a).__name__, shape=list(v.shape), names=f.type.dim_names, values=flat)
    out[name] = dict(metadata={k.decode(): v.decode() for k, v in t.schema.metadata.items()}, columns=columns)
print(json.dumps(out))
`;

// Builds every column anew in pyarrow, tensors from numpy, and writes two record batches.
const REWRITE = `
import sys, pyarrow as pa, numpy as np
t = pa.ipc.open_file(sys.argv[1]).read_all()
columns, fields = [], []
for f in t.schema:
    a = t.column(f.name).combine_chunks()
    if isinstance(a, pa.ChunkedArray): a = a.chunk(0)
    if isinstance(f.type, pa.FixedShapeTensorType):
        a = pa.FixedShapeTensorArray.from_numpy_ndarray(np.array(a.to_numpy_ndarray()), dim_names=f.type.dim_names)
    else:
        a = pa.array(a.to_pylist(), f.type)
    columns.append(a); fields.append(pa.field(f.name, a.type))
schema = pa.schema(fields, metadata=t.schema.metadata)
table = pa.table(columns, schema=schema)
with pa.OSFile(sys.argv[2], 'wb') as sink, pa.ipc.new_file(sink, schema) as w:
    w.write_table(table, max_chunksize=1)
print(1)
`;
