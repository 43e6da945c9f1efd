/**
 * Identity of a file: what changes whenever somebody writes it again. In: a path. Out: plain text
 * fields that can be kept in JSON and compared.
 * @module
 */
import { stat } from 'node:fs/promises';

/**
 * Device, inode, size, time of the last writing and of the last change of status. The last one moves
 * also when a writer sets the time of writing back, so that equal identities mean equal bytes, but
 * for writings within the file system's clock tick (see `isFresh`).
 */
export interface FileIdentity {
  readonly device: string;
  readonly inode: string;
  readonly bytes: number;
  /** ns since the epoch. */
  readonly modifiedNs: string;
  readonly changedNs: string;
}

/** Clocks of file systems tick between 100 ns and 2 s (FAT): younger writings may share a tick. */
const CLOCK_TICK_NS = 2_000_000_000n;

/** Identity of a plain file (links followed); null for folders and for what cannot be looked at. */
export async function fileIdentity(path: string): Promise<FileIdentity | null> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  if (!found?.isFile()) return null;
  return {
    device: String(found.dev),
    inode: String(found.ino),
    bytes: Number(found.size),
    modifiedNs: String(found.mtimeNs),
    changedNs: String(found.ctimeNs),
  };
}

/** True when both are the same version of the same file. */
export function sameIdentity(a: FileIdentity, b: FileIdentity): boolean {
  return identityText(a) === identityText(b);
}

/** The identity as one short text. */
export function identityText(identity: FileIdentity): string {
  const { device, inode, bytes, modifiedNs, changedNs } = identity;
  return [device, inode, bytes, modifiedNs, changedNs].join(':');
}

/** True when the file was changed so shortly before `nowNs` that the next change may look the same. */
export function isFresh(identity: FileIdentity, nowNs: bigint): boolean {
  return BigInt(identity.changedNs) + CLOCK_TICK_NS > nowNs;
}
