import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MATCH_WINDOW_NS,
  eventIdOf,
  matchEvent,
  placeOf,
  runKeyOf,
  squaredDistance,
  type Candidate,
} from '../../catalogue/identity.js';
import { fromLocalKm } from '../../core/geo.js';
import { isoToNs, nsToIso } from '../../core/time.js';
import { describeWithPeers, runPeer } from '../support/peers.js';
import { draft, estimate } from './drafts.js';

const at = (input: Parameters<typeof estimate>[0] = {}) => placeOf(estimate(input));
const origin = { latitude: 16.386, longitude: -97.979 };
const offset = (eastKm: number, northKm: number) => fromLocalKm(origin, { eastKm, northKm });

describe('distance between posteriors', () => {
  it('is zero to itself, symmetric, and grows with separation', () => {
    const place = fc.record({
      latitude: fc.double({ min: 16, max: 17, noNaN: true }),
      longitude: fc.double({ min: -98, max: -97, noNaN: true }),
      timeSdS: fc.double({ min: 0, max: 30, noNaN: true }),
      placeSdKm: fc.double({ min: 0.1, max: 50, noNaN: true }),
    });
    fc.assert(
      fc.property(place, place, (a, b) => {
        expect(squaredDistance(at(a), at(a))).toBe(0);
        expect(squaredDistance(at(a), at(b))).toBeCloseTo(squaredDistance(at(b), at(a)), 10);
        expect(squaredDistance(at(a), at(b))).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('is measured in 3 s and 10 km for sharp posteriors', () => {
    const sharp = { timeSdS: 0, placeSdKm: 1e-9 };
    const seconds = at({ ...sharp, originTime: '2018-02-16T23:39:45.123456789Z' });
    expect(squaredDistance(at(sharp), seconds)).toBeCloseTo(4, 10);
    expect(squaredDistance(at(sharp), at({ ...sharp, ...offset(20, 0) }))).toBeCloseTo(4, 6);
    expect(squaredDistance(at(sharp), at({ ...sharp, ...offset(0, -30) }))).toBeCloseTo(9, 6);
  });

  it('forgives more along the long axis of an ellipse than across it', () => {
    const ellipse90 = { semiMajorKm: 80, semiMinorKm: 10, azimuthDeg: 90 };
    const wide = at({ rest: { ellipse90 } });
    const east = squaredDistance(wide, at({ ...offset(40, 0) }));
    const north = squaredDistance(wide, at({ ...offset(0, 40) }));
    expect(north / east).toBeGreaterThan(5);
  });

  it('does not see the date line', () => {
    const west = at({ latitude: 0, longitude: -179.95 });
    expect(squaredDistance(west, at({ latitude: 0, longitude: 179.95 }))).toBeLessThan(1.5);
    expect(squaredDistance(west, at({ latitude: 0, longitude: 180.05 }))).toBeCloseTo(0, 9);
  });
});

describeWithPeers('distance against NumPy', () => {
  it('equals the quadratic form with the summed covariances', () => {
    const rest = (semiMajorKm: number, semiMinorKm: number, azimuthDeg: number) => ({
      rest: { ellipse90: { semiMajorKm, semiMinorKm, azimuthDeg } },
    });
    const a = at({ timeSdS: 2, ...rest(40, 11, 25) });
    const b = at({
      ...offset(18, -27),
      timeSdS: 1,
      ...rest(22, 9, 140),
      originTime: '2018-02-16T23:39:44.123456789Z',
    });
    const expected = runPeer<{ d2: number; threshold: number }>(`
import json, numpy as np
from scipy.stats import chi2
def cov(major, minor, az, sd):
    r = np.sqrt(chi2.ppf(0.9, 2)); az = np.radians(az)
    u = np.array([np.sin(az), np.cos(az)]); v = np.array([-np.cos(az), np.sin(az)])
    c = np.zeros((3, 3)); c[0, 0] = sd**2
    c[1:, 1:] = (major/r)**2*np.outer(u, u) + (minor/r)**2*np.outer(v, v)
    return c
s = cov(40, 11, 25, 2) + cov(22, 9, 140, 1) + np.diag([9, 100, 100])
d = np.array([5, 18, -27])
print(json.dumps({'d2': float(d @ np.linalg.solve(s, d)), 'threshold': float(chi2.ppf(0.9, 3))}))`);
    expect(squaredDistance(a, b)).toBeCloseTo(expected.d2, 6);
    expect(expected.threshold).toBeCloseTo(6.251388631170325, 9);
  });
});

describe('matching', () => {
  const candidate = (eventId: string, input: Parameters<typeof estimate>[0], runKey = 'r1') =>
    ({ eventId, runKey, ...at(input) }) satisfies Candidate;

  it('takes the closest event and none beyond the threshold', () => {
    const near = candidate('near', offset(5, 0));
    const nearer = candidate('nearer', offset(0, 3));
    const far = candidate('far', offset(80, 0));
    const place = { ...at(), runKey: 'r2' };
    expect(matchEvent(place, [far, near, nearer])?.eventId).toBe('nearer');
    expect(matchEvent(place, [far])).toBeNull();
    expect(matchEvent(place, [])).toBeNull();
  });

  it('never joins two quakes of one posterior, but knows the same one with rounding noise', () => {
    const twin = candidate('twin', { originTime: '2018-02-16T23:39:42.123456789Z' });
    expect(matchEvent({ ...at(), runKey: 'r1' }, [twin])).toBeNull();
    expect(matchEvent({ ...at(), runKey: 'r2' }, [twin])?.eventId).toBe('twin');
    const noisy = candidate('same', { originTime: '2018-02-16T23:39:39.15Z', ...offset(0.2, 0.1) });
    expect(matchEvent({ ...at(), runKey: 'r1' }, [twin, noisy])?.eventId).toBe('same');
  });

  it('does not let a posterior that knows nothing swallow a quake', () => {
    const vague = candidate('vague', {
      timeSdS: 1e6,
      placeSdKm: 1e5,
      originTime: nsToIso(isoToNs('2018-02-16T23:39:39Z') + MATCH_WINDOW_NS + 1_000_000_000n),
    });
    expect(matchEvent({ ...at(), runKey: null }, [vague])).toBeNull();
  });
});

describe('names of events', () => {
  it('are a hash of region, second and tenth of a degree', () => {
    // Independent truth: RFC 4648 base 32 of the first 50 bits, by way of a bit string.
    const text = JSON.stringify([
      'mexico',
      String(Date.parse('2018-02-16T23:39:39Z') / 1000),
      164,
      -980,
      0,
    ]);
    const bits = [...createHash('sha256').update(text).digest()]
      .map((byte) => byte.toString(2).padStart(8, '0'))
      .join('');
    const name = Array.from({ length: 10 }, (_, i) =>
      'abcdefghijklmnopqrstuvwxyz234567'.charAt(parseInt(bits.slice(5 * i, 5 * i + 5), 2)),
    ).join('');
    const place = at();
    expect(eventIdOf({ regionId: 'mexico', place, attempt: 0 })).toBe(`ql${name}`);
  });

  it('do not change within the rounding, and change with region, place and attempt', () => {
    const id = (input: Parameters<typeof estimate>[0], regionId = 'mexico', attempt = 0) =>
      eventIdOf({ regionId, place: at(input), attempt });
    const base = id({});
    expect(id({ originTime: '2018-02-16T23:39:39.4Z', latitude: 16.41 })).toBe(base);
    expect(id({ longitude: -97.979 + 360 })).toBe(base);
    const others = [
      id({ originTime: '2018-02-16T23:39:39.6Z' }),
      id({ latitude: 16.5 }),
      id({}, 'brady'),
      id({}, 'mexico', 1),
    ];
    expect(new Set([base, ...others]).size).toBe(5);
    expect(id({ longitude: 180 })).toBe(id({ longitude: -180 }));
  });

  it('collide only as often as 50 bits do', () => {
    const ids = new Set<string>();
    for (let i = 0; i < 50_000; i++) {
      const place = { ...at(), originNs: BigInt(i) * 1_000_000_000n };
      ids.add(eventIdOf({ regionId: 'mexico', place, attempt: 0 }));
    }
    expect(ids.size).toBe(50_000);
  });
});

describe('run keys', () => {
  it('are shared by the quakes of one inference and by nothing else', () => {
    const key = runKeyOf(draft());
    expect(runKeyOf(draft({ key: 'other', latitude: 17 }))).toBe(key);
    expect(runKeyOf(draft({ run: 'run-2' }))).not.toBe(key);
    expect(runKeyOf(draft({ regionId: 'brady' }))).not.toBe(key);
    const { provenance, ...rest } = draft();
    expect(runKeyOf({ ...rest, provenance: { ...provenance, backend: 'webgpu' } })).not.toBe(key);
    expect(runKeyOf({ ...rest, provenance: { ...provenance, evidence: null } })).toBeNull();
  });
});
