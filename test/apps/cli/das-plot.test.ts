import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { decode } from 'fast-png';
import { afterAll, expect, it } from 'vitest';
import { addDasCommands } from '../../../apps/cli/commands/das/index.js';
import { waterfallGrid } from '../../../apps/cli/commands/das/waterfall-grid.js';
import { memoryRecording } from '../../../connectors/das/write/write-source.js';
import { writeZarr } from '../../../connectors/das/write/write-zarr.js';

const folder = mkdtempSync(path.join(tmpdir(), 'das-plot-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Left edge and width of the cells, and a line of pixels through them. */
const LEFT = 104;
const TOP = 40;

it('gives gaps their room on the axis of time, in grey', async () => {
  const source = path.join(folder, 'gap.zarr');
  const samples = Float32Array.from({ length: 200 }, (_, i) => (i % 4) * Math.sin(i) + 3);
  await writeZarr({
    path: source,
    recording: memoryRecording({
      ...{ samples, type: 'float32', channelCount: 4, firstDistanceM: 0, spacingM: 1 },
      runs: [
        { firstIndex: 0, sampleCount: 25, startNs: 0n, rateHz: 50 },
        { firstIndex: 25, sampleCount: 25, startNs: 1_500_000_000n, rateHz: 50 },
      ],
    }),
  });
  const out = path.join(folder, 'gap.png');
  const program = new Command().exitOverride();
  addDasCommands(program, { write: () => undefined, error: () => undefined, isTerminal: false });
  await program.parseAsync(['das', 'plot', '--out', out, source], { from: 'user' });
  const { width, channels, data } = decode(readFileSync(out));
  // 2 s at 50 Hz: 100 cells of nine pixels, half of them without data.
  const isGrey = Array.from({ length: 100 }, (_, cell) => {
    const at = ((TOP + 5) * width + LEFT + cell * 9 + 4) * channels;
    return [0, 1, 2].every((c) => data[at + c] === 200);
  });
  expect(isGrey).toEqual(Array.from({ length: 100 }, (_, cell) => cell >= 25 && cell < 75));
});

it('puts each sample into the cell of its step, largest deviation of a cell first', async () => {
  const grid = await waterfallGrid({
    blocks: (async function* () {
      yield await Promise.resolve({
        ...{ time: [0, 4], channel: [0, 1] },
        values: Float32Array.of(1, -5, 2, 2),
      } as const);
    })(),
    ...{ part: { time: [0, 4], channel: [0, 1] }, timeAxis: 0, factor: 2 },
    ...{ steps: 8, stepOf: (sample: number) => (sample < 2 ? sample : sample + 4) },
    ...{ maxRows: 10, maxColumns: 4 },
  });
  expect([grid.rows, grid.columns]).toEqual([1, 4]);
  expect(Array.from(grid.values)).toEqual([-10, Number.NaN, Number.NaN, 4]);
});
