/**
 * Heavy steps from source tables to evidence, for the worker threads: bytes in, bytes or plain
 * objects out.
 * @module
 */
import type { Task, TaskTable } from '../core/compute.js';
import type { EvidenceSet } from '../core/evidence.js';
import { insarScenes } from '../core/tables/insar-table.js';
import { decodeTable } from '../core/tables/ipc.js';
import { reportItems } from '../core/tables/report-table.js';
import { phoneSignals } from '../core/tables/phone-signal-table.js';
import { waveformSegments } from '../core/tables/waveform-table.js';
import { secondsSince, windowNs, type TimeWindow } from '../core/time.js';
import type { AlignedWaveforms, InsarScene, WaveformSegment } from '../core/waveform.js';
import { alignWaveforms, maskGaps } from '../tensors/align-waveforms.js';
import { binReports } from '../tensors/report-bins.js';
import { binSignals } from '../tensors/signal-cells.js';
import {
  decodeReportWindow,
  decodeSignalWindow,
  decodeWaveformWindow,
  encodeInsarWindow,
  encodeReportWindow,
  encodeSignalWindow,
  encodeWaveformWindow,
  isSignalWindow,
} from '../tensors/window-io.js';
import type { SensorGaps } from '../tensors/window-manifest.js';
import { fibreEvidence } from './das/evidence.js';
import { phoneEvidence } from './phones/evidence.js';
import { crowdEvidence } from './phones/network/crowd-evidence.js';
import { signalBursts, type SignalBurst } from './phones/network/signal-bursts.js';
import { binnedReportsEvidence } from './reports/evidence.js';

/** Rates and bins of a window's tensors; part of its provenance. */
export interface AlignSettings {
  /** Grid rate of das.arrow, Hz. */
  readonly dasRateHz: number;
  /** Grid rate of phones.arrow, Hz. */
  readonly phonesRateHz: number;
  /** Bin of reports.arrow, s. */
  readonly reportBinS: number;
  /** Time before the window that reports.arrow covers too, s. */
  readonly reportLeadS: number;
}

export const DEFAULT_ALIGN_SETTINGS: AlignSettings = {
  dasRateHz: 100,
  phonesRateHz: 31.25,
  reportBinS: 10,
  reportLeadS: 3600,
};

/** Read this much beyond a window's ends, s: its first and last samples need their neighbours. */
export const ALIGN_MARGIN_S = 4;

export interface AlignWindowInput {
  readonly window: TimeWindow;
  readonly settings?: Partial<AlignSettings>;
  /** Arrow IPC files, in any order, overlapping or repeated. */
  readonly sources: {
    /** Waveform tables (`waveformTable`); for phones also one of signals, as `phoneCrowd` makes it. */
    readonly das?: readonly Uint8Array[];
    readonly phones?: readonly Uint8Array[];
    /** Scene tables (`insarTable`). */
    readonly insar?: readonly Uint8Array[];
    /** Report tables (`reportTable`), of the window and of `reportLeadS` before it. */
    readonly reports?: readonly Uint8Array[];
  };
}

export interface AlignedWindow {
  /** The window's Arrow files; a source without data has none. */
  readonly files: {
    readonly das?: Uint8Array;
    readonly phones?: Uint8Array;
    readonly insar?: Uint8Array;
    readonly reports?: Uint8Array;
    readonly crowd?: Uint8Array;
  };
  /** Sensors that lack data for part of the window, s from its start. */
  readonly gaps: readonly SensorGaps[];
  readonly notes: readonly string[];
  /** The settings used, for the manifest. */
  readonly settings: AlignSettings;
}

export interface EvaluateEvidenceInput {
  readonly window: TimeWindow;
  /** Bytes of das.arrow, phones.arrow, reports.arrow and crowd.arrow. */
  readonly das?: Uint8Array;
  readonly phones?: Uint8Array;
  readonly reports?: Uint8Array;
  readonly crowd?: Uint8Array;
}

const PHONE_COMPONENTS = ['x', 'y', 'z'] as const;

/** Source tables to the tensors of one window. Throws CorruptSourceError, InvalidInputError. */
const alignWindow: Task<AlignWindowInput, AlignedWindow> = (input, context) => {
  const { window, sources } = input;
  const settings = { ...DEFAULT_ALIGN_SETTINGS, ...input.settings };
  const notes: string[] = [];
  const gaps: SensorGaps[] = [];
  const files: { -readonly [K in keyof AlignedWindow['files']]: AlignedWindow['files'][K] } = {};
  for (const source of ['das', 'phones'] as const) {
    context.throwIfCancelled();
    context.progress({ fraction: source === 'das' ? 0 : 0.4, note: `aligning ${source}` });
    const segments = (sources[source] ?? []).flatMap((bytes, i) => {
      if (source === 'phones' && isSignalWindow(bytes, `phones table ${i}`)) {
        files.crowd = bytes;
        return [];
      }
      return waveformSegments(decodeTable(bytes, `${source} table ${i}`));
    });
    if (segments.length === 0) continue;
    const waveforms = alignWaveforms({
      segments,
      window,
      rateHz: source === 'das' ? settings.dasRateHz : settings.phonesRateHz,
      components: source === 'das' ? mainComponent(segments, notes) : PHONE_COMPONENTS,
    });
    files[source] = encodeWaveformWindow(waveforms);
    gaps.push(...sensorGaps({ source, waveforms, window }));
  }
  context.throwIfCancelled();
  context.progress({ fraction: 0.8, note: 'aligning insar and reports' });
  const scenes = uniqueScenes(
    (sources.insar ?? []).flatMap((bytes, i) =>
      insarScenes(decodeTable(bytes, `insar table ${i}`)),
    ),
    notes,
  );
  if (scenes.length > 0) files.insar = encodeInsarWindow(scenes);
  const tables = (sources.reports ?? []).map((bytes, i) =>
    reportItems(decodeTable(bytes, `report table ${i}`)),
  );
  const binned = binReports({
    tables,
    window,
    binS: settings.reportBinS,
    leadS: settings.reportLeadS,
  });
  if (binned.cells.length > 0) files.reports = encodeReportWindow(binned);
  context.progress({ fraction: 1, note: 'aligned' });
  return { files, gaps, notes, settings };
};

/** Tensors of a window to evidence. Throws CorruptSourceError, InvalidInputError. */
const evaluateEvidence: Task<EvaluateEvidenceInput, EvidenceSet> = async (input, context) => {
  const { window, das, phones, reports, crowd } = input;
  context.progress({ fraction: 0, note: 'evidence of fibres' });
  const fromDas = das
    ? await fibreEvidence({ waveforms: decodeWaveformWindow(das, 'das.arrow'), window })
    : [];
  context.throwIfCancelled();
  context.progress({ fraction: 0.6, note: 'evidence of phones' });
  const fromPhones = phones
    ? phoneEvidence({ waveforms: decodeWaveformWindow(phones, 'phones.arrow'), window })
    : [];
  context.throwIfCancelled();
  context.progress({ fraction: 0.9, note: 'evidence of reports' });
  const fromReports = reports
    ? binnedReportsEvidence({ tensor: decodeReportWindow(reports, 'reports.arrow'), window })
    : null;
  const fromCrowd = crowd
    ? crowdEvidence({ signals: decodeSignalWindow(crowd, 'crowd.arrow'), window })
    : null;
  context.progress({ fraction: 1, note: 'evidence is complete' });
  const sensors = [...fromDas, ...fromPhones];
  return { window, sensors, reports: fromReports, ...(fromCrowd ? { crowd: fromCrowd } : {}) };
};

/**
 * Heartbeats and triggers of some hours to the cells and bins of one window. Phones whose records are
 * in `waveforms` are left out: they speak by those. Throws CorruptSourceError.
 */
const phoneCrowd: Task<
  {
    readonly window: TimeWindow;
    /** Tables of signals as the gateway seals them, in any order, overlapping or repeated. */
    readonly tables: readonly Uint8Array[];
    readonly waveforms: readonly Uint8Array[];
  },
  { readonly arrow: Uint8Array; readonly signals: number; readonly phones: number }
> = ({ window, tables, waveforms }) => {
  const rows = tables.flatMap((bytes, i) => phoneSignals(decodeTable(bytes, `phone signals ${i}`)));
  const recorded = new Set(
    waveforms.flatMap((bytes, i) =>
      waveformSegments(decodeTable(bytes, `phones table ${i}`)).map(({ sensorId }) => sensorId),
    ),
  );
  const tensor = binSignals({ rows, window, recorded });
  return {
    arrow: encodeSignalWindow(tensor),
    signals: rows.length,
    phones: tensor.cells.reduce((sum, { active }) => sum + active, 0),
  };
};

/** Times at which a table of signals holds more triggers than lone phones make. */
const triggerBursts: Task<{ readonly table: Uint8Array }, { readonly bursts: SignalBurst[] }> = ({
  table,
}) => ({ bursts: signalBursts(phoneSignals(decodeTable(table, 'phone signals'))) });

/** Tasks of this stage, for a worker pool. */
export const evidenceTasks = {
  alignWindow,
  evaluateEvidence,
  phoneCrowd,
  triggerBursts,
} as const satisfies TaskTable;

/** The quantity most fibre channels carry; one window holds one. */
function mainComponent(segments: readonly WaveformSegment[], notes: string[]): string[] {
  const channels = new Map<string, Set<string>>();
  for (const s of segments) {
    channels.set(s.component, (channels.get(s.component) ?? new Set()).add(s.sensorId));
  }
  const ranked = [...channels].sort(([a, as], [b, bs]) => bs.size - as.size || (a < b ? -1 : 1));
  const [main, ...others] = ranked.map(([component]) => component);
  for (const other of others) {
    const count = channels.get(other)?.size ?? 0;
    notes.push(`das: ${count} channels of ${other} left out, the window holds ${main}`);
  }
  return main === undefined ? [] : [main];
}

function sensorGaps(input: {
  source: 'das' | 'phones';
  waveforms: AlignedWaveforms;
  window: TimeWindow;
}): SensorGaps[] {
  const { source, waveforms, window } = input;
  const { startNs, endNs } = windowNs(window);
  const offsetS = secondsSince(waveforms.startNs, startNs);
  const lengthS = secondsSince(endNs, startNs);
  return waveforms.sensors.flatMap(({ sensorId, mask }) => {
    const gaps = maskGaps(mask, waveforms.rateHz).map((g) => ({
      startS: offsetS + g.startS,
      endS: Math.min(offsetS + g.endS, lengthS),
    }));
    return gaps.length > 0 ? [{ source, sensorId, gaps }] : [];
  });
}

/** A scene given twice is one scene; of different scenes with one id the first by content stays. */
function uniqueScenes(scenes: readonly InsarScene[], notes: string[]): InsarScene[] {
  const byId = new Map<string, InsarScene>();
  for (const scene of scenes) {
    const known = byId.get(scene.sceneId);
    if (!known) byId.set(scene.sceneId, scene);
    else if (!sameBytes(known, scene)) {
      notes.push(`insar: scene ${scene.sceneId} was given twice with different values`);
      if (compareScenes(scene, known) < 0) byId.set(scene.sceneId, scene);
    }
  }
  return [...byId.values()];
}

function sameBytes(a: InsarScene, b: InsarScene): boolean {
  return compareScenes(a, b) === 0;
}

function compareScenes(a: InsarScene, b: InsarScene): number {
  const view = (x: Float32Array): Buffer => Buffer.from(x.buffer, x.byteOffset, x.byteLength);
  return (
    Buffer.compare(view(a.losM), view(b.losM)) ||
    Buffer.compare(view(a.coherence), view(b.coherence)) ||
    Buffer.compare(view(a.unitVectors), view(b.unitVectors))
  );
}
