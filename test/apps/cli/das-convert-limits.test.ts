/** `das convert` where the target cannot hold the source, or the source or target is broken. @module */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import { memoryRecording } from '../../../connectors/das/write/write-source.js';
import { writeZarr } from '../../../connectors/das/write/write-zarr.js';
import { temporaryFolder } from '../../connectors/das/support.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const TARGETS = ['arrow', 'miniseed', 'prodml', 'zarr'] as const;

async function run(...argv: string[]): Promise<{ code: number; text: string; errors: string }> {
  let [text, errors] = ['', ''];
  const output = {
    write: (part: string) => void (text += part),
    error: (line: string) => void (errors += `${line}\n`),
    isTerminal: false,
  };
  return { code: await runCli({ argv: ['das', ...argv], output }), text, errors };
}

describe('distances that PRODML cannot count', () => {
  it('are refused by name of the file, and a single channel is not among them', async () => {
    const write = async (name: string, spacingM: number, channelCount: number) =>
      writeZarr({
        path: at(name),
        recording: memoryRecording({
          samples: Float32Array.from({ length: 4 * channelCount }, (_, i) => i),
          type: 'float32',
          channelCount,
          runs: [{ firstIndex: 0, sampleCount: 4, startNs: 0n, rateHz: 100 }],
          firstDistanceM: 512.5,
          spacingM,
        }),
      });
    await write('falling.zarr', -2.5, 3);
    const falling = await run('convert', '--to', 'prodml', at('falling.zarr'));
    expect(falling.code).toBe(1);
    expect(falling.errors).toMatch(/falling\.zarr: channels lie -2\.5 m apart/);
    await write('single.zarr', 1, 1);
    const single = await run('convert', '--to', 'prodml', at('single.zarr'));
    expect(single).toMatchObject({ code: 0, errors: '' });
    const back = await run('read', '--stats', '--json', at('single.prodml.h5'));
    expect(JSON.parse(back.text)).toMatchObject({ shape: [4, 1], firstDistanceM: 512.5, max: 3 });
  });
});

describeWithSamples('a file with a damaged chunk', ['das/brady_eq_daspy_example_f32.h5'], () => {
  it('is named by every command that writes, and leaves nothing half-written', async () => {
    const bytes = readFileSync(samplePath('das/brady_eq_daspy_example_f32.h5'));
    for (let i = 0; i < 4000; i++) bytes[(bytes.length >> 1) + i] = 0x5a;
    const own = at('damaged');
    mkdirSync(own);
    const source = path.join(own, 'damaged.h5');
    writeFileSync(source, bytes);
    for (const target of TARGETS) {
      const out = path.join(own, `out.${target}`);
      const { code, errors } = await run('convert', '--to', target, '--out', out, source);
      expect([target, code, errors.slice(0, source.length)]).toEqual([target, 1, source]);
    }
    expect((await run('plot', '--out', path.join(own, 'out.png'), source)).code).toBe(1);
    expect(readdirSync(own)).toEqual(['damaged.h5']);
  });

  it('nor does what is no file give way to a result', async () => {
    const source = samplePath('das/brady_eq_daspy_example_f32.h5');
    const socket = at('socket');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    for (const command of [['convert', '--to', 'arrow'], ['plot']]) {
      const { code, errors } = await run(...command, '--out', socket, source);
      expect([code, errors]).toEqual([2, expect.stringMatching(/socket is no file/)]);
    }
    await new Promise((resolve) => server.close(resolve));
  });
});
