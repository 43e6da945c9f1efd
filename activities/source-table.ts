/**
 * A table that a connector made, stored under its own hash.
 * @module
 */
import type { ArtifactRef } from '../core/artifact.js';
import type { SourceKind } from '../core/evidence.js';
import { sha256 } from './content-hash.js';
import type { ActivityDeps } from './deps.js';

/** Stores a source table under its own hash. */
export async function putTable(
  deps: Pick<ActivityDeps, 'store'>,
  input: { regionId: string; source: SourceKind; arrow: Uint8Array },
): Promise<ArtifactRef> {
  const hash = sha256(input.arrow);
  return deps.store.put({
    key: `tables/${input.regionId}/${input.source}/${hash.slice(0, 2)}/${hash}.arrow`,
    kind: 'source-table',
    bytes: input.arrow,
  });
}
