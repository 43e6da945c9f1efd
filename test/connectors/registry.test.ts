import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { writeProdml } from '../../connectors/das/write/write-prodml.js';
import {
  loadConnectors,
  probeConnector,
  readSource,
  scanSource,
} from '../../connectors/registry.js';
import { listSourceFiles, openSourceFile } from '../../connectors/source-file.js';
import { connectorTasks } from '../../connectors/tasks.js';
import type { TaskContext } from '../../core/compute.js';
import { decodeTable } from '../../core/tables/ipc.js';
import { waveformSegments } from '../../core/tables/waveform-table.js';
import { describeWithSamples, samplePath } from '../support/sample-data.js';

const folder = mkdtempSync(path.join(tmpdir(), 'registry-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, bytes: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

const CONTEXT: TaskContext = { progress: () => undefined, throwIfCancelled: () => undefined };

const SAMPLES = {
  'das/iDAS005_hdf5_example.626.h5': 'das/prodml',
  'das/brady_eq_daspy_example_f32.h5': 'das/ai4eps',
  'das/terra15_v5_test_file.hdf5': 'das/terra15',
  'das/gdr_1.h5': 'das/gdr',
  'das/silixa_h5_1.hdf5': 'das/silixa-h5',
  'das/ap_sensing_1.hdf5': 'das/ap-sensing',
  'das/decimated_optodas.hdf5': 'das/optodas',
  'das/valencia_febus_example.h5': 'das/febus-a1',
  'das/h5_simple_1.h5': 'das/generic-hdf5',
  'das/h5_simple_2.h5': 'das/generic-hdf5',
  'das/deformation_rate_event_1.hdf5': 'das/dasdae',
  'das/iDAS005_tdms_example.626.tdms': 'das/silixa-tdms',
  'das/small_channel_patch.sgy': 'das/segy',
  'das/geofon_3U_HSF_head.mseed': 'das/miniseed',
  'felt/napa-nc72282711/dyfi_geo_10km.geojson': 'reports/dyfi-geojson',
  'felt/napa-nc72282711/dyfi_dat.xml': 'reports/shakemap-stationlist',
  'felt/napa-nc72282711/tweets_derived_no_text_no_ids.csv': 'reports/post-times-csv',
  'felt/crisislex-tweet-times/2013_Bohol_earthquake_timestamps.csv': 'reports/post-times-csv',
};
const FOREIGN = ['felt/napa-nc72282711/stationlist.xml', 'das/ground-truth.json'];

describeWithSamples('choice of the connector', [...Object.keys(SAMPLES), ...FOREIGN], () => {
  it.each(Object.entries(SAMPLES))('%s is read by %s', async (sample, format) => {
    const file = await openSourceFile({ path: samplePath(sample) });
    expect((await probeConnector({ file })).format).toBe(format);
    expect((await scanSource({ file, options: {} })).format).toBe(format);
  });

  it.each(FOREIGN)('%s is refused with a list of what was tried', async (sample) => {
    const file = await openSourceFile({ path: samplePath(sample) });
    await expect(probeConnector({ file })).rejects.toMatchObject({
      _tag: 'UnsupportedSource',
      message: expect.stringMatching(/tried .*das\/prodml.*reports\/post-times-csv/) as string,
    });
  });
});

describe('probeConnector', () => {
  it('goes by content: a table named like HDF5 is still a table', async () => {
    const file = await openSourceFile({
      path: write('posts.h5', 'time_utc\n2020-01-01T00:00:00Z\n'),
    });
    const table = await readSource({ file, window: null, options: {} });
    expect(table.numRows).toBe(1);
  });

  it('an empty file and a cut HDF5 file are damaged, not unknown', async () => {
    const empty = await openSourceFile({ path: write('empty', '') });
    await expect(probeConnector({ file: empty })).rejects.toMatchObject({ _tag: 'CorruptSource' });
    const signature = Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0);
    const cut = await openSourceFile({ path: write('cut.h5', signature) });
    await expect(scanSource({ file: cut, options: {} })).rejects.toMatchObject({
      _tag: 'CorruptSource',
    });
  });

  it('has one connector a format, and can keep to one kind of source', async () => {
    const all = await loadConnectors();
    expect(new Set(all.map((connector) => connector.format)).size).toBe(all.length);
    const das = await loadConnectors({ source: 'das' });
    expect(das.length).toBeGreaterThan(15);
    expect(das.every(({ format }) => format.startsWith('das/'))).toBe(true);
  });
});

describe('listSourceFiles', () => {
  it('gives the files below a folder in order, without hidden ones and loops', async () => {
    const root = path.join(folder, 'tree');
    mkdirSync(path.join(root, 'b', '.hidden'), { recursive: true });
    for (const name of ['c.h5', 'a.h5', '.half.part', 'b/d.h5', 'b/.hidden/e.h5']) {
      writeFileSync(path.join(root, name), 'x');
    }
    symlinkSync(root, path.join(root, 'b', 'loop'));
    symlinkSync(path.join(root, 'a.h5'), path.join(root, 'z.h5'));
    const names = ['a.h5', 'b/d.h5', 'c.h5', 'z.h5'].map((name) => path.join(root, name));
    expect(await listSourceFiles({ path: root })).toEqual(names);
    expect(await listSourceFiles({ path: pathToFileURL(root).href })).toEqual(names);
    expect(await listSourceFiles({ path: names[0] as string })).toEqual([names[0]]);
    await expect(listSourceFiles({ path: path.join(root, 'no') })).rejects.toMatchObject({
      _tag: 'Unavailable',
    });
    await expect(openSourceFile({ path: path.join(root, 'no') })).rejects.toMatchObject({
      _tag: 'Unavailable',
    });
  });
});

describe('tasks', () => {
  it('read in plain values what survives a structured clone', async () => {
    const file = path.join(folder, 'fibre.h5');
    const samples = Float32Array.from({ length: 400 }, (_, i) => i);
    await writeProdml({
      path: file,
      startNs: 1_600_000_000_000_000_000n,
      rateHz: 100,
      channelCount: 4,
      dxM: 10,
      gaugeLengthM: 10,
      samples,
      unit: 'microstrain/s',
    });
    const options = {
      latitude: 1,
      longitude: 2,
      elevationM: 3,
      positionSigmaKm: 0.5,
      fibreId: 'loop',
    };
    const input = structuredClone({
      path: file,
      source: 'das' as const,
      window: { start: '2020-09-13T12:26:40.1Z', end: '2020-09-13T12:26:40.2Z' },
      options,
    });
    const notes: string[] = [];
    const output = structuredClone(
      await connectorTasks.readSource(input, { ...CONTEXT, progress: (p) => notes.push(p.note) }),
    );
    const segments = waveformSegments(decodeTable(output.arrow, 'memory'));
    expect(output).toMatchObject({ rows: 4, rejected: [], rejectedCount: 0 });
    expect(notes).toEqual(['das/prodml header', 'das/prodml data', '4 rows']);
    expect(segments.map((s) => Array.from(s.samples.slice(0, 2)))).toEqual([
      [40, 44],
      [41, 45],
      [42, 46],
      [43, 47],
    ]);
    expect(await connectorTasks.scanSource(input, CONTEXT)).toEqual({ ...output.scan, path: file });
  });

  it('give refused lines and stop when cancelled', async () => {
    const file = write('posts.jsonl', '{"time":"2020-01-01T00:00:00Z"}\nnonsense\n');
    const input = { path: file, window: null, options: {} };
    const output = await connectorTasks.readSource(input, CONTEXT);
    expect(output.rejected).toEqual([{ at: 'line 2', reason: 'not JSON' }]);
    const cancelled = new Error('cancelled');
    await expect(
      connectorTasks.readSource(input, {
        ...CONTEXT,
        throwIfCancelled: () => {
          throw cancelled;
        },
      }),
    ).rejects.toBe(cancelled);
  });
});
