import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readShakingOrigin } from '../../../connectors/shaking/origin.js';
import { readStationPeaks } from '../../../connectors/shaking/peaks.js';

const folder = mkdtempSync(path.join(tmpdir(), 'shaking-'));
const fileOf = (name: string, text: string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};
const peaksOf = (text: string) => readStationPeaks({ path: fileOf('peaks', text) });
const originOf = (text: string) => readShakingOrigin({ path: fileOf('origin', text) });

describe('peaks of stations', () => {
  it('reads units by the names of columns and skips what is empty or repeated', async () => {
    const { stations, remarks } = await peaksOf(
      'Station,lat,lon,PGA_g,pgv_m_s,vs30\nA,38,-122,0.1,0.2,300\nB,38.1,238,,0.05,\nC,38.2,-122,,,\nA,38,-122,0.2,,\n',
    );
    expect(stations).toHaveLength(2);
    expect(stations[0]).toMatchObject({
      id: 'A',
      pgaGal: expect.closeTo(98.0665, 6) as number,
      pgvCmS: 20,
      vs30: 300,
    });
    expect(stations[1]).toMatchObject({
      id: 'B',
      longitude: -122,
      pgaGal: null,
      pgvCmS: 5,
      vs30: null,
    });
    expect(remarks).toEqual([
      'row 3: station C has no peak',
      'row 4: station A stands in row 1 already',
    ]);
  });

  it('reads a ShakeMap list: the larger horizontal component without a flag, %g', async () => {
    const { stations } = await peaksOf(
      `<shakemap-data><stationlist><station code="X" lat="38" lon="-122" netid="BK">
       <comp name="HNZ"><pga value="50" flag="0"/></comp>
       <comp name="HNE"><pga value="10" flag="0"/><pgv value="7" flag="0"/></comp>
       <comp name="HNN"><pga value="20" flag="G"/><pgv value="8" flag=""/></comp></station>
       <station code="D" lat="38" lon="-122" netid="DYFI" intensity="4"/></stationlist></shakemap-data>`,
    );
    expect(stations).toHaveLength(1);
    expect(stations[0]?.pgaGal).toBeCloseTo(98.0665, 6);
    expect(stations[0]?.pgvCmS).toBe(8);
  });

  it.each([
    ['id,latitude,longitude,pga\nA,1,2,3', /does not say its unit/],
    ['id,latitude,longitude\nA,1,2', /no column of peaks/],
    [
      'id,latitude,longitude,pga_gal\nA,91,2,3',
      /latitude '91' is no number from -90 to 90 \(at row 1\)/,
    ],
    ['id,latitude,longitude,pga_gal\nA,1,2,-3', /pga '-3'/],
    ['id,latitude,longitude,pga_gal\nA,1,2,1e9', /pga '1e9'/],
    ['id,latitude,longitude,pga_gal\n,1,2,3', /no station name/],
    ['id,latitude,longitude,pga_gal\nA,,2,3', /station A has no place/],
    ['id,latitude,longitude,pga_gal\n', /no station with a peak/],
    ['<stationlist><station code="X"', /peaks/],
    ['<other/>', /has no stationlist/],
  ])('refuses %s', async (text, reason) => {
    await expect(peaksOf(text)).rejects.toThrow(reason);
  });

  it('says what cannot be opened', async () => {
    await expect(readStationPeaks({ path: path.join(folder, 'none') })).rejects.toThrow(/none/);
  });
});

describe('the origin', () => {
  const expected = { latitude: 38.2, longitude: -122.3, depthKm: 11, magnitude: 6 };

  it.each([
    ['plain JSON', JSON.stringify({ id: 'a', lat: 38.2, lon: -122.3, depth: 11, mag: 6 })],
    [
      'GeoJSON',
      JSON.stringify({
        type: 'FeatureCollection',
        features: [
          {
            type: 'Feature',
            id: 'a',
            properties: { mag: 6 },
            geometry: { type: 'Point', coordinates: [-122.3, 38.2, 11] },
          },
        ],
      }),
    ],
    ['event.xml', '<earthquake id="a" lat="38.2" lon="-122.3" depth="11" mag="6"/>'],
    [
      'marginals',
      JSON.stringify({
        events: [
          {
            latitude: { p50: 38.2 },
            longitude: { p50: -122.3 },
            depthKm: { p50: 11 },
            magnitude: { p50: 6 },
          },
        ],
      }),
    ],
    [
      'QuakeML, depth in m, the preferred origin',
      `<q:quakeml xmlns:q="x"><eventParameters><event publicID="a"><preferredOriginID>o2</preferredOriginID>
       <origin publicID="o2"><latitude><value>38.2</value><uncertainty>0.01</uncertainty></latitude><longitude><value>-122.3</value></longitude><depth><value>11000</value></depth></origin>
       <origin publicID="o1"><latitude><value>1</value></latitude><longitude><value>1</value></longitude><depth><value>1</value></depth></origin>
       <magnitude><mag><value>6</value><uncertainty>0.2</uncertainty></mag></magnitude></event></eventParameters></q:quakeml>`,
    ],
  ])('is read from %s', async (_, text) => {
    expect(await originOf(text)).toMatchObject(expected);
  });

  it('keeps errors of QuakeML and of 90 % intervals', async () => {
    const json = { ...expected, latitudeInterval90: [38.1, 38.3], depthKmInterval90: [5, 17] };
    const origin = await originOf(JSON.stringify(json));
    expect(origin.horizontalSigmaKm).toBeCloseTo((0.2 / 3.29) * 111.195, 2);
    expect(origin.depthSigmaKm).toBeCloseTo(12 / 3.29, 6);
  });

  it('takes a magnitude that the file lacks', async () => {
    const file = fileOf('bare', JSON.stringify({ ...expected, magnitude: undefined }));
    await expect(readShakingOrigin({ path: file })).rejects.toThrow(/magnitude is missing/);
    expect((await readShakingOrigin({ path: file, magnitude: 5 })).magnitude).toBe(5);
  });

  it.each([
    ['{', /neither JSON nor XML/],
    ['[]', /latitude|longitude/],
    [JSON.stringify({ ...expected, latitude: 'north' }), /latitude is no number/],
    [JSON.stringify({ ...expected, depthKm: 9000 }), /depthKm is no number from -10 to 800/],
    ['<html/>', /holds no event/],
  ])('refuses %s', async (text, reason) => {
    await expect(originOf(text)).rejects.toThrow(reason);
  });
});
