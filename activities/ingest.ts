/**
 * Source to Arrow: one activity a kind of source. Files that cannot be read go to quarantine with
 * their reason, the rest goes on.
 * @module
 */
import type { ArtifactRef } from '../core/artifact.js';
import { describeError, isQuakeError, type UnsupportedSourceError } from '../core/errors.js';
import type { SourceKind } from '../core/evidence.js';
import type { RegionConfig, SourceConfig } from '../core/region.js';
import { LIVE_MARGIN_S, type IngestInput, type IngestResult } from '../core/stages.js';
import { addSeconds, isoToNs, type TimeWindow } from '../core/time.js';
import { ALIGN_MARGIN_S, DEFAULT_ALIGN_SETTINGS } from '../models/evidence-tasks.js';
import { listSourceFiles } from '../connectors/source-file.js';
import { sha256 } from './content-hash.js';
import type { ActivityDeps } from './deps.js';
import { lastCheckpoint, step, type StepContext } from './step.js';

interface FileReading {
  readonly artifacts: ArtifactRef[];
  readonly notes: string[];
  readonly missing: string[];
  quarantined: number;
  /** Files of a folder that are no data: side-cars, licences. */
  ignored: number;
}

/** Where a retry goes on, by feed: files before `nextFile` are done and their artifacts stored. */
type Checkpoint = Record<string, { nextFile: number; reading: FileReading }>;

/** What earlier attempts finished; filled on by this one. */
function finishedBefore(): Checkpoint {
  return structuredClone((lastCheckpoint() ?? {}) as Checkpoint);
}

function artifactCount(done: Checkpoint): number {
  return Object.values(done).reduce((sum, { reading }) => sum + reading.artifacts.length, 0);
}

/** A header takes milliseconds, the largest read minutes: beyond these a file keeps its reader busy. */
const SCAN_LIMIT_MS = 60_000;
const READ_LIMIT_MS = 600_000;

/** Above this many artifacts a heartbeat would be too large; the retry then reads again. */
const MAX_CHECKPOINT_ARTIFACTS = 200;

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
        ingestFiles(deps, 'reports', { ...input, reach: withReportLead(input.reach) }, context),
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
    (source) => source.kind === kind && !source.uri.startsWith('mqtt:'),
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
  // Devices that do not send their place are looked up in the list that the feed names.
  const list = live.options?.['devices'];
  const devicesPath =
    typeof list === 'string'
      ? await deps.resolveSource({ uri: list, signal: context.signal })
      : undefined;
  // Where one segment ends and the next begins must not matter: all that shapes the window is read.
  const segments = await deps.catalogue.segmentsInWindow({
    regionId: input.region.id,
    source: 'phones',
    window: widened(input.reach, LIVE_MARGIN_S),
  });
  if (segments.length === 0) {
    return { ...files, missing: [...files.missing, 'no phone segment for this time'] };
  }
  context.report({ fraction: 0.2, note: `${segments.length} segments` });
  const tables = await Promise.all(segments.map((segment) => deps.store.get(segment.artifact)));
  const { arrow, records, notes } = await deps.compute.run(
    'phoneWaveforms',
    { tables, window: input.reach, ...(devicesPath ? { devicesPath } : {}) },
    { signal: context.signal, onProgress: context.report },
  );
  return combine('phones', [
    files,
    {
      source: 'phones',
      artifacts: [await putTable(deps, { regionId: input.region.id, source: 'phones', arrow })],
      items: records,
      missing: [],
      quarantined: 0,
      notes,
    },
  ]);
}

/** Reads the files of one feed, one after another, each stored before the next is opened. */
async function readFiles(
  deps: ActivityDeps,
  input: {
    region: RegionConfig;
    source: SourceConfig;
    reach: TimeWindow | null;
    context: StepContext;
    done: Checkpoint;
  },
): Promise<IngestResult> {
  const { region, source, reach, context } = input;
  const root = await deps.resolveSource({
    uri: source.uri,
    signal: context.signal,
    onProgress: (note) => context.report({ fraction: 0, note }),
  });
  const files = await listSourceFiles({ path: root });
  const { done } = input;
  const { nextFile, reading } = done[source.id] ?? {
    nextFile: 0,
    reading: { artifacts: [], notes: [], missing: [], quarantined: 0, ignored: 0 },
  };
  for (let i = nextFile; i < files.length; i++) {
    context.signal.throwIfAborted();
    const path = files[i] as string;
    try {
      const scan = await deps.compute.run(
        'scanSource',
        { path, options: source.options ?? {}, source: source.kind },
        { signal: context.signal, limitMs: SCAN_LIMIT_MS },
      );
      const covered = scan.window ?? validity(source);
      if (reach === null || covered === null || overlaps(covered, reach)) {
        await readOne(deps, { region, source, reach, path, reading, context });
      }
    } catch (error) {
      if (!isQuakeError(error) || error.retryable) throw error;
      if (isSideFile(error) && files.length > 1) reading.ignored++;
      else {
        await refuse(deps, { region, source, item: path, reason: describeError(error) });
        reading.quarantined++;
      }
    }
    // A copy: heartbeats are sent while the next file is read into `reading`.
    done[source.id] = { nextFile: i + 1, reading: structuredClone(reading) };
    context.report(
      { fraction: (i + 1) / files.length, note: `${i + 1} of ${files.length} files` },
      artifactCount(done) <= MAX_CHECKPOINT_ARTIFACTS ? { ...done } : undefined,
    );
  }
  if (files.length === 0) reading.missing.push(`${source.id}: no files at ${source.uri}`);
  else if (reading.artifacts.length === 0) {
    reading.missing.push(`${source.id}: no file covers this time`);
  }
  return {
    source: source.kind,
    artifacts: reading.artifacts,
    items: reading.artifacts.length,
    missing: reading.missing,
    quarantined: reading.quarantined,
    notes:
      reading.ignored > 0
        ? [...reading.notes, `${source.id}: ${reading.ignored} side files`]
        : reading.notes,
  };
}

async function readOne(
  deps: ActivityDeps,
  input: {
    region: RegionConfig;
    source: SourceConfig;
    reach: TimeWindow | null;
    path: string;
    reading: FileReading;
    context: StepContext;
  },
): Promise<void> {
  const { region, source, reading } = input;
  const { arrow, scan, rejected, rejectedCount } = await deps.compute.run(
    'readSource',
    {
      path: input.path,
      window: input.reach,
      options: source.options ?? {},
      source: source.kind,
    },
    { signal: input.context.signal, onProgress: input.context.report, limitMs: READ_LIMIT_MS },
  );
  reading.artifacts.push(await putTable(deps, { regionId: region.id, source: source.kind, arrow }));
  reading.notes.push(...scan.audit.map((line) => `${source.id}: ${line}`));
  reading.quarantined += rejectedCount;
  for (const item of rejected) {
    await refuse(deps, { region, source, item: `${input.path}:${item.at}`, reason: item.reason });
  }
}

/** Stores a source table under its own hash. */
async function putTable(
  deps: ActivityDeps,
  input: { regionId: string; source: SourceKind; arrow: Uint8Array },
): Promise<ArtifactRef> {
  const hash = sha256(input.arrow);
  return deps.store.put({
    key: `tables/${input.regionId}/${input.source}/${hash.slice(0, 2)}/${hash}.arrow`,
    kind: 'source-table',
    bytes: input.arrow,
  });
}

async function refuse(
  deps: ActivityDeps,
  input: { region: RegionConfig; source: SourceConfig; item: string; reason: string },
): Promise<void> {
  await deps.catalogue.quarantine({
    regionId: input.region.id,
    source: input.source.kind,
    item: input.item,
    reason: input.reason,
  });
}

function isSideFile(error: Error): boolean {
  return (error as Partial<UnsupportedSourceError>).isRecognised === false;
}

/** Time that a product without times of its own speaks for: options validFrom and validTo. */
function validity(source: SourceConfig): TimeWindow | null {
  const { validFrom, validTo } = source.options ?? {};
  return typeof validFrom === 'string' && typeof validTo === 'string'
    ? { start: validFrom, end: validTo }
    : null;
}

function overlaps(a: TimeWindow, b: TimeWindow): boolean {
  return isoToNs(a.start) < isoToNs(b.end) && isoToNs(b.start) < isoToNs(a.end);
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
