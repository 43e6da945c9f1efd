import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeOutFolder } from '../../../apps/cli/out-folder.js';
import { UnavailableError } from '../../../core/errors.js';

const folder = mkdtempSync(path.join(tmpdir(), 'out-folder-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the folder a command writes to', () => {
  it('is made with its parents, also by several at once and when it is there', async () => {
    const out = path.join(folder, 'a', 'b', 'c');
    await Promise.all([makeOutFolder(out), makeOutFolder(out), makeOutFolder(path.dirname(out))]);
    await makeOutFolder(out);
    expect(statSync(out).isDirectory()).toBe(true);
  });

  it('is refused with its name under a file, and when it is one', async () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    for (const out of [file, path.join(file, 'below')]) {
      await expect(makeOutFolder(out)).rejects.toThrow(UnavailableError);
      await expect(makeOutFolder(out)).rejects.toThrow(out);
    }
  });

  it.runIf(existsSync('/proc/self'))('is refused where the system takes no names', async () => {
    await expect(makeOutFolder('/proc/quakeloom/out')).rejects.toThrow('/proc/quakeloom');
  });
});
