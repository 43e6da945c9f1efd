/**
 * What crosses Temporal instead of data: a reference to immutable bytes in the object store.
 * @module
 */

/** What the bytes are; decides who may read them. */
export type ArtifactKind =
  | 'source-table' // Arrow IPC written by a connector
  | 'window-tensor' // Arrow IPC of one source, aligned to the window's clock and grid
  | 'window-manifest' // window-<hash>.json: provenance of a sealed window
  | 'evidence' // JSON EvidenceSet
  | 'posterior' // Arrow IPC, a row a posterior sample
  | 'phone-segment' // Arrow IPC sealed by the gateway
  | 'phone-signals' // the same, heartbeats and triggers
  | 'deformation' // GeoTIFF, Arrow or JSON made from InSAR
  | 'export'; // QuakeML, GeoJSON, ...

/** Reference to immutable bytes. `key` is relative to the object store and never leaves it. */
export interface ArtifactRef {
  readonly key: string;
  /** Lower-case hexadecimal SHA-256 of the bytes. */
  readonly sha256: string;
  readonly bytes: number;
  readonly kind: ArtifactKind;
}

/**
 * Where artifacts live. Writes are atomic and idempotent: the same key with the same bytes is a
 * no-op, the same key with other bytes throws `ArtifactConflictError`. Reads verify the hash.
 */
export interface ObjectStore {
  put(input: { key: string; kind: ArtifactKind; bytes: Uint8Array }): Promise<ArtifactRef>;
  get(ref: ArtifactRef): Promise<Uint8Array>;
  has(key: string): Promise<boolean>;
  /** Keys below a prefix, sorted; for status pages and clean-up. */
  list(prefix: string): Promise<string[]>;
}

/** Reads bytes of which only the key is known: for explanations of what no origin refers to. */
export interface KeyReader {
  /** Bytes as they are stored; null when there are none. Nothing vouches for them but their key. */
  read(key: string): Promise<Uint8Array | null>;
}

const SAFE_KEY = /^[A-Za-z0-9][A-Za-z0-9._:=+-]*(\/[A-Za-z0-9][A-Za-z0-9._:=+-]*)*$/;

/** True when `key` cannot leave the store: relative, no empty, hidden or `..` parts. */
export function isSafeKey(key: string): boolean {
  return key.length <= 512 && SAFE_KEY.test(key);
}
