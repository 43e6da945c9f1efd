import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { afterAll, expect, it } from 'vitest';
import { addDasCommands } from '../../../apps/cli/commands/das/index.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const folder = mkdtempSync(path.join(tmpdir(), 'das-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...argv: string[]): Promise<unknown> {
  let text = '';
  const write = (part: string) => void (text += part);
  const program = new Command().exitOverride();
  addDasCommands(program, { write, error: () => undefined, isTerminal: false });
  await program.parseAsync(['das', ...argv, '--json'], { from: 'user' });
  return JSON.parse(text);
}

describeWithSamples('a Zarr store', ['das/h5_simple_1.h5'], () => {
  it('is one file however it is named: an object, under the name that was typed', async () => {
    const store = path.join(folder, 'one.zarr');
    await run('convert', samplePath('das/h5_simple_1.h5'), '--to', 'zarr', '--out', store);
    const relative = path.relative('.', store);
    for (const name of [store, relative, `${store}/`, `./${relative}/`]) {
      expect(await run('scan', name)).toMatchObject({ file: name, shape: [200, 100] });
    }
    // A folder with a store in it is a folder: a list.
    expect(await run('scan', folder)).toMatchObject([{ file: store, format: 'das/zarr' }]);
  });
});
