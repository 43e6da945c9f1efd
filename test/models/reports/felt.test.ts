import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReportCell } from '../../../core/evidence.js';
import type { FeltAnswers } from '../../../core/felt-answers.js';
import { distanceKm } from '../../../core/geo.js';
import {
  addBoxVersion,
  boxesAt,
  type BoxHistory,
} from '../../../models/reports/felt/box-history.js';
import {
  aggregateBoxes,
  boxCells,
  boxName,
  boxShape,
  type FeltResponse,
} from '../../../models/reports/felt/boxes.js';
import {
  boxSigma,
  communityIntensity,
  communityWeightedSum,
  damageIndex,
  feltIndex,
  roundToTenth,
} from '../../../models/reports/felt/cdi.js';
import { locateFelt } from '../../../models/reports/felt/locate.js';
import { learnRegionalBias, withRegionalBias } from '../../../models/reports/felt/regional-bias.js';
import { DEFAULT_PARAMETERS } from '../../../models/detection/parameters.js';
import { fromUtm, toUtm } from '../../../core/utm.js';
import { awMmi2007California } from '../../../models/groundmotion/intensity.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

/** Made by USGS DYFI 4 (`dyfi/cdi.py`, public domain) from drawn answers: [people, CWS, CDI]. */
type UsgsCase = [(number | string | null)[][], number, number];
const USGS = JSON.parse(
  readFileSync(new URL('./fixtures/usgs-cdi.json', import.meta.url), 'utf8'),
) as UsgsCase[];

const OPEN: FeltAnswers = {
  felt: null,
  otherFelt: null,
  motion: null,
  reaction: null,
  stand: null,
  shelf: null,
  picture: null,
  furniture: null,
  damageText: null,
};

function answersOf(row: (number | string | null)[]): FeltAnswers {
  const [felt, otherFelt, motion, reaction, stand, shelf, picture, furniture] = row as (
    number | null
  )[];
  return {
    felt: felt ?? null,
    otherFelt: otherFelt ?? null,
    motion: motion ?? null,
    reaction: reaction ?? null,
    stand: stand ?? null,
    shelf: shelf ?? null,
    picture: picture ?? null,
    furniture: furniture ?? null,
    damageText: row[8] as string | null,
  };
}

describe('community decimal intensity', () => {
  it('equals what the USGS code makes of 160 drawn groups of answers', () => {
    for (const [rows, cws, cdi] of USGS) {
      const people = rows.map(answersOf);
      expect(communityWeightedSum(people)).toBeCloseTo(cws, 10);
      expect(communityIntensity(people)).toBe(cdi);
    }
  });

  it('an open answer is not a zero', () => {
    const silent = communityIntensity([{ ...OPEN, felt: 1, motion: 3 }, OPEN]);
    const still = communityIntensity([
      { ...OPEN, felt: 1, motion: 3 },
      { ...OPEN, felt: 0, motion: 0 },
    ]);
    expect(silent).toBe(communityIntensity([{ ...OPEN, felt: 1, motion: 3 }]));
    expect(still).toBeLessThan(silent);
    expect(communityIntensity([OPEN])).toBe(1);
  });

  it('takes the gravest damage, and what others felt', () => {
    expect(damageIndex('_crackmin _chim _none')).toBe(3);
    expect(damageIndex('_none')).toBe(0);
    expect(damageIndex('_other')).toBeNull();
    expect(damageIndex('')).toBeNull();
    expect([0, 1, null].map((felt) => feltIndex({ felt, otherFelt: 2 }))).toEqual([0, 0.36, 0]);
    expect(feltIndex({ felt: 0, otherFelt: 3 })).toBe(0.72);
    expect(feltIndex({ felt: null, otherFelt: 1 })).toBeNull();
    expect([2.25, 2.35, 2.75, 3.14, 8.4].map(roundToTenth)).toEqual([2.2, 2.4, 2.8, 3.1, 8.4]);
  });
});

describe('boxes of the UTM grid', () => {
  it('UTM there and back within a millimetre, also in Norway and Svalbard', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -79.9, max: 83.9, noNaN: true }),
        fc.double({ min: -180, max: 179.999, noNaN: true }),
        (latitude, longitude) => {
          const utm = toUtm({ latitude, longitude });
          const back = fromUtm(utm as NonNullable<typeof utm>);
          expect(distanceKm(back, { latitude, longitude })).toBeLessThan(1e-6);
        },
      ),
    );
    expect(toUtm({ latitude: 60, longitude: 4 })?.zone).toBe(32);
    expect(toUtm({ latitude: 78, longitude: 15 })?.zone).toBe(33);
    expect(toUtm({ latitude: 85, longitude: 15 })).toBeNull();
  });

  it('boxes only what is placed finely enough', () => {
    const at = (latitude: number, longitude: number, half: number): FeltResponse => ({
      answers: { ...OPEN, felt: 1, motion: 2 },
      latitude,
      longitude,
      halfStepDeg: { latitude: half, longitude: half },
    });
    const responses = [
      at(38.2971, -122.2855, 5e-5),
      at(38.2971, -122.2855, 5e-5),
      at(38.3, -122.3, 0.05),
    ];
    const km1 = aggregateBoxes({ responses, sizeM: 1000 });
    expect(km1.unplaced).toBe(1);
    expect(km1.boxes).toMatchObject([{ name: 'UTM:(10S 0562 4239 1000)', responses: 2 }]);
    expect(boxCells(km1.boxes)[0]).toMatchObject({ felt: 2, notFelt: 0, intensity: 2.2 });
    expect(boxSigma(3)).toBeCloseTo(0.311, 3);
    expect(boxSigma(5)).toBeCloseTo(0.293, 3);
  });
});

describe('versions of boxes', () => {
  it('keeps what was known when, counts silent revisions and lost responses', () => {
    const first = [
      { name: 'a', intensity: 3.1, responses: 5 },
      { name: 'b', intensity: 2, responses: 1 },
      { name: 'c', intensity: 4, responses: 9 },
    ];
    const second = [
      { name: 'a', intensity: 3.3, responses: 5 },
      { name: 'c', intensity: 4, responses: 8 },
    ];
    let history: BoxHistory = [];
    for (const [receivedMs, boxes] of [
      [1, first],
      [2, first],
      [3, second],
    ] as const) {
      history = addBoxVersion(history, { receivedMs, boxes }) ?? [];
    }
    expect(history).toHaveLength(2);
    expect(history[1]).toMatchObject({ revisedWithoutResponse: 1, lostResponses: 2 });
    expect([...boxesAt(history, 2.5).keys()]).toEqual(['a', 'b', 'c']);
    expect(boxesAt(history, 3).get('a')?.intensity).toBe(3.3);
    expect(boxesAt(history, 3).has('b')).toBe(false);
    expect(addBoxVersion(history, { receivedMs: 2, boxes: first })).toBeNull();
  });
});

describeWithSamples('felt reports of South Napa', ['felt/napa-nc72282711/dyfi_dat.xml'], () => {
  it('box names, corners and deviations are those of the USGS files', () => {
    const text = readFileSync(samplePath('felt/napa-nc72282711/dyfi_geo_10km.geojson'), 'utf8');
    const { features } = JSON.parse(text) as {
      features: { geometry: { coordinates: [number, number][][] }; properties: { name: string } }[];
    };
    expect(features).toHaveLength(374);
    for (const { geometry, properties } of features) {
      const name = properties.name.split('<br>')[0] as string;
      const shape = boxShape(name);
      expect(boxName(shape?.centre ?? { latitude: 0, longitude: 0 }, 10_000)).toBe(name);
      shape?.corners.forEach(([lon], i) => {
        // USGS cuts boxes at the border of their zone and rounds to 1e-5 degrees.
        if (Math.abs(lon - Math.round(lon / 6) * 6) < 0.13) return;
        const corner = geometry.coordinates[0]?.[i] as [number, number];
        const [x, y] = shape.corners[i] as [number, number];
        expect(Math.max(Math.abs(x - corner[0]), Math.abs(y - corner[1]))).toBeLessThan(1.1e-5);
      });
    }
    const xml = readFileSync(samplePath('felt/napa-nc72282711/dyfi_dat.xml'), 'utf8');
    const deviations = [...xml.matchAll(/intensity_stddev="([\d.]+)" nresp="(\d+)"/g)];
    expect(deviations).toHaveLength(1641);
    for (const [, sigma, n] of deviations) {
      expect(Math.abs(boxSigma(Number(n)) - Number(sigma))).toBeLessThan(6e-4);
    }
  });

  it('locates the earthquake within 8 km and its own region, magnitude interval over 6.0', () => {
    const xml = readFileSync(samplePath('felt/napa-nc72282711/dyfi_dat.xml'), 'utf8');
    const cells = [
      ...xml.matchAll(/lat="([\d.-]+)" lon="([\d.-]+)".* intensity="([\d.]+)".*nresp="(\d+)"/g),
    ].map(([, lat, lon, intensity, n], i): ReportCell => ({
      cellId: `felt:${i}`,
      latitude: Number(lat),
      longitude: Number(lon),
      radiusKm: Math.SQRT1_2,
      intensity: Number(intensity),
      felt: Number(n),
      notFelt: 0,
    }));
    const found = locateFelt({ cells });
    const errorKm = distanceKm(found, { latitude: 38.2152, longitude: -122.3123 });
    expect(errorKm).toBeLessThan(8);
    expect(errorKm).toBeLessThan(found.regionKm90);
    expect(found.magnitude.p05).toBeLessThan(6);
    expect(found.magnitude.p95).toBeGreaterThan(6);
  });
});

describe('location by felt reports', () => {
  const cellsAbout = (truth: {
    readonly latitude: number;
    readonly longitude: number;
    readonly magnitude: number;
    readonly depthKm: number;
  }): ReportCell[] =>
    Array.from({ length: 60 }, (_, i): ReportCell => {
      const east = truth.longitude + 0.3 + Math.floor(i / 10) * 0.2;
      const place = {
        latitude: truth.latitude + ((i % 10) - 4.5) * 0.2,
        longitude: east > 180 ? east - 360 : east,
      };
      const r = Math.hypot(distanceKm(place, truth), truth.depthKm);
      const intensity = awMmi2007California(truth.magnitude, r).mmi;
      return { cellId: `felt:${i}`, ...place, radiusKm: 7, intensity, felt: 10, notFelt: 0 };
    });

  it('finds a made event offshore, and refuses two cells', () => {
    const truth = { latitude: 36, longitude: 138, magnitude: 6.5, depthKm: 10 };
    const cells = cellsAbout(truth);
    const found = locateFelt({ cells });
    expect(distanceKm(found, truth)).toBeLessThan(found.regionKm90 + 10);
    expect(found.magnitude.p05).toBeLessThan(6.5);
    expect(found.magnitude.p95).toBeGreaterThan(6.5);
    expect(() => locateFelt({ cells: cells.slice(0, 2) })).toThrow(/2 felt cells/);
  });

  it('is the same where the date line runs through the cells', () => {
    const truth = { latitude: -17, longitude: 179.2, magnitude: 6.5, depthKm: 10 };
    const cells = cellsAbout(truth);
    expect(new Set(cells.map(({ longitude }) => Math.sign(longitude))).size).toBe(2);
    const found = locateFelt({ cells });
    const west = cells.map((cell) => ({ ...cell, longitude: cell.longitude - 20 }));
    const inland = locateFelt({ cells: west });
    expect(Math.abs(found.longitude)).toBeGreaterThan(175);
    expect(Math.abs(found.longitude)).toBeLessThanOrEqual(180);
    expect(distanceKm(found, truth)).toBeLessThan(found.regionKm90 + 10);
    expect(found.regionKm90 / inland.regionKm90).toBeCloseTo(1, 2);
  });
});

describe('bias of a region', () => {
  const eventAt = (magnitude: number) => ({
    latitude: 40,
    longitude: 30,
    depthKm: 10,
    timeS: 0,
    magnitude,
  });
  /** Cells on a ring grid whose intensities lie `bias` over the equation. */
  const cellsOf = (magnitude: number, bias: number): ReportCell[] =>
    Array.from({ length: 40 }, (_, i): ReportCell => {
      const place = { latitude: 40 + 0.1 * ((i % 7) - 3), longitude: 30 + 0.1 * (i / 6 - 3) };
      const away = Math.hypot(distanceKm(place, eventAt(magnitude)), 10);
      return {
        cellId: `felt:${i}`,
        ...place,
        radiusKm: 1,
        intensity: awMmi2007California(magnitude, away).mmi + bias,
        felt: 50,
        notFelt: 0,
      };
    });

  it('is found from past events, the more surely the more there are', () => {
    const past = [6, 5.8, 6.3, 6.1].map((magnitude) => ({
      event: eventAt(magnitude),
      cells: cellsOf(magnitude, -0.8),
    }));
    const one = learnRegionalBias({ past: past.slice(0, 1) });
    const four = learnRegionalBias({ past });
    for (const { bias, sigma } of four.events) {
      expect(Math.abs(bias + 0.8)).toBeLessThan(Math.max(0.1, sigma));
    }
    expect(Math.abs(four.mean + 0.8)).toBeLessThan(Math.abs(one.mean + 0.8));
    expect(four.sigma).toBeLessThan(one.sigma);
    expect(four.sigma).toBeGreaterThan(0.3);
    expect(learnRegionalBias({ past: [] })).toMatchObject({ mean: 0 });
    expect(() => learnRegionalBias({ past: [{ event: eventAt(6), cells: [] }] })).toThrow(
      'event 1',
    );
  });

  it('narrows the magnitude of the next event', () => {
    const past = [6, 5.8, 6.3].map((magnitude) => ({
      event: eventAt(magnitude),
      cells: cellsOf(magnitude, -0.8),
    }));
    const cells = cellsOf(6.2, -0.8);
    const parameters = withRegionalBias(DEFAULT_PARAMETERS, learnRegionalBias({ past }));
    const blind = locateFelt({ cells }).magnitude;
    const told = locateFelt({ cells, parameters }).magnitude;
    expect(told.p95 - told.p05).toBeLessThan(blind.p95 - blind.p05);
    expect(told.p05).toBeLessThan(6.2);
    expect(told.p95).toBeGreaterThan(6.2);
  });
});
