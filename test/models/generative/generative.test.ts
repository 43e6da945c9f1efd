import { describe, expect, it } from 'vitest';
import { distanceKm, fromLocalKm } from '../../../core/geo.js';
import { createRandom, type Random } from '../../../core/random.js';
import { simulateScene } from '../../../models/generative/interferogram.js';
import { drawDevices, simulatePackets } from '../../../models/generative/phones.js';
import { feltShare, simulateCells, simulatePosts } from '../../../models/generative/reports.js';
import { envelopeAt, simulateTrace } from '../../../models/generative/seismogram.js';
import { shakingAt } from '../../../models/generative/shaking.js';
import { drawSource, faultOf, type SimulatedSource } from '../../../models/generative/source.js';
import { okadaDisplacement } from '../../../models/deformation/okada.js';
import { travelTimeTable } from '../../../models/traveltime/travel-time-table.js';

const LIMITS = {
  bounds: { west: -118.3, south: 38.2, east: -117.5, north: 38.8 },
  timeS: { from: 100, to: 140 },
  magnitude: { min: 4, max: 6.5 },
  depthKm: { min: 6, max: 30 },
} as const;

const SOURCE: SimulatedSource = {
  timeS: 100,
  latitude: 38.5,
  longitude: -117.9,
  depthKm: 9,
  magnitude: 6.2,
  strikeDeg: 30,
  dipDeg: 50,
  rakeDeg: 90,
  ...faultOf(6.2),
};

/** Every draw is 0: what is left is the model without noise. */
const ZERO: Random = {
  uniform: () => 0,
  normal: () => 0,
  integer: () => 0,
  exponential: () => 0,
  poisson: (mean) => Math.round(mean),
};

describe('source', () => {
  it('length, width and slip carry the moment of the magnitude (Hanks and Kanamori)', () => {
    for (let magnitude = 3; magnitude <= 8; magnitude += 0.25) {
      const { lengthKm, widthKm, slipM } = faultOf(magnitude);
      const moment = 32e9 * lengthKm * 1e3 * widthKm * 1e3 * slipM;
      expect((2 / 3) * (Math.log10(moment) - 9.1)).toBeCloseTo(magnitude, 6);
    }
    // Wells and Coppersmith (1994), table 2A, at M 7.
    expect(faultOf(7).lengthKm).toBeCloseTo(48.98, 2);
    expect(faultOf(7).lengthKm * faultOf(7).widthKm).toBeCloseTo(758.58, 2);
  });

  it('is reproducible, within its limits, small ones ten times as often a unit', () => {
    const random = createRandom(5);
    const drawn = Array.from({ length: 5000 }, () => drawSource({ random, ...LIMITS }));
    const again = createRandom(5);
    expect(drawSource({ random: again, ...LIMITS })).toEqual(drawn[0]);
    const { bounds, timeS, magnitude, depthKm } = LIMITS;
    for (const source of drawn) {
      expect(source.timeS >= timeS.from && source.timeS <= timeS.to).toBe(true);
      expect(source.latitude >= bounds.south && source.latitude <= bounds.north).toBe(true);
      expect(source.longitude >= bounds.west && source.longitude <= bounds.east).toBe(true);
      expect(source.magnitude >= magnitude.min && source.magnitude <= magnitude.max).toBe(true);
      expect(source.depthKm >= depthKm.min && source.depthKm <= depthKm.max).toBe(true);
      expect(source.dipDeg > 0 && source.dipDeg <= 90).toBe(true);
    }
    const share = drawn.filter((source) => source.magnitude < 5).length / drawn.length;
    // b = 1 between 4 and 6.5: (1 - 10^-1) / (1 - 10^-2.5).
    expect(share).toBeCloseTo(0.9 / (1 - 10 ** -2.5), 1.6);
  });
});

describe('seismogram', () => {
  const onset = { timeS: 4, peak: 2.5, riseS: 0.5, decayS: 3 };

  it('the envelope rises, has its greatest value 1, and dies', () => {
    expect([3.999, 4, 4.25, 4.5].map((t) => envelopeAt(onset, t))).toEqual([0, 0, 0.5, 1]);
    expect(envelopeAt(onset, 7.5)).toBeCloseTo(Math.exp(-1), 9);
  });

  it('one arrival has the asked peak, and nothing comes before it', () => {
    const trace = simulateTrace({
      random: createRandom(1),
      rateHz: 50,
      sampleCount: 1000,
      onsets: [onset],
      bandHz: [1, 8],
    });
    const peak = trace.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(peak).toBeCloseTo(2.5, 5);
    expect(trace.subarray(0, 200).every((value) => value === 0)).toBe(true);
    expect(trace.subarray(200, 300).some((value) => value !== 0)).toBe(true);
  });

  it('an arrival after the end leaves the trace silent', () => {
    const trace = simulateTrace({
      random: createRandom(1),
      rateHz: 50,
      sampleCount: 100,
      onsets: [onset],
      bandHz: [1, 8],
    });
    expect(trace.every((value) => value === 0)).toBe(true);
  });

  it('P and S come when the travel-time table says, P first and weaker', () => {
    const place = { latitude: 39.2, longitude: -117.2 };
    const terms = { accelerometers: 0, cable: 0 };
    for (const quantity of ['pga-gal', 'strain-rate-microstrain-s'] as const) {
      const input = { random: ZERO, source: SOURCE, place, quantity, terms };
      const { p, s } = shakingAt({ ...input, velocityModel: 'iasp91' });
      const table = travelTimeTable({ model: 'iasp91' });
      const distance = distanceKm(SOURCE, place);
      expect(p.timeS - SOURCE.timeS).toBeCloseTo(table.p(distance, 9), 9);
      expect(s.timeS - SOURCE.timeS).toBeCloseTo(table.s(distance, 9), 9);
      expect(p.timeS).toBeLessThan(s.timeS);
      expect(p.peak).toBeLessThan(s.peak);
      const far = fromLocalKm(place, { eastKm: 100, northKm: 0 });
      const weaker = shakingAt({ ...input, place: far, velocityModel: 'iasp91' });
      expect(weaker.s.peak).toBeLessThan(s.peak);
    }
  });

  it('packets of a phone follow each other without gap, quiet before P', () => {
    const random = createRandom(2);
    const towns = [{ latitude: 38.9, longitude: -118.6, spreadKm: 8 }];
    const [drawn] = drawDevices({ random, count: 1, towns });
    const packets = simulatePackets({
      random,
      device: { ...drawn!, noiseGal: 0 },
      source: SOURCE,
      terms: { accelerometers: 0, cable: 0 },
      durationS: 180,
      velocityModel: 'iasp91',
    });
    expect(packets.length).toBe(Math.floor((180 * 31.25) / 32));
    packets.forEach((packet, i) => {
      expect(packet.lastSampleS).toBeCloseTo((32 * i + 31) / 31.25, 9);
      expect(packet.arrivalS).toBeGreaterThan(packet.lastSampleS);
      if (packet.lastSampleS < SOURCE.timeS) {
        expect([...packet.x, ...packet.y, ...packet.z].every((value) => value === 0)).toBe(true);
      }
    });
    expect(packets.some(({ x }) => x.some((value) => Math.abs(value) > 1))).toBe(true);
  });
});

describe('interferogram', () => {
  const input = {
    source: SOURCE,
    centre: { latitude: 38.5, longitude: -117.9 },
    sizeKm: 60,
    pixels: 40,
    incidenceDeg: 39,
    headingDeg: -10,
    firstDate: '2025-12-26',
    secondDate: '2026-01-07',
    atmosphereM: 0.005,
  };

  it('without noise it is the Okada displacement seen along the line of sight', () => {
    const scene = simulateScene({ ...input, random: ZERO });
    const [x0, dx, , y0, , dy] = scene.transform;
    // An ascending, right-looking radar stands in the west: its ground vector points west and up.
    const [incidence, heading] = [(39 * Math.PI) / 180, (-10 * Math.PI) / 180];
    const look = [
      -Math.sin(incidence) * Math.cos(heading),
      Math.sin(incidence) * Math.sin(heading),
      Math.cos(incidence),
    ] as const;
    expect(look[0]).toBeLessThan(0);
    const count = scene.rows * scene.columns;
    let largest = 0;
    for (let i = 0; i < count; i += 7) {
      const latitude = y0 + (Math.floor(i / 40) + 0.5) * dy;
      const longitude = x0 + ((i % 40) + 0.5) * dx;
      const kmPerDegree = (Math.PI * 6371) / 180;
      const meanLat = ((latitude + SOURCE.latitude) / 2) * (Math.PI / 180);
      const { eastM, northM, upM } = okadaDisplacement(
        {
          eastM: 0,
          northM: 0,
          centroidDepthM: 9000,
          strikeDeg: 30,
          dipDeg: 50,
          rakeDeg: 90,
          slipM: SOURCE.slipM,
          lengthM: SOURCE.lengthKm * 1000,
          widthM: SOURCE.widthKm * 1000,
        },
        {
          eastM: Float64Array.of(
            (longitude - SOURCE.longitude) * kmPerDegree * 1000 * Math.cos(meanLat),
          ),
          northM: Float64Array.of((latitude - SOURCE.latitude) * kmPerDegree * 1000),
        },
      );
      const los = eastM[0]! * look[0] + northM[0]! * look[1] + upM[0]! * look[2];
      expect(scene.losM[i]).toBeCloseTo(los, 6);
      largest = Math.max(largest, Math.abs(los));
      for (const k of [0, 1, 2] as const) {
        expect(scene.unitVectors[k * count + i]).toBeCloseTo(look[k], 6);
      }
    }
    expect(largest).toBeGreaterThan(0.05);
  });

  it('atmosphere has the asked standard deviation everywhere', () => {
    const far = { ...SOURCE, latitude: 0, longitude: 0, slipM: 0 };
    const values: number[] = [];
    for (let seed = 0; seed < 60; seed++) {
      const scene = simulateScene({
        ...input,
        random: createRandom(seed),
        source: far,
        atmosphereM: 0.1,
      });
      // Pixel (2, 2) of lattice cells five pixels wide lies between four nodes.
      for (let row = 2; row < 40; row += 5) {
        for (let column = 2; column < 40; column += 5) values.push(scene.losM[row * 40 + column]!);
      }
    }
    const valid = values.filter((value) => !Number.isNaN(value));
    const sd = Math.sqrt(valid.reduce((sum, value) => sum + value ** 2, 0) / valid.length);
    expect(sd).toBeGreaterThan(0.094);
    expect(sd).toBeLessThan(0.107);
  });
});

describe('reports', () => {
  const towns = [{ latitude: 38.9, longitude: -118.6, spreadKm: 8, respondents: 400 }];

  it('the share of people who feel an intensity rises from none to all', () => {
    const shares = [-5, 1, 2, 3, 4, 5, 10].map(feltShare);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[0]).toBeLessThan(1e-6);
    expect(feltShare(3)).toBeCloseTo(0.5, 1);
    expect(feltShare(1)).toBe(0);
    expect(shares.at(-1)).toBeGreaterThan(0.999);
  });

  it('background posts are a Poisson count over the whole time; answers come after the quake', () => {
    const counts: number[] = [];
    for (let seed = 0; seed < 400; seed++) {
      const posts = simulatePosts({
        random: createRandom(seed),
        source: SOURCE,
        towns: [],
        durationS: 600,
        backgroundHz: 0.02,
      });
      counts.push(posts.length);
      expect(posts.every(({ timeS }) => timeS >= 0 && timeS < 600)).toBe(true);
    }
    const mean = counts.reduce((sum, n) => sum + n, 0) / counts.length;
    const variance = counts.reduce((sum, n) => sum + (n - mean) ** 2, 0) / counts.length;
    expect(Math.abs(mean - 12)).toBeLessThan(5 * Math.sqrt(12 / 400));
    expect(Math.abs(variance - 12)).toBeLessThan(5 * Math.sqrt((12 + 2 * 144) / 400));
    const felt = simulatePosts({
      random: createRandom(1),
      source: SOURCE,
      towns,
      durationS: 600,
      backgroundHz: 0,
    });
    expect(felt.length).toBeGreaterThan(50);
    expect(felt.every(({ timeS }) => timeS > SOURCE.timeS)).toBe(true);
    expect(felt.map(({ timeS }) => timeS)).toEqual(
      felt.map(({ timeS }) => timeS).sort((a, b) => a - b),
    );
  });

  it('cells lie about their towns with intensities of the scale and whole counts', () => {
    const cells = simulateCells({ random: createRandom(3), source: SOURCE, towns, sizeKm: 10 });
    expect(cells.length).toBeGreaterThan(0);
    for (const cell of cells) {
      expect(cell.intensity >= 1 && cell.intensity <= 10).toBe(true);
      expect(Number.isInteger(cell.responses) && cell.responses > 0).toBe(true);
      expect(cell.distanceKm).toBeCloseTo(distanceKm(SOURCE, cell), 6);
      expect(distanceKm(cell, towns[0]!)).toBeLessThan(15);
    }
  });
});
