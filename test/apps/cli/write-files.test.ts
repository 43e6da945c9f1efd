import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeFiles } from '../../../apps/cli/write-files.js';

const folder = mkdtempSync(path.join(tmpdir(), 'write-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

describe('files of a command', () => {
  it('take the place of those before, all together, and leave no drafts', async () => {
    writeFileSync(at('a'), 'old');
    await writeFiles([
      { to: at('a'), content: 'new' },
      { to: at('b'), content: Uint8Array.of(1, 2) },
    ]);
    expect(readFileSync(at('a'), 'utf8')).toBe('new');
    expect([...readFileSync(at('b'))]).toEqual([1, 2]);
    expect(readdirSync(folder).sort()).toEqual(['a', 'b']);
  });

  it('stay as they were where one cannot be written, which is named', async () => {
    writeFileSync(at('a'), 'old');
    const missing = path.join(at('nowhere'), 'c');
    await expect(
      writeFiles([
        { to: at('a'), content: 'new' },
        { to: missing, content: 'new' },
      ]),
    ).rejects.toThrow(
      expect.objectContaining({ message: expect.stringContaining(missing) as string }) as Error,
    );
    expect(readFileSync(at('a'), 'utf8')).toBe('old');
    expect(readdirSync(folder).some((name) => name.endsWith('.part'))).toBe(false);
  });

  it('refuse a folder in their place', async () => {
    mkdirSync(at('folder'));
    await expect(writeFiles([{ to: at('folder'), content: 'x' }])).rejects.toThrow(/folder/);
  });
});
