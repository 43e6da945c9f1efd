import { describe, expect, it } from 'vitest';
import { mmiFromPga } from '../../../models/groundmotion/intensity.js';
import { shakingField, unexplainedShaking } from '../../../models/phones/network/shaking-field.js';

const peak = (sensorId: string, latitude: number, pgaGal: number) => ({
  sensorId,
  latitude,
  longitude: 0,
  pgaGal,
  positionSigmaKm: 0,
});
const at = (latitude: number) => ({ latitude, longitude: 0 });

describe('shakingField', () => {
  it('is the largest confirmed intensity within 30 km', () => {
    const peaks = [peak('a', 0, 100), peak('b', 0.1, 60)];
    const [here, near] = shakingField({ peaks, places: [at(0), at(0.2)] });
    expect(here?.mmi).toBeCloseTo(mmiFromPga(100).mmi, 10);
    expect(near?.mmi).toBeCloseTo(mmiFromPga(100).mmi, 10);
    expect(near).toMatchObject({ from: 'a', confirmedBy: 'b' });
  });

  it('does not believe one device', () => {
    expect(shakingField({ peaks: [peak('a', 0, 500)], places: [at(0)] })).toEqual([null]);
    const apart = [peak('a', 0, 500), peak('b', 3, 500)];
    expect(shakingField({ peaks: apart, places: [at(0)] })).toEqual([null]);
    const weak = [peak('a', 0, 500), peak('b', 0.1, 5)];
    const [here] = shakingField({ peaks: weak, places: [at(0)] });
    // The weak one is confirmed by the strong one, not the other way round.
    expect(here).toMatchObject({ from: 'b' });
    expect(here?.mmi).toBeCloseTo(mmiFromPga(5).mmi, 10);
  });

  it('falls with distance beyond the radius and never rises', () => {
    const peaks = [peak('a', 0, 200), peak('b', 0.05, 150)];
    const places = Array.from({ length: 30 }, (_, k) => at(0.1 * k));
    const mmi = shakingField({ peaks, places }).map((f) => f?.mmi ?? 0);
    for (let k = 1; k < mmi.length; k++) expect(mmi[k]).toBeLessThanOrEqual(mmi[k - 1] as number);
    expect(mmi[29]).toBeLessThan((mmi[0] as number) - 2);
  });

  it('names places whose shaking the source does not explain', () => {
    const peaks = [peak('a', 0, 200), peak('b', 0.05, 150)];
    const field = shakingField({ peaks, places: [at(0), at(0.1)] });
    const mmi = field.map((f) => f?.mmi ?? 0);
    expect(
      unexplainedShaking({ field, sourceMmi: [(mmi[0] as number) - 2, mmi[1] as number] }),
    ).toEqual([0]);
  });
});
