/**
 * Runs an activity as a worker would, with everything it needs kept in memory: objects, catalogue,
 * and tasks that run where they are called.
 * @module
 */
import { createHash } from 'node:crypto';
import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ActivityDeps, ComputeTasks } from '../../activities/deps.js';
import { computeTasks } from '../../apps/threads/tasks.js';
import { isSafeKey, type ArtifactRef, type ObjectStore } from '../../core/artifact.js';
import type { Catalogue, QuarantineRow, SegmentRow, ShakingRow } from '../../core/catalogue.js';
import type { ComputePool, Progress } from '../../core/compute.js';
import { ArtifactConflictError } from '../../core/errors.js';
import type { StoredOrigin } from '../../core/quake.js';
import type { RegionConfig } from '../../core/region.js';
import { isoToNs } from '../../core/time.js';

/** A detail as `step` sends it. */
export interface Beat extends Progress {
  readonly checkpoint?: unknown;
}

/** One attempt of an activity: its promise, its heartbeats as sent, and a way to cancel it. */
export function attempt<Input, Output>(
  activity: (input: Input) => Promise<Output>,
  input: Input,
  info: { readonly attempt?: number; readonly checkpoint?: unknown } = {},
): { readonly result: Promise<Output>; readonly beats: Beat[]; readonly cancel: () => void } {
  const { checkpoint } = info;
  const env = new MockActivityEnvironment(
    {
      ...defaultActivityInfo,
      attempt: info.attempt ?? 1,
      heartbeatDetails:
        checkpoint === undefined ? undefined : { fraction: 0, note: 'earlier', checkpoint },
    },
    // Failures that tests provoke would fill the screen.
    { logger: new DefaultLogger('ERROR') },
  );
  const beats: Beat[] = [];
  // As text, because that is what leaves the worker: later changes of the object do not count.
  env.on('heartbeat', (detail: Beat) => beats.push(JSON.parse(JSON.stringify(detail)) as Beat));
  const result = env.run<[Input], Output, typeof activity>(activity, input);
  result.catch(() => undefined);
  return { result, beats, cancel: () => env.cancel('CANCELLED') };
}

/** An object store in memory that keeps the contract of the real ones. */
export function memoryStore(): ObjectStore & { readonly objects: Map<string, Uint8Array> } {
  const objects = new Map<string, Uint8Array>();
  return {
    objects,
    put: async ({ key, kind, bytes }) => {
      if (!isSafeKey(key)) throw new Error(`unsafe key ${key}`);
      const before = objects.get(key);
      if (before && Buffer.compare(before, bytes) !== 0) {
        throw new ArtifactConflictError({ key, reason: 'other bytes' });
      }
      objects.set(key, Uint8Array.from(bytes));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { key, sha256, bytes: bytes.length, kind };
    },
    get: async ({ key }) => {
      const bytes = objects.get(key);
      if (!bytes) throw new Error(`no object ${key}`);
      return Uint8Array.from(bytes);
    },
    has: async (key) => objects.has(key),
    list: async (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(),
  };
}

/** Tasks run at once in this thread; `calls` are `task path`. Overrides replace single tasks. */
export function inlineCompute(
  overrides: Partial<Record<keyof ComputeTasks, unknown>> = {},
): ComputePool<ComputeTasks> & { readonly calls: string[] } {
  const calls: string[] = [];
  const tasks: Record<string, unknown> = { ...computeTasks, ...overrides };
  const run = async (
    name: string,
    input: unknown,
    options: { signal?: AbortSignal; onProgress?: (progress: Progress) => void } = {},
  ): Promise<unknown> => {
    calls.push([name, (input as { path?: string }).path].filter(Boolean).join(' '));
    const task = tasks[name] as (input: unknown, context: unknown) => unknown;
    return task(structuredClone(input), {
      signal: options.signal,
      progress: (progress: Progress) => options.onProgress?.(progress),
      throwIfCancelled: () => options.signal?.throwIfAborted(),
    });
  };
  return { calls, run: run as ComputePool<ComputeTasks>['run'], close: async () => undefined };
}

/** What of the catalogue activities use, in memory; an event a draft, unless one is named. */
export function memoryCatalogue(
  input: { regions?: readonly RegionConfig[]; segments?: readonly SegmentRow[] } = {},
): Catalogue & {
  readonly refused: QuarantineRow[];
  readonly origins: StoredOrigin[];
  readonly shaking: ShakingRow[];
} {
  const refused: QuarantineRow[] = [];
  const segments = [...(input.segments ?? [])];
  const origins: StoredOrigin[] = [];
  const shaking: ShakingRow[] = [];
  const of = (eventId: string): StoredOrigin[] =>
    origins.filter((origin) => origin.eventId === eventId);
  const notUsed = async (): Promise<never> => {
    throw new Error('not part of this fake');
  };
  return {
    refused,
    origins,
    shaking,
    putRegion: notUsed,
    getRegion: async (id) => input.regions?.find((region) => region.id === id) ?? null,
    listRegions: async () => [...(input.regions ?? [])],
    appendOrigin: async (draft, options) => {
      const known = origins.find((each) => each.idempotencyKey === draft.idempotencyKey);
      if (known) return known;
      const eventId = options?.eventId ?? `ql${String(origins.length + 1).padStart(6, '0')}`;
      const version = of(eventId).length + 1;
      const createdAt = new Date(Date.UTC(2020, 0, 1, 0, 0, origins.length)).toISOString();
      const stored = { ...draft, eventId, version, createdAt };
      origins.push(stored);
      return stored;
    },
    listEvents: notUsed,
    getEvent: async (eventId) => {
      const preferred = of(eventId).at(-1);
      if (!preferred) return null;
      return { eventId, regionId: preferred.regionId, versions: of(eventId).length, preferred };
    },
    listOrigins: async (eventId) => of(eventId),
    putShaking: async (row) => {
      const stored = { ...row, createdAt: '2020-01-01T00:00:00Z' };
      shaking.push(stored);
      return stored;
    },
    getShaking: async ({ eventId }) => shaking.findLast((row) => row.eventId === eventId) ?? null,
    addSegment: async (segment) => {
      const known = segments.find(({ artifact }) => artifact.key === segment.artifact.key);
      if (known) return known;
      const row = { ...segment, id: (segments.at(-1)?.id ?? 0) + 1 };
      segments.push(row);
      return row;
    },
    segmentsInWindow: async ({ source, window }) =>
      segments.filter(
        (row) =>
          row.source === source &&
          row.startNs < isoToNs(window.end) &&
          row.endNs > isoToNs(window.start),
      ),
    segmentsAfter: async ({ afterId, limit }) =>
      segments.filter((row) => row.id > afterId).slice(0, limit),
    quarantine: async (row) => void refused.push(row),
    listQuarantine: notUsed,
    putDeformation: notUsed,
    listDeformation: async () => [],
  };
}

/** Everything activities need, in memory; `file:` URIs are paths. */
export function memoryDeps(
  input: {
    catalogue?: ReturnType<typeof memoryCatalogue>;
    compute?: ReturnType<typeof inlineCompute>;
  } = {},
): ActivityDeps & {
  readonly store: ReturnType<typeof memoryStore>;
  readonly catalogue: ReturnType<typeof memoryCatalogue>;
  readonly compute: ReturnType<typeof inlineCompute>;
} {
  return {
    store: memoryStore(),
    catalogue: input.catalogue ?? memoryCatalogue(),
    compute: input.compute ?? inlineCompute(),
    workflows: {
      signalEvent: async () => undefined,
      startInversion: async () => 'invert',
    },
    resolveSource: async ({ uri }) => uri.replace(/^file:/, ''),
    codeVersion: '0.0.0+test',
  };
}

/** A reference that only has to be a reference. */
export function anyRef(key: string, kind: ArtifactRef['kind'] = 'evidence'): ArtifactRef {
  return { key, sha256: createHash('sha256').update(key).digest('hex'), bytes: 1, kind };
}
