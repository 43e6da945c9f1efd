import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { prepareOut, publish, publishFile } from '../../../apps/cli/commands/insar/publish.js';

describe('results of the InSAR commands', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'quakeloom-publish-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const place = (name: string): string => path.join(home, name);
  const put = async (folder: string, text: string): Promise<void> => {
    mkdirSync(path.join(folder, 'series'));
    writeFileSync(path.join(folder, 'series', `${text}.tif`), text);
    for (const name of ['velocity.tif', 'qc.json']) writeFileSync(path.join(folder, name), text);
  };

  it('appear whole, replace those of an earlier run and leave other files', async () => {
    const out = place('whole');
    await publish(out, (folder) => put(folder, 'old'));
    writeFileSync(path.join(out, 'mine.txt'), 'mine');
    await publish(out, (folder) => put(folder, 'new'));
    expect(readdirSync(out).sort()).toEqual(['mine.txt', 'qc.json', 'series', 'velocity.tif']);
    expect(readFileSync(path.join(out, 'qc.json'), 'utf8')).toBe('new');
    expect(readdirSync(path.join(out, 'series'))).toEqual(['new.tif']);
    expect(readdirSync(home).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('are not there after a failure, and what was there stays', async () => {
    const out = place('failed');
    await publish(out, (folder) => put(folder, 'old'));
    const failing = publish(out, async (folder) => {
      await put(folder, 'new');
      throw new Error('half way');
    });
    await expect(failing).rejects.toThrow('half way');
    expect(readFileSync(path.join(out, 'qc.json'), 'utf8')).toBe('old');
    await expect(publish(place('never'), () => Promise.reject(new Error('no')))).rejects.toThrow();
    expect(existsSync(place('never'))).toBe(false);
  });

  it('drafts of killed processes are cleared, those of running ones are not', async () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    for (const pid of [gone, process.ppid]) mkdirSync(place(`draft.partial-${pid}`));
    mkdirSync(place('draft.partial-mine'));
    await prepareOut(place('draft'));
    expect(existsSync(place(`draft.partial-${gone}`))).toBe(false);
    expect(existsSync(place(`draft.partial-${process.ppid}`))).toBe(true);
    expect(existsSync(place('draft.partial-mine'))).toBe(true);
    expect(existsSync(place('draft'))).toBe(false);
  });

  it('places that cannot be written are refused before the work', async () => {
    writeFileSync(place('file'), '');
    await expect(prepareOut(place('file'))).rejects.toThrow(/it is a file/);
    await expect(prepareOut(place('file/out'))).rejects.toThrow(/file is a file/);
    await expect(prepareOut(home, [`${home}/.`])).rejects.toThrow(/the folder that is read/);
    await expect(publishFile(place('none/page.html'), 'x')).rejects.toThrow(/ENOENT/);
  });
});
