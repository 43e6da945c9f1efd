/** Worker threads give the same bytes as one thread. @module */
import { afterAll, describe, expect, it } from 'vitest';
import { createComputePool } from '../../../../apps/threads/pool.js';
import { filterBlock, startBandPass } from '../../../../models/das/processing/band-pass.js';
import { removeCommonMode } from '../../../../models/das/processing/common-mode.js';
import { decimateBlock, startDecimation } from '../../../../models/das/processing/decimate.js';
import { fanFilter } from '../../../../models/das/processing/fan-filter.js';
import type { Fan } from '../../../../models/das/processing/fan-plan.js';
import {
  decimateParallel,
  fanFilterParallel,
  filterParallel,
  removeCommonModeParallel,
  sharedBlock,
  staLtaParallel,
} from '../../../../models/das/processing/parallel.js';
import { staLtaBlock, startStaLta } from '../../../../models/das/processing/sta-lta.js';
import { bytesOf, cut, joined, noiseBlock } from './blocks.js';

const threads = { pool: createComputePool({ size: 2 }), parts: 3 };
afterAll(() => threads.pool.close());

const channelCount = 42;
const block = noiseBlock(channelCount, 500, 8);
const packets = [cut(block, 0, 180), cut(block, 180, 500)].map(sharedBlock);
const band = { order: 4, lowHz: 1, highHz: 10, rateHz: 100, channelCount };
const windows = { kind: 'classic', shortSamples: 20, longSamples: 100, channelCount } as const;

describe('over worker threads', () => {
  it('band-pass of a stream', async () => {
    let state = startBandPass({ ...band, shared: true });
    const parts = [];
    for (const packet of packets) {
      const done = await filterParallel({ ...threads, state, block: packet });
      state = done.state;
      parts.push(done.block);
    }
    const alone = filterBlock({ state: startBandPass(band), block });
    expect(bytesOf(joined(parts, channelCount))).toBe(bytesOf(alone.block));
    expect(state.samplesSeen).toBe(500);
  });

  it('STA/LTA of a stream', async () => {
    let state = startStaLta({ ...windows, shared: true });
    const parts = [];
    for (const packet of packets) {
      const done = await staLtaParallel({ ...threads, state, block: packet });
      state = done.state;
      parts.push(done.ratio);
    }
    const alone = staLtaBlock({ state: startStaLta(windows), block });
    expect(bytesOf(joined(parts, channelCount))).toBe(bytesOf(alone.ratio));
  });

  it('decimation of a stream', async () => {
    let state = startDecimation({ factor: 4, channelCount, shared: true });
    const parts = [];
    for (const packet of packets) {
      const done = await decimateParallel({ ...threads, state, block: packet });
      state = done.state;
      parts.push(done.block);
    }
    const alone = decimateBlock({ state: startDecimation({ factor: 4, channelCount }), block });
    expect(bytesOf(joined(parts, channelCount))).toBe(bytesOf(alone.block));
  });

  it('common mode and fan filter', async () => {
    const shared = sharedBlock(block);
    const common = await removeCommonModeParallel({ ...threads, block: shared });
    expect(bytesOf(common.block)).toBe(bytesOf(removeCommonMode({ block }).block));
    expect(common.commonMode).toEqual(removeCommonMode({ block }).commonMode);
    const fan: Fan = {
      rateHz: 100,
      channelSpacingM: 10,
      speedsMPerS: [500, 800, Infinity, Infinity],
    };
    const fanned = await fanFilterParallel({ ...threads, fan, block: shared });
    expect(bytesOf(fanned)).toBe(bytesOf(fanFilter({ fan, block })));
  });

  it('not in memory that threads cannot share', async () => {
    const state = startBandPass({ ...band, shared: true });
    await expect(filterParallel({ ...threads, state, block })).rejects.toThrow(/copy of it/);
    const alone = startBandPass(band);
    await expect(
      filterParallel({ ...threads, state: alone, block: sharedBlock(block) }),
    ).rejects.toThrow(/copy of it/);
  });
});
