/**
 * Source to Arrow: one activity a kind of source. Files that cannot be read go to quarantine with
 * their reason, the rest goes on.
 * @module
 */
import type { ArtifactRef } from '../core/artifact.js';
import type { SegmentRow } from '../core/catalogue.js';
import type { SourceKind } from '../core/evidence.js';
import type { RegionConfig, SourceConfig } from '../core/region.js';
import { LIVE_MARGIN_S, type IngestInput, type IngestResult } from '../core/stages.js';
import { addSeconds, type TimeWindow } from '../core/time.js';
import { ALIGN_MARGIN_S, DEFAULT_ALIGN_SETTINGS } from '../models/evidence-tasks.js';
import { SIGNAL_ACTIVE_S } from '../tensors/signal-cells.js';
import type { ActivityDeps } from './deps.js';
import { finishedBefore, readFiles } from './read-files.js';
import { putTable } from './source-table.js';
import { step, type StepContext } from './step.js';

/** The first and last samples of a grid need their neighbours on both sides. */
function withMargin(input: IngestInput): IngestInput {
  return { ...input, reach: widened(input.reach, ALIGN_MARGIN_S) };
}

function widened({ start, end }: TimeWindow, marginS: number): TimeWindow {
  return { start: addSeconds(start, -marginS), end: addSeconds(end, marginS) };
}

/** Reports of the hour before tell how many there are without a quake. */
function withReportLead(reach: TimeWindow): TimeWindow {
  return { ...reach, start: addSeconds(reach.start, -DEFAULT_ALIGN_SETTINGS.reportLeadS) };
}

/** The ingest activities. */
export function createIngestActivities(deps: ActivityDeps) {
  return {
    /** Fibre files whose header says that they overlap the reach. */
    ingestDas: (input: IngestInput) =>
      step((context) => ingestFiles(deps, 'das', withMargin(input), context)),
    /** Felt cells and posts. */
    ingestReports: (input: IngestInput) =>
      step((context) =>
        ingestReports(deps, { ...input, reach: withReportLead(input.reach) }, context),
      ),
    /** Scenes whose dates span the reach. */
    ingestInsar: (input: IngestInput) =>
      step((context) => ingestFiles(deps, 'insar', input, context)),
    /** Phone segments sealed by the gateway, and phone files. */
    ingestPhones: (input: IngestInput) =>
      step((context) => ingestPhones(deps, withMargin(input), context)),
    /** All scenes of a stack or pair, whatever their dates. */
    readScenes: (input: { region: RegionConfig; uri: string }): Promise<IngestResult> =>
      step((context) =>
        readFiles(deps, {
          region: input.region,
          source: { kind: 'insar', id: 'scenes', uri: input.uri },
          reach: null,
          context,
          done: finishedBefore(),
        }),
      ),
  };
}

async function ingestFiles(
  deps: ActivityDeps,
  kind: SourceKind,
  input: IngestInput,
  context: StepContext,
): Promise<IngestResult> {
  const sources = input.region.sources.filter(
    (source) => source.kind === kind && !/^(?:mqtt|live):/.test(source.uri),
  );
  const results: IngestResult[] = [];
  const done = finishedBefore();
  for (const source of sources) {
    const { region, reach } = input;
    results.push(await readFiles(deps, { region, source, reach, context, done }));
  }
  return combine(kind, results);
}

async function ingestPhones(
  deps: ActivityDeps,
  input: IngestInput,
  context: StepContext,
): Promise<IngestResult> {
  const files = await ingestFiles(deps, 'phones', input, context);
  const live = input.region.sources.find(
    (source) => source.kind === 'phones' && source.uri.startsWith('mqtt:'),
  );
  if (!live) return files;
  const records = await ingestRecords(deps, { input, live, context });
  const crowd = await ingestSignals(deps, { input, records: [files, records], context });
  if (!crowd) return combine('phones', [files, records]);
  // Where phones only trigger, nobody misses records.
  return combine('phones', [files, { ...records, missing: [] }, crowd]);
}

/** Records that the gateway sealed, as waveforms. */
async function ingestRecords(
  deps: ActivityDeps,
  { input, live, context }: { input: IngestInput; live: SourceConfig; context: StepContext },
): Promise<IngestResult> {
  // Devices that do not send their place are looked up in the list that the feed names.
  const list = live.options?.['devices'];
  const devicesPath =
    typeof list === 'string'
      ? await deps.resolveSource({ uri: list, signal: context.signal })
      : undefined;
  // Where one segment ends and the next begins must not matter: all that shapes the window is read.
  const all = await deps.catalogue.segmentsInWindow({
    regionId: input.region.id,
    source: 'phones',
    window: widened(input.reach, LIVE_MARGIN_S),
  });
  const segments = all.filter(({ artifact }) => artifact.kind === 'phone-segment');
  if (segments.length === 0) {
    return { ...NOTHING, missing: ['no phone segment for this time'] };
  }
  context.report({ fraction: 0.2, note: `${segments.length} segments` });
  const tables = await Promise.all(segments.map((segment) => deps.store.get(segment.artifact)));
  const { arrow, records, notes } = await deps.compute.run(
    'phoneWaveforms',
    { tables, window: input.reach, ...(devicesPath ? { devicesPath } : {}) },
    { signal: context.signal, onProgress: context.report },
  );
  return {
    ...NOTHING,
    artifacts: [await putTable(deps, { regionId: input.region.id, source: 'phones', arrow })],
    items: records,
    notes,
  };
}

const NOTHING: IngestResult = {
  source: 'phones',
  artifacts: [],
  items: 0,
  missing: [],
  quarantined: 0,
  notes: [],
};

/**
 * Heartbeats and triggers that the gateway sealed, on the cells of one window. Heartbeats of the hours
 * before tell which phones were up. Null when no phone sends signals.
 */
async function ingestSignals(
  deps: ActivityDeps,
  input: {
    readonly input: IngestInput;
    readonly records: readonly IngestResult[];
    readonly context: StepContext;
  },
): Promise<IngestResult | null> {
  const { region, reach } = input.input;
  const { start, end } = widened(reach, LIVE_MARGIN_S);
  const all = await deps.catalogue.segmentsInWindow({
    regionId: region.id,
    source: 'phones',
    window: { start: addSeconds(start, -SIGNAL_ACTIVE_S), end },
  });
  const segments = all.filter(({ artifact }) => artifact.kind === 'phone-signals');
  if (segments.length === 0) return null;
  const bytesOf = (refs: readonly ArtifactRef[]): Promise<Uint8Array[]> =>
    Promise.all(refs.map((ref) => deps.store.get(ref)));
  const { arrow, signals, phones } = await deps.compute.run(
    'phoneCrowd',
    {
      window: reach,
      tables: await bytesOf(segments.map(({ artifact }) => artifact)),
      waveforms: await bytesOf(input.records.flatMap(({ artifacts }) => artifacts)),
    },
    { signal: input.context.signal, onProgress: input.context.report },
  );
  if (phones === 0) return null;
  return {
    ...NOTHING,
    artifacts: [await putTable(deps, { regionId: region.id, source: 'phones', arrow })],
    items: signals,
    notes: [`${signals} heartbeats and triggers, ${phones} phones active`],
  };
}

/** Report files, and what came live: answers of our form, products that the event service revised. */
async function ingestReports(
  deps: ActivityDeps,
  input: IngestInput,
  context: StepContext,
): Promise<IngestResult> {
  const files = await ingestFiles(deps, 'reports', input, context);
  const segments = newestVersions(
    await deps.catalogue.segmentsInWindow({
      regionId: input.region.id,
      source: 'reports',
      window: input.reach,
    }),
  );
  if (segments.length === 0) return files;
  return combine('reports', [
    files,
    {
      source: 'reports',
      artifacts: segments.map(({ artifact }) => artifact),
      items: segments.reduce((sum, { records }) => sum + records, 0),
      missing: [],
      quarantined: 0,
      notes: segments.map(({ sourceId, records }) => `${sourceId}: ${records} live reports`),
    },
  ]);
}

/** Of segments with one source and span, versions of one product, the one that came last. */
function newestVersions(segments: readonly SegmentRow[]): SegmentRow[] {
  const newest = new Map<string, SegmentRow>();
  for (const segment of [...segments].sort((a, b) => a.id - b.id)) {
    newest.set(`${segment.sourceId}|${segment.startNs}|${segment.endNs}`, segment);
  }
  return [...newest.values()];
}

function combine(source: SourceKind, results: readonly IngestResult[]): IngestResult {
  return {
    source,
    artifacts: results.flatMap((result) => result.artifacts),
    items: results.reduce((sum, result) => sum + result.items, 0),
    missing: results.flatMap((result) => result.missing),
    quarantined: results.reduce((sum, result) => sum + result.quarantined, 0),
    notes: results.flatMap((result) => result.notes),
  };
}
