import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addSeconds,
  floorDiv,
  floorToInterval,
  isoToNs,
  nsToIso,
  secondsSince,
  secondsToNs,
  windowNs,
  windowsBetween,
} from '../../core/time.js';

/** Years 1 to 9998, to the nanosecond. */
const anyNs = fc.bigInt({ min: -62_135_596_800n * 10n ** 9n, max: 253_370_764_800n * 10n ** 9n });
const refused = expect.objectContaining({ _tag: 'InvalidInput', what: 'time' });

describe('times', () => {
  it('known instants', () => {
    expect(isoToNs('1970-01-01T00:00:00Z')).toBe(0n);
    expect(isoToNs('2018-02-16T23:39:39.5Z')).toBe(1_518_824_379_500_000_000n);
    expect(isoToNs('1969-12-31T23:59:59.999999999Z')).toBe(-1n);
    expect(nsToIso(-1n)).toBe('1969-12-31T23:59:59.999999999Z');
    expect(nsToIso(1_000_000_001n)).toBe('1970-01-01T00:00:01.000000001Z');
    expect(nsToIso(-1_500_000_000n)).toBe('1969-12-31T23:59:58.5Z');
  });

  it('nanoseconds to ISO and back, also before 1970', () => {
    fc.assert(fc.property(anyNs, (ns) => isoToNs(nsToIso(ns)) === ns));
  });

  it('ISO to nanoseconds and back, in the shortest form', () => {
    fc.assert(
      fc.property(anyNs, fc.integer({ min: 0, max: 9 }), (ns, digits) => {
        const unit = 10n ** BigInt(9 - digits);
        const iso = nsToIso(floorDiv(ns, unit) * unit);
        expect(iso).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?Z$/);
        expect(nsToIso(isoToNs(iso))).toBe(iso);
      }),
    );
  });

  it('order of the text is order of the time within one form', () => {
    fc.assert(
      fc.property(anyNs, anyNs, (a, b) => {
        const [x, y] = [a, b].map((ns) => nsToIso(floorDiv(ns, 10n ** 9n) * 10n ** 9n));
        return floorDiv(a, 10n ** 9n) < floorDiv(b, 10n ** 9n) === x! < y!;
      }),
    );
  });

  it.each([
    '',
    '2018-02-16',
    '2018-02-16 23:39:39Z',
    '2018-02-16T23:39:39',
    '2018-02-16T23:39:39+01:00',
    '2018-02-16T23:39:39.1234567891Z',
    '2018-02-16T23:39:39.Z',
    '2018-13-01T00:00:00Z',
    '2018-02-30T00:00:00Z',
    '2019-02-29T00:00:00Z',
    '2018-02-16T24:00:00Z',
    '2018-02-16T23:60:00Z',
    '2018-02-16T23:39:60Z',
    ' 2018-02-16T23:39:39Z',
    '2018-02-16T23:39:39Z\n',
  ])('refuses %j', (text) => {
    expect(() => isoToNs(text)).toThrow(refused);
  });

  it('a leap day is a day', () => {
    expect(nsToIso(isoToNs('2016-02-29T12:00:00Z'))).toBe('2016-02-29T12:00:00Z');
  });

  it('refuses times that no four-digit year holds', () => {
    // Seconds taken for milliseconds, and the like.
    expect(() => nsToIso(1_518_824_379n * 10n ** 12n)).toThrow(refused);
    expect(() => nsToIso(-(10n ** 26n))).toThrow(refused);
    expect(nsToIso(isoToNs('9999-12-31T23:59:59.999999999Z'))).toBe(
      '9999-12-31T23:59:59.999999999Z',
    );
    expect(nsToIso(isoToNs('0000-01-01T00:00:00Z'))).toBe('0000-01-01T00:00:00Z');
  });

  it('seconds of milliseconds are exact, negative too', () => {
    expect(secondsToNs(1.001)).toBe(1_001_000_000n);
    expect(secondsToNs(-0.25)).toBe(-250_000_000n);
    expect(secondsToNs(-1.5)).toBe(-1_500_000_000n);
    expect(secondsToNs(1_518_824_379.5)).toBe(1_518_824_379_500_000_000n);
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (ms) => {
        expect(secondsToNs(ms / 1000)).toBe(BigInt(ms) * 1_000_000n);
      }),
    );
  });

  it('seconds since an origin keep a nanosecond over a window', () => {
    fc.assert(
      fc.property(anyNs, fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (origin, offset) => {
        expect(secondsToNs(secondsSince(origin + offset, origin))).toBe(offset);
      }),
    );
  });

  it('adds seconds, across midnight and back', () => {
    expect(addSeconds('2019-12-31T23:59:59.5Z', 0.5)).toBe('2020-01-01T00:00:00Z');
    expect(addSeconds('2020-01-01T00:00:00Z', -0.000000001)).toBe('2019-12-31T23:59:59.999999999Z');
  });
});

describe('windows', () => {
  const anyInterval = fc.constantFrom(0.5, 1, 10, 60, 300, 3600, 7200, 86_400);

  it('flooring gives the last multiple not after the time', () => {
    fc.assert(
      fc.property(anyNs, anyInterval, (ns, intervalS) => {
        const step = secondsToNs(intervalS);
        const floor = isoToNs(floorToInterval(nsToIso(ns), intervalS));
        expect(((floor % step) + step) % step).toBe(0n);
        expect(floor <= ns && ns < floor + step).toBe(true);
      }),
    );
    expect(floorToInterval('1969-12-31T23:59:59Z', 300)).toBe('1969-12-31T23:55:00Z');
  });

  it('windows cover the range, touch, and none is beside it', () => {
    fc.assert(
      fc.property(
        anyNs,
        anyInterval,
        fc.double({ min: 0.001, max: 50, noNaN: true }),
        (startNs, intervalS, lengths) => {
          const endNs = startNs + secondsToNs(lengths * intervalS) + 1n;
          const range = { start: nsToIso(startNs), end: nsToIso(endNs) };
          const windows = windowsBetween(range, intervalS).map(windowNs);
          expect(windows[0]!.startNs <= startNs).toBe(true);
          expect(windows.at(-1)!.endNs >= endNs).toBe(true);
          windows.forEach((window, i) => {
            expect(window.endNs - window.startNs).toBe(secondsToNs(intervalS));
            if (i > 0) expect(window.startNs).toBe(windows[i - 1]!.endNs);
            expect(window.endNs > startNs && window.startNs < endNs).toBe(true);
          });
        },
      ),
    );
  });

  it('a range of whole windows is exactly those', () => {
    const range = { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:10:00Z' };
    expect(windowsBetween(range, 300)).toEqual([
      { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:05:00Z' },
      { start: '2020-01-01T00:05:00Z', end: '2020-01-01T00:10:00Z' },
    ]);
  });

  it('refuses a range that is empty or runs backwards', () => {
    const start = '2020-01-01T00:00:00Z';
    for (const end of [start, '2019-12-31T23:59:59Z']) {
      expect(() => windowsBetween({ start, end }, 300)).toThrow(/end .* is not after start/);
    }
  });
});
