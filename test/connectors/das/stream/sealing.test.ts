/** Windows are sealed once their inputs are known; late data makes a new version. @module */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  sealWindows,
  type SealState,
  type SealableFile,
} from '../../../../connectors/das/stream/sealing.js';
import { isoToNs, nsToIso } from '../../../../core/time.js';

const ORIGIN_NS = isoToNs('2020-01-01T00:00:00Z');
const settings = { intervalS: 10, reachS: 2, latencyS: 30, horizonS: 600 };
const atNs = (s: number): bigint => ORIGIN_NS + BigInt(s) * 1_000_000_000n;
const file = (from: number, to: number, contentId = `${from}-${to}`): SealableFile => ({
  contentId,
  window: { start: nsToIso(atNs(from)), end: nsToIso(atNs(to)) },
});
const seal = (state: SealState, files: readonly SealableFile[], nowS: number) =>
  sealWindows({ state, files, nowNs: atNs(nowS), settings });
const lines = (due: ReturnType<typeof seal>['due']): string[] =>
  due.map(
    ({ window, why, version }) =>
      `${Number(isoToNs(window.start) - ORIGIN_NS) / 1e9} ${why} ${version}`,
  );

describe('sealing', () => {
  it('seals a window when data covers it and its reach', () => {
    const files = [file(-5, 5), file(5, 11)];
    expect(lines(seal({}, files, 12).due)).toEqual([]);
    const { state, due } = seal({}, [...files, file(11, 12)], 12);
    expect(lines(due)).toEqual(['0 complete 1']);
    expect(seal(state, [file(11, 12), ...files], 13).due).toEqual([]);
  });

  it('seals what there is when the time is over, and anew when the rest comes late', () => {
    const files = [file(0, 4), file(6, 10)];
    expect(lines(seal({}, files, 41).due)).toEqual([]);
    const overdue = seal({}, files, 42);
    expect(lines(overdue.due)).toEqual(['0 overdue 1']);
    const late = seal(overdue.state, [...files, file(4, 6)], 50);
    expect(lines(late.due)).toEqual(['0 late-data 2']);
    // A repeated file, under whichever name, is none.
    expect(seal(late.state, [...files, file(4, 6), file(4, 6)], 51).due).toEqual([]);
    // The same time with other samples is a file written again.
    expect(lines(seal(late.state, [...files, file(4, 6, 'corrected')], 52).due)).toEqual([
      '0 late-data 3',
    ]);
  });

  it('renews all windows into whose reach late data comes, and forgets the oldest', () => {
    const files = [file(0, 9), file(11, 20)];
    const { state } = seal({}, files, 60);
    expect(Object.keys(state)).toHaveLength(2);
    const late = seal(state, [...files, file(9, 11)], 61);
    expect(lines(late.due)).toEqual(['0 late-data 2', '10 late-data 2']);
    const later = seal(late.state, files, 615);
    expect(lines(later.due)).toEqual(['10 late-data 3']);
    expect(Object.keys(later.state)).toHaveLength(1);
  });

  it('depends on the set of files, not on order or repetition, also through JSON', () => {
    const files = fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 1, max: 20 }))
        .map(([from, length]) => file(from, from + length)),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(files, fc.integer({ min: 0, max: 200 }), (list, nowS) => {
        const one = seal({}, list, nowS);
        const other = seal({}, [...list, ...list].reverse(), nowS);
        expect(other).toEqual(one);
        const kept = JSON.parse(JSON.stringify(one.state)) as SealState;
        expect(seal(kept, list, nowS).due).toEqual([]);
      }),
    );
  });
});
