/**
 * In: a folder. Out: its entries (new, renamed, removed names) are on the disk.
 * @module
 */
import { open } from 'node:fs/promises';

/** A new or renamed file is durable only once its folder is synced too (fsync(2)). */
export async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
