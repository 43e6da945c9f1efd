/**
 * Where maps of shaking are kept: files beside the event's other exports, and the row of the catalogue
 * that names them. Shared by what publishes events and by the command.
 * @module
 */
import type { ArtifactRef, ObjectStore } from '../core/artifact.js';
import type { Catalogue, ShakingRow } from '../core/catalogue.js';
import { sha256, shortHash } from './content-hash.js';

/** Stores a map of one version of an event. The same map again is the same files and row. */
export async function storeShaking(input: {
  readonly store: ObjectStore;
  readonly catalogue: Pick<Catalogue, 'putShaking'>;
  readonly eventId: string;
  readonly version: number;
  readonly summary: object;
  /** Name of each within the map, for example `shaking.arrow`, and its bytes. */
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}): Promise<ShakingRow> {
  const { store, catalogue, eventId, version } = input;
  const artifacts: ArtifactRef[] = [];
  for (const { name, bytes } of input.files) {
    const key = `${exportKey({ eventId, version, bytes })}-${name}`;
    artifacts.push(await store.put({ key, kind: 'export', bytes }));
  }
  return catalogue.putShaking({
    id: sha256(artifacts.map(({ key }) => key).join(' ')).slice(0, 16),
    eventId,
    version,
    summary: { ...input.summary },
    artifacts,
    problem: null,
  });
}

/** Key of an export of an event's version, without what names its kind. */
export function exportKey(input: {
  readonly eventId: string;
  readonly version: number;
  readonly bytes: Uint8Array;
}): string {
  const version = String(input.version).padStart(4, '0');
  return `events/${input.eventId}/v${version}-${shortHash(input.bytes)}`;
}
