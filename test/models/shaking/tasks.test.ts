import { describe, expect, it } from 'vitest';
import { distanceKm } from '../../../core/geo.js';
import { cellCentre } from '../../../core/shaking.js';
import { encodeSamples } from '../../../models/detection/samples-table.js';
import { BSSA14, AW07, combineModels } from '../../../models/groundmotion/equations.js';
import { reachKm, shakingTasks } from '../../../models/shaking/tasks.js';

const MODEL = combineModels([BSSA14, AW07]);
const quake = (magnitude: number) => ({ latitude: 38, longitude: -122, depthKm: 10, magnitude });

describe('reach of a published map', () => {
  it('is where the median intensity is 3, within 30 and 300 km', () => {
    const reach = reachKm({ samples: [quake(5)], model: MODEL });
    const { median } = MODEL.predict('mmi', {
      magnitude: 5,
      depthKm: 10,
      distanceKm: reach,
      vs30: 400,
      mechanism: 'unspecified',
    });
    expect(median).toBeCloseTo(3, 1);
    expect(reachKm({ samples: [quake(1)], model: MODEL })).toBe(30);
    expect(reachKm({ samples: [quake(8)], model: MODEL })).toBe(300);
  });
});

describe('mapShaking', () => {
  it('maps the prior without observations: strongest at the source, weaker and no surer outwards', async () => {
    const of = (values: readonly number[]): Float64Array => Float64Array.from(values);
    const samplesArrow = encodeSamples({
      samples: {
        timeS: of([0, 0]),
        latitude: of([37.99, 38.01]),
        longitude: of([-122, -122]),
        depthKm: of([10, 10]),
        magnitude: of([5.4, 5.6]),
        logWeight: of([0, 0]),
      },
      windowStart: '2020-01-01T00:00:00Z',
    });
    const { map, summary } = await shakingTasks.mapShaking(
      {
        eventId: 'ql1',
        originTime: '2020-01-01T00:00:00Z',
        samplesArrow,
        evidence: null,
        isSynthetic: true,
      },
      { progress: () => undefined, throwIfCancelled: () => undefined },
    );
    expect([map.rows, map.columns]).toEqual([31, 31]);
    const { median, sigma } = map.layers.mmi;
    const order = Array.from(median, (_, i) => i).sort(
      (a, b) => distanceKm(quake(5), cellCentre(map, a)) - distanceKm(quake(5), cellCentre(map, b)),
    );
    const far = order.slice(-40);
    const centre = order[0] as number;
    expect(Math.max(...far.map((i) => median[i] as number))).toBeLessThan(3.3);
    expect(median[centre]).toBe(Math.max(...median));
    expect(Math.min(...sigma)).toBeGreaterThan(0.3);
    expect(summary.notes).toContain('the event is SIMULATED');
    expect(summary.observations.used).toEqual({ station: 0, phone: 0, felt: 0 });
  });
});
