import { describe, expect, it } from 'vitest';
import type { SensorEvidence } from '../../../core/evidence.js';
import { distanceKm } from '../../../core/geo.js';
import { jointModel } from '../../../models/detection/joint-likelihood.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import { cuaHeatonLog10Pga } from '../../../models/groundmotion/cua-heaton.js';
import { REGION, TABLE, WINDOW, WINDOW_S } from './world.js';

const EVENT = { latitude: 17, longitude: -99, depthKm: 10, timeS: 60, magnitude: 5.5 };

/** Three devices whose shaking so far is that of S of the M 5.5; seen for some seconds, or to its end. */
function sensors(seenS: number | null): SensorEvidence[] {
  return [-99.3, -99, -98.7].map((longitude, i) => {
    const place = { latitude: 17.3, longitude };
    const km = distanceKm(place, EVENT);
    return {
      ...place,
      ...{ source: 'phones', sensorId: `device-${i}`, elevationM: 0, positionSigmaKm: 0.3 },
      ...{ uptime: [{ startS: 0, endS: WINDOW_S }], falseRateHz: 1 / 5000, quantity: 'pga-gal' },
      ...{ log10Threshold: -0.5, notes: [], series: { startS: 0, rateHz: 2, llrBase64: '' } },
      arrivals: [
        {
          ...{ phase: 'S', sigmaS: 0.2, logLikelihoodRatio: 6 },
          timeS: EVENT.timeS + TABLE.s(km, EVENT.depthKm),
          log10Amplitude: cuaHeatonLog10Pga('S-soil', EVENT.magnitude, km, EVENT.depthKm),
          ...(seenS === null ? {} : { amplitudeSeenS: seenS }),
        },
      ],
    } satisfies SensorEvidence;
  });
}

describe('magnitude while shaking grows', () => {
  /** How much likelier the M 5.5 is than another magnitude, nats. */
  const over = (seenS: number | null, magnitude: number): number => {
    const evidence = { window: WINDOW, sensors: sensors(seenS), reports: null };
    const model = jointModel({ evidence, region: REGION, parameters: DEFAULT_PARAMETERS });
    const at = (m: number): number => model.logLikelihood({ ...EVENT, magnitude: m }, [0]);
    return at(EVENT.magnitude) - at(magnitude);
  };

  it('is open above and bounded below; bounded on both sides when it is over', () => {
    // 1.5 magnitudes more is 1 in log10 of the amplitude: 3.6 deviations at each of three devices.
    expect(over(null, 7)).toBeGreaterThan(8);
    expect(over(2, 7)).toBeLessThan(2);
    expect(over(null, 4)).toBeGreaterThan(8);
    expect(over(2, 4)).toBeGreaterThan(8);
  });

  it('closes above as the rupture that it would need has had its time', () => {
    const closing = [2, 6, 12, 25].map((seenS) => over(seenS, 7));
    for (let k = 1; k < closing.length; k++) {
      expect(closing[k]).toBeGreaterThanOrEqual((closing[k - 1] as number) - 1e-9);
    }
    expect(closing.at(-1)).toBeGreaterThan(8);
  });
});
