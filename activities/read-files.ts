/**
 * The files of one feed, those of a time, as stored source tables. Files that cannot be read go to
 * quarantine with their reason, the rest goes on.
 * @module
 */
import { describeError, isQuakeError, type UnsupportedSourceError } from '../core/errors.js';
import type { RegionConfig, SourceConfig } from '../core/region.js';
import type { IngestResult } from '../core/stages.js';
import { isoToNs, type TimeWindow } from '../core/time.js';
import { fileIdentity, sameIdentity, type FileIdentity } from '../connectors/file-identity.js';
import type { FolderIndex, IndexedHeader } from '../connectors/header-index.js';
import { listSourceFiles } from '../connectors/source-file.js';
import type { ActivityDeps } from './deps.js';
import { mergeFiles, type ReadTable } from './merge-files.js';
import { putTable } from './source-table.js';
import { lastCheckpoint, type StepContext } from './step.js';

interface FileReading {
  readonly tables: ReadTable[];
  readonly notes: string[];
  readonly missing: string[];
  quarantined: number;
  /** Files of a folder that are no data: side-cars, licences. */
  ignored: number;
}

/** Where a retry goes on, by feed: files before `nextFile` are done and their artifacts stored. */
export type Checkpoint = Record<string, { nextFile: number; reading: FileReading }>;

/** What earlier attempts finished; filled on by this one. */
export function finishedBefore(): Checkpoint {
  return structuredClone((lastCheckpoint() ?? {}) as Checkpoint);
}

function artifactCount(done: Checkpoint): number {
  return Object.values(done).reduce((sum, { reading }) => sum + reading.tables.length, 0);
}

/** A header takes milliseconds, the largest read minutes: beyond these a file keeps its reader busy. */
const SCAN_LIMIT_MS = 60_000;
const READ_LIMIT_MS = 600_000;

/** Above this many artifacts a heartbeat would be too large; the retry then reads again. */
const MAX_CHECKPOINT_ARTIFACTS = 200;

interface Feed {
  readonly region: RegionConfig;
  readonly source: SourceConfig;
  /** Null: everything. */
  readonly reach: TimeWindow | null;
  readonly context: StepContext;
}

/** Reads the files of one feed, one after another, each stored before the next is opened. */
export async function readFiles(
  deps: ActivityDeps,
  input: Feed & { readonly done: Checkpoint },
): Promise<IngestResult> {
  const { source, context, done } = input;
  const root = await deps.resolveSource({
    uri: source.uri,
    signal: context.signal,
    onProgress: (note) => context.report({ fraction: 0, note }),
  });
  const files = await listSourceFiles({ path: root });
  const index = (await deps.headers?.open({ root, options: source.options ?? {} })) ?? null;
  const { nextFile, reading } = done[source.id] ?? {
    nextFile: 0,
    reading: { tables: [], notes: [], missing: [], quarantined: 0, ignored: 0 },
  };
  for (let i = nextFile; i < files.length; i++) {
    context.signal.throwIfAborted();
    const path = files[i] as string;
    await readOne(deps, { ...input, path, isAlone: files.length === 1, index, reading });
    // A copy: heartbeats are sent while the next file is read into `reading`.
    done[source.id] = { nextFile: i + 1, reading: structuredClone(reading) };
    context.report(
      { fraction: (i + 1) / files.length, note: `${i + 1} of ${files.length} files` },
      artifactCount(done) <= MAX_CHECKPOINT_ARTIFACTS ? { ...done } : undefined,
    );
  }
  const { tables, notes, missing } = await mergeFiles(deps, { ...input, reading });
  const unsaved = (await index?.save(files)) ?? null;
  if (files.length === 0) missing.push(`${source.id}: no files at ${source.uri}`);
  else if (tables.length === 0) missing.push(`${source.id}: no file covers this time`);
  if (reading.ignored > 0) notes.push(`${source.id}: ${reading.ignored} side files`);
  if (unsaved !== null) notes.push(`${source.id}: ${unsaved}`);
  return {
    source: source.kind,
    artifacts: tables,
    items: tables.length,
    missing,
    quarantined: reading.quarantined,
    notes,
  };
}

interface OneFile extends Feed {
  readonly path: string;
  readonly isAlone: boolean;
  readonly index: FolderIndex | null;
  readonly reading: FileReading;
}

async function readOne(deps: ActivityDeps, input: OneFile): Promise<void> {
  const { region, source, reach, path, reading } = input;
  const before = await fileIdentity(path);
  try {
    const header = await headerOf(deps, { ...input, before });
    if (header.format === null) {
      reading.ignored++;
      return;
    }
    const covered = header.window ?? validity(source);
    if (reach === null || covered === null || overlaps(covered, reach)) {
      await readTable(deps, { ...input, before, covered });
    }
  } catch (error) {
    if (!isQuakeError(error) || error.retryable) throw error;
    const after = await fileIdentity(path);
    if (before && after && !sameIdentity(before, after)) {
      reading.missing.push(`${source.id}: ${path} is still being written`);
      return;
    }
    await refuse(deps, { region, source, item: path, reason: describeError(error) });
    reading.quarantined++;
  }
}

/** From the index where the file is the one scanned then, else from the file. */
async function headerOf(
  deps: ActivityDeps,
  input: OneFile & { readonly before: FileIdentity | null },
): Promise<IndexedHeader> {
  const { source, path, before, index, isAlone } = input;
  const known = before && index?.find(path, before);
  // A lone file of no known format is an error with a reason, which the index does not keep.
  if (known && !(isAlone && known.format === null)) return known;
  const header = await deps.compute
    .run(
      'scanSource',
      { path, options: source.options ?? {}, source: source.kind },
      { signal: input.context.signal, limitMs: SCAN_LIMIT_MS },
    )
    .then(({ format, window }): IndexedHeader => ({ format, window }))
    .catch((error: unknown): IndexedHeader => {
      if (isAlone || !isSideFile(error)) throw error;
      return { format: null, window: null };
    });
  const after = before && (await fileIdentity(path));
  if (after && sameIdentity(before, after)) index?.remember({ path, identity: after, header });
  return header;
}

async function readTable(
  deps: ActivityDeps,
  input: OneFile & { readonly before: FileIdentity | null; readonly covered: TimeWindow | null },
): Promise<void> {
  const { region, source, reading, before, covered } = input;
  const { arrow, scan, rejected, rejectedCount, isDifferenced } = await deps.compute.run(
    'readSource',
    {
      path: input.path,
      window: input.reach,
      options: source.options ?? {},
      source: source.kind,
    },
    { signal: input.context.signal, onProgress: input.context.report, limitMs: READ_LIMIT_MS },
  );
  const ref = await putTable(deps, { regionId: region.id, source: source.kind, arrow });
  reading.tables.push({ ref, covered, writtenNs: before?.modifiedNs ?? null, isDifferenced });
  reading.notes.push(...scan.audit.map((line) => `${source.id}: ${line}`));
  reading.quarantined += rejectedCount;
  for (const item of rejected) {
    await refuse(deps, { region, source, item: `${input.path}:${item.at}`, reason: item.reason });
  }
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

function isSideFile(error: unknown): boolean {
  return (error as Partial<UnsupportedSourceError> | null)?.isRecognised === false;
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
