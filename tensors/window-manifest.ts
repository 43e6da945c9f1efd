/**
 * `window.json`: the provenance of a sealed window. In: what went into it. Out: the manifest, its
 * bytes and a key that changes exactly when the inputs do.
 * @module
 */
import { createHash } from 'node:crypto';
import type { ArtifactRef } from '../core/artifact.js';
import type { SourceKind } from '../core/evidence.js';
import type { TimeWindow } from '../core/time.js';

/** An input of the window: a source table, by hash. */
export interface WindowInput {
  readonly source: SourceKind;
  /** Feed that it came from. */
  readonly sourceId: string;
  readonly artifact: ArtifactRef;
}

/** When one sensor had no data. */
export interface SensorGaps {
  readonly source: SourceKind;
  readonly sensorId: string;
  /** Intervals without data, s from the window's start. */
  readonly gaps: readonly { readonly startS: number; readonly endS: number }[];
}

export interface WindowManifestInput {
  readonly regionId: string;
  readonly window: TimeWindow;
  readonly inputs: readonly WindowInput[];
  /** The window's own files. */
  readonly files: readonly { readonly source: SourceKind; readonly artifact: ArtifactRef }[];
  readonly gaps: readonly SensorGaps[];
  /** Sources that were asked for and gave nothing, and why. */
  readonly missing: readonly { readonly source: SourceKind; readonly reason: string }[];
  readonly notes: readonly string[];
  /** Versions of code and formats, for example { quakeloom: '0.1.0' }. */
  readonly versions: Readonly<Record<string, string>>;
  /** Settings that shaped the tensors (rates, components, bins). */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What window.json holds; lists are sorted and inputs without duplicates. */
export interface WindowManifest extends WindowManifestInput {
  readonly format: 'quakeloom.window/1';
  readonly versionKey: string;
}

/** Manifest and its bytes (UTF-8 JSON, keys sorted); the same inputs give the same bytes. */
export function buildWindowManifest(input: WindowManifestInput): {
  readonly manifest: WindowManifest;
  readonly bytes: Uint8Array;
} {
  const manifest: WindowManifest = {
    format: 'quakeloom.window/1',
    versionKey: windowVersionKey(input),
    ...input,
    inputs: sortedUnique(input.inputs),
    files: sortedUnique(input.files),
    gaps: sortedUnique(input.gaps),
    missing: sortedUnique(input.missing),
    notes: sortedUnique(input.notes),
  };
  return { manifest, bytes: new TextEncoder().encode(`${canonicalJson(manifest, 2)}\n`) };
}

/**
 * SHA-256 (hexadecimal) over region, window, settings, versions and the content hashes of the
 * inputs; keys and the order of inputs do not matter.
 */
export function windowVersionKey(
  input: Pick<WindowManifestInput, 'regionId' | 'window' | 'inputs' | 'settings' | 'versions'>,
): string {
  const inputs = sortedUnique(
    input.inputs.map(({ source, sourceId, artifact }) => [source, sourceId, artifact.sha256]),
  );
  const text = canonicalJson({
    regionId: input.regionId,
    window: input.window,
    inputs,
    settings: input.settings,
    versions: input.versions,
  });
  return createHash('sha256').update(text).digest('hex');
}

/** JSON with sorted keys: equal values give equal text. */
export function canonicalJson(value: unknown, indent?: number): string {
  return JSON.stringify(sortKeys(value), undefined, indent);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}

function sortedUnique<T>(items: readonly T[]): T[] {
  const byText = new Map(items.map((item) => [canonicalJson(item), item]));
  return [...byText.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}
