import { describe, expect, it } from 'vitest';
import { createRecording, type Detected } from '../../apps/reports/recording.js';
import { createRandom } from '../../core/random.js';

const START_S = 1_600_000_000;
const DAY_S = 86_400;

/** Two quiet days, then a burst of 40 posts. */
const random = createRandom(3);
const quiet = Array.from({ length: 24 }, () => START_S + 2 * DAY_S * random.uniform());
const burst = Array.from({ length: 40 }, (_, i) => START_S + 2 * DAY_S + 5 * i);

function detect(
  times: readonly number[],
  before: (at: number) => void = () => undefined,
): Detected {
  const recording = createRecording();
  times.forEach((timeS, i) => {
    before(i);
    recording.covers(timeS);
    recording.add({ timeS, language: 'en', authorHash: null, wordingHash: null });
  });
  return recording.detect();
}

describe('a recording of posts', () => {
  const inOrder = detect([...quiet.sort((a, b) => a - b), ...burst]);

  it('declares its burst, with counts of all posts', () => {
    expect(inOrder.declarations).toHaveLength(1);
    expect(inOrder.declarations[0]?.declaredS).toBeGreaterThanOrEqual(burst[0] as number);
    expect(inOrder.declarations[0]?.declaredS).toBeLessThan((burst[0] as number) + 60);
    expect(inOrder.counted).toBe(64);
  });

  it('says the same in whatever order the file has them', () => {
    const shuffled = [...quiet, ...burst]
      .map((timeS) => ({ timeS, at: random.uniform() }))
      .sort((a, b) => a.at - b.at)
      .map(({ timeS }) => timeS);
    expect(detect(shuffled)).toEqual(inOrder);
  });

  it('is not held up by posts dated years ahead or long ago', () => {
    const wrong = [START_S + 1000 * DAY_S, 1];
    const { declarations, counted } = detect([
      wrong[0] as number,
      ...quiet,
      wrong[1] as number,
      ...burst,
    ]);
    expect(declarations).toEqual(inOrder.declarations);
    expect(counted).toBe(66);
  });

  it('without the posts that were deleted has no burst, and nothing of an empty one', () => {
    const recording = createRecording();
    for (const timeS of [...quiet, ...burst]) {
      recording.covers(timeS);
      recording.add({ timeS, language: 'en', authorHash: null, wordingHash: null });
      if (timeS >= (burst[0] as number)) recording.remove({ timeS, language: 'en' });
    }
    expect(recording.detect().declarations).toEqual([]);
    expect(detect([])).toEqual({ declarations: [], counted: 0, repeated: 0 });
  });
});
