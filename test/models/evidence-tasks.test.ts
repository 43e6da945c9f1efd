import { describe, expect, it } from 'vitest';
import type { TaskContext } from '../../core/compute.js';
import { insarTable } from '../../core/tables/insar-table.js';
import { encodeTable } from '../../core/tables/ipc.js';
import { reportTable } from '../../core/tables/report-table.js';
import { waveformTable } from '../../core/tables/waveform-table.js';
import { isoToNs } from '../../core/time.js';
import type { InsarScene, ReportItem, WaveformSegment } from '../../core/waveform.js';
import { evidenceTasks } from '../../models/evidence-tasks.js';
import { decodeInsarWindow } from '../../tensors/window-io.js';
import { describeWithSamples } from '../support/sample-data.js';
import { readBrady } from './das/brady.js';

const context: TaskContext = { progress: () => undefined, throwIfCancelled: () => undefined };

const window = { start: '2016-03-21T07:37:30Z', end: '2016-03-21T07:38:30Z' };
const startNs = isoToNs(window.start);

const phone = (component: string): WaveformSegment => ({
  sensorId: 'device',
  component,
  startNs: startNs - 4_000_000_000n,
  rateHz: 31.25,
  samples: Float32Array.from({ length: 1500 }, (_, i) => 0.05 * Math.sin(i * i)),
  units: 'gal',
  latitude: 39.7,
  longitude: -119,
  elevationM: 1200,
  positionSigmaKm: 0.3,
  distanceM: null,
  quality: 'clock +2.0 s repaired',
});

const scene: InsarScene = {
  sceneId: 's',
  firstDate: '2016-03-10',
  secondDate: '2016-03-22',
  rows: 1,
  columns: 2,
  transform: [-119, 0.01, 0, 40, 0, -0.01],
  crs: 'EPSG:4326',
  losM: Float32Array.of(0.1, Number.NaN),
  coherence: Float32Array.of(0.5, 0.6),
  unitVectors: Float32Array.of(0.6, 0.6, 0, 0, 0.8, 0.8),
  wavelengthM: 0.0555,
  notes: [],
};

const post: ReportItem = {
  kind: 'post',
  sourceId: 'p',
  timeNs: startNs + 31_000_000_000n,
  latitude: null,
  longitude: null,
  radiusKm: null,
  intensity: null,
  felt: 1,
  notFelt: 0,
};

describe('evidenceTasks', () => {
  it('make nothing from nothing', async () => {
    const aligned = await evidenceTasks.alignWindow({ window, sources: {} }, context);
    expect(aligned.files).toEqual({});
    expect(await evidenceTasks.evaluateEvidence({ window }, context)).toEqual({
      window,
      sensors: [],
      reports: null,
    });
  });

  it('stop when cancelled', async () => {
    const cancelled: TaskContext = {
      ...context,
      throwIfCancelled: () => {
        throw new Error('cancelled');
      },
    };
    const run = async (): Promise<unknown> =>
      evidenceTasks.alignWindow({ window, sources: {} }, cancelled);
    await expect(run()).rejects.toThrow('cancelled');
  });

  it('align four sources, survive structured clone, and ignore order and repetition', async () => {
    const phones = ['x', 'y', 'z'].map((c) => encodeTable(waveformTable([phone(c)])));
    const insar = encodeTable(insarTable([scene]));
    const reports = encodeTable(reportTable([post]));
    const once = await evidenceTasks.alignWindow(
      { window, sources: { phones, insar: [insar], reports: [reports] } },
      context,
    );
    const again = await evidenceTasks.alignWindow(
      {
        window,
        sources: {
          phones: [...phones.toReversed(), ...phones],
          insar: [insar, insar],
          reports: [reports, reports],
        },
      },
      context,
    );
    expect(again).toEqual(once);
    expect(decodeInsarWindow(once.files.insar as Uint8Array, 'i')).toEqual([scene]);
    // 1500 samples from 4 s before the window last until its 44th second, the filter half a second less.
    expect(once.gaps).toMatchObject([{ source: 'phones', sensorId: 'device' }]);
    expect(once.gaps[0]?.gaps.length).toBe(1);
    expect(once.gaps[0]?.gaps[0]?.startS).toBeGreaterThan(43);
    expect(once.gaps[0]?.gaps[0]?.startS).toBeLessThanOrEqual(44);
    expect(once.gaps[0]?.gaps[0]?.endS).toBe(60);
    const { phones: phonesFile, reports: reportsFile } = structuredClone(once.files);
    const evidence = await evidenceTasks.evaluateEvidence(
      { window, phones: phonesFile as Uint8Array, reports: reportsFile as Uint8Array },
      context,
    );
    expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence);
    expect(evidence.sensors[0]?.notes).toContain('clock +2.0 s repaired');
    expect(evidence.reports?.posts?.counts).toEqual([0, 0, 0, 1, 0, 0]);
  });
});

describeWithSamples('the Brady fibre', ['das/brady_eq_daspy_example_f32.h5'], () => {
  it('goes from source tables to P and S', async () => {
    const segments = readBrady().segments();
    const das = [segments.slice(300), segments.slice(0, 320)].map((s) =>
      encodeTable(waveformTable(s)),
    );
    const { files, gaps } = await evidenceTasks.alignWindow({ window, sources: { das } }, context);
    expect(gaps.length).toBe(500);
    const evidence = await evidenceTasks.evaluateEvidence(
      { window, das: files.das as Uint8Array },
      context,
    );
    expect(evidence.sensors.map((s) => s.arrivals.map((a) => a.phase))).toEqual([['P', 'S']]);
  });
});
