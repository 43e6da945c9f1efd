import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { parseDelimited, readDelimited } from '../../../connectors/picks/delimited.js';
import { picksOf, readPicks, type PickFile } from '../../../connectors/picks/picks.js';
import { stationsOf } from '../../../connectors/picks/stations.js';
import { parseEpochS } from '../../../connectors/picks/time-text.js';
import { distanceKm, fromLocalKm } from '../../../core/geo.js';
import type { PickStations } from '../../../core/picks.js';

const folder = mkdtempSync(path.join(tmpdir(), 'picks-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NOW_S = Date.parse('2024-01-01T00:00:00Z') / 1000;
const stations = stationsOf(
  parseDelimited({
    path: 's.csv',
    text: 'station\tlat\tlng\telv(m)\nCI.BOM..HH\t33.365\t-115.730\t-54\nCI.COA..HH\t32.863\t-115.123\t36\n',
  }),
);

function read(text: string, places: PickStations = stations): PickFile {
  return picksOf({ table: parseDelimited({ path: 'p.csv', text }), stations: places, nowS: NOW_S });
}

describe('station tables', () => {
  it('puts stations on a plane that keeps their distance, and metres into km', () => {
    const [a, b] = [0, 1].map((i) => ({
      eastKm: stations.eastKm[i] as number,
      northKm: stations.northKm[i] as number,
    })) as [{ eastKm: number; northKm: number }, { eastKm: number; northKm: number }];
    const plane = Math.hypot(a.eastKm - b.eastKm, a.northKm - b.northKm);
    const sphere = distanceKm(fromLocalKm(stations.origin, a), fromLocalKm(stations.origin, b));
    expect(plane).toBeCloseTo(sphere, 1);
    expect(stations.elevationKm[0]).toBeCloseTo(-0.054, 9);
  });

  it('reads GaMMA and PyOcto planes with z down, and headerless REAL tables', () => {
    const plane = stationsOf(
      parseDelimited({ path: 's', text: 'id,x(km),y(km),z(km)\nA,1,2,-0.5\n' }),
    );
    expect([plane.eastKm[0], plane.northKm[0], plane.elevationKm[0]]).toEqual([1, 2, 0.5]);
    const real = stationsOf(
      parseDelimited({
        path: 's',
        text: '13.3528 42.9773 XO AM05 EHZ 0.464\n12.7657 42.5792 IV ARRO EHZ 0.253\n',
      }),
    );
    expect(real.ids).toEqual(['XO.AM05', 'IV.ARRO']);
    expect(real.elevationKm[0]).toBe(0.464);
  });

  it('reads heights in km where the column says so, and refuses heights that cannot be', () => {
    const of = (column: string, value: string): PickStations =>
      stationsOf(
        parseDelimited({
          path: 's',
          text: `id,lat,lon,${column}\nA,1,2,${value}\nB,1,3,${value}\n`,
        }),
      );
    expect(of('elevation(km)', '1.5').elevationKm[0]).toBe(1.5);
    expect(of('elevation', '1500').elevationKm[0]).toBe(1.5);
    expect(() => of('elevation', '9e9')).toThrow(/elevation 9000000 km.*row 1/);
  });

  it('crosses the date line the short way', () => {
    const pacific = stationsOf(
      parseDelimited({ path: 's', text: 'id,latitude,longitude\nA,0,179.9\nB,0,-179.9\n' }),
    );
    expect(Math.abs((pacific.eastKm[0] as number) - (pacific.eastKm[1] as number))).toBeCloseTo(
      22.2639,
      3,
    );
  });

  it.each([
    ['id,latitude\nA,1\n', /no column longitude/],
    ['id,latitude,longitude\nA,x,1\n', /row 1.*not a number|not a number.*row 1/],
    ['id,latitude,longitude\nA,91,1\n', /latitude 91/],
    ['id,latitude,longitude\nA,1,1\nA,2,2\n', /two places/],
    ['id,latitude,longitude\n', /no stations/],
  ])('refuses %j', (text, message) => {
    expect(() => stationsOf(parseDelimited({ path: 's', text }))).toThrow(message);
  });
});

describe('station tables of other programs', () => {
  const of = (text: string): PickStations => stationsOf(parseDelimited({ path: 's', text }));

  it.each([
    ['PyOcto', 'id,latitude,longitude,elevation', 'CI.A,35,-117,670'],
    ['GaMMA', 'station\tlongitude\tlatitude\televation(m)', 'CI.A\t-117\t35\t670'],
    [
      'SeisBench metadata',
      'station_network_code,station_code,station_latitude_deg,station_longitude_deg,station_elevation_m',
      'CI,A,35,-117,670',
    ],
    ['heights in km', 'station_id,lat,lon,elevation(km)', 'CI.A,35,-117,0.67'],
    ['decimal commas', 'id;latitude;longitude;elevation', 'CI.A;35,0;-117,0;670,0'],
    ['a header in a comment', '# id,latitude,longitude,elevation', 'CI.A,35,-117,670'],
    ['rows that are numbered', 'id,station,lat,lon,elevation_m', '0,CI.A,35,-117,670'],
  ])('reads %s', (_, header, row) => {
    const list = of(`${header}\n${row}\n`);
    expect(list.ids).toEqual(['CI.A']);
    expect(list.origin.latitude).toBeCloseTo(35, 9);
    expect(list.origin.longitude).toBeCloseTo(-117, 9);
    expect(list.elevationKm[0]).toBeCloseTo(0.67, 9);
  });

  it('takes channels at one place for one station, and an array by location codes for several', () => {
    const row = (id: string, latitude: number): string => `${id},${latitude},10,0`;
    const channels = ['E', 'N', 'Z'].map((c) => row(`XX.A.00.HH${c}`, 50));
    const array = ['00', '01', '02'].map((l, i) => row(`XX.B.${l}.HHZ`, 51 + 0.005 * i));
    const list = of(['id,latitude,longitude,elevation', ...channels, ...array].join('\n'));
    expect(list.ids).toEqual(['XX.A.00.HHE', 'XX.B.00.HHZ', 'XX.B.01.HHZ', 'XX.B.02.HHZ']);
    const text =
      'station,time,phase\nXX.A.00.HHN,1,P\nXX.A,2,S\nXX.B.01.HHZ,3,P\nA,4,P\nXX.A.,5,P\n';
    expect([...read(text, list).picks.station]).toEqual([0, 0, 2, 0, 0]);
  });
});

describe('pick tables', () => {
  it('reads the names of GaMMA, SeisBench and PhaseNet alike', () => {
    const forms = [
      'id,timestamp,type,prob,amp\nCI.BOM..HH,2020-10-01T00:00:01.500,p,0.9,1e-5\n',
      'trace_id,peak_time,phase,peak_value,amplitude\nCI.BOM.,2020-10-01T00:00:01.500Z,P,0.9,1e-5\n',
      'station_id,phase_time,phase_type,phase_score,phase_amplitude\nCI.BOM..BH,2020-10-01 00:00:01.500,P,0.9,1e-5\n',
    ];
    for (const form of forms) {
      const { picks, rejected } = read(form);
      expect(rejected).toEqual([]);
      expect(picks.count).toBe(1);
      expect(picks.timeS[0]).toBe(Date.parse('2020-10-01T00:00:01.500Z') / 1000);
      expect([picks.station[0], picks.phase[0]]).toEqual([0, 0]);
      expect(picks.probability[0]).toBeCloseTo(0.9, 6);
      expect(picks.logAmplitude[0]).toBeCloseTo(-5, 6);
    }
  });

  it('sorts, drops repeats and names what it rejects', () => {
    const { picks, rejected, unsorted } = read(
      [
        'station,time,phase,prob',
        'CI.COA..HH,2020-10-01T00:00:09,S,0.8',
        'CI.BOM..HH,2020-10-01T00:00:01,P,0.4',
        'CI.BOM..HH,2020-10-01T00:00:01,P,0.7',
        'CI.BOM..HH,2030-10-01T00:00:01,P,0.7',
        'CI.BOM..HH,2020-10-01T00:00:02,P,-0.1',
        'XX.NONE,2020-10-01T00:00:02,P,0.5',
        'CI.BOM..HH,yesterday,P,0.5',
        'CI.BOM..HH,2020-10-01T00:00:03,Lg,0.5',
      ].join('\n'),
    );
    expect(Array.from(picks.sourceIndex)).toEqual([2, 0]);
    expect(unsorted).toBe(2);
    expect(Object.fromEntries(rejected.map(({ reason, count }) => [reason, count]))).toEqual({
      repeated: 1,
      'in the future': 1,
      'probability outside 0 to 1': 1,
      'unknown station': 1,
      'unreadable time': 1,
      'neither P nor S': 1,
    });
  });

  it('refuses a table whose stations are all unknown, and one without the needed columns', () => {
    expect(() => read('station,time,phase\nXX.A,1,P\n')).toThrow(/no pick is at a known station/);
    expect(() => read('station,phase\nCI.BOM..HH,P\n')).toThrow(/no column timestamp/);
    expect(() => read('')).toThrow(/empty/);
  });

  it('takes a header without rows as no picks', () => {
    expect(read('station,time,phase\n').picks.count).toBe(0);
  });

  it('reads gzip, and says where broken gzip ends', async () => {
    const text = 'station,time,phase\nCI.BOM..HH,5.25,P\n';
    const good = path.join(folder, 'good.csv.gz');
    writeFileSync(good, gzipSync(text));
    const { picks } = await readPicks({ path: good, stations, nowS: NOW_S });
    expect(picks.timeS[0]).toBe(5.25);
    const bad = path.join(folder, 'bad.csv.gz');
    writeFileSync(bad, gzipSync(text.repeat(1000)).subarray(0, 60));
    await expect(readDelimited({ path: bad })).rejects.toMatchObject({ _tag: 'CorruptSource' });
    await expect(readDelimited({ path: path.join(folder, 'none.csv') })).rejects.toMatchObject({
      _tag: 'Unavailable',
    });
  });

  it('reads bars, blanks about cells, a column of networks, bare codes and decimal commas', () => {
    const forms = [
      'station | time | phase | prob | amp\nCI.BOM | 2020-10-01T00:00:01.500 | P | 0.9 | 1e-5\n',
      'network,station,time,phase,prob,amp\nCI,BOM,2020-10-01T00:00:01.500,P,0.9,1e-5\n',
      'station,time,phase,prob,amp\nBOM,1601510401500,P,0.9,1e-5\n',
      'station;time;phase;prob;amp\nCI.BOM;2020/10/01 00:00:01.500;P;0,9;0,00001\n',
    ];
    for (const form of forms) {
      const { picks, rejected } = read(form);
      expect(rejected).toEqual([]);
      expect([picks.count, picks.station[0], picks.phase[0]]).toEqual([1, 0, 0]);
      expect(picks.timeS[0]).toBe(Date.parse('2020-10-01T00:00:01.500Z') / 1000);
      expect(picks.probability[0]).toBeCloseTo(0.9, 6);
      expect(picks.logAmplitude[0]).toBeCloseTo(-5, 6);
    }
  });

  it('takes a bare code for one station only, and never another network for it', () => {
    const row = (name: string): string =>
      `station,time,phase\n${name},2020-10-01,P\nCI.COA,2020-10-01,S\n`;
    expect(read(row('NN.BOM')).rejected).toEqual([{ reason: 'unknown station', count: 1 }]);
    const twins = stationsOf(
      parseDelimited({
        path: 's.csv',
        text: 'id,latitude,longitude\nCI.BOM,33,-115\nNN.BOM,34,-115\nCI.COA,33,-116\n',
      }),
    );
    expect(read(row('BOM'), twins).rejected).toEqual([{ reason: 'unknown station', count: 1 }]);
    expect(read(row('NN.BOM'), twins).rejected).toEqual([]);
  });

  it('reads UTF-16 with its byte order mark', async () => {
    const file = path.join(folder, 'utf16.csv');
    writeFileSync(file, Buffer.from('\uFEFFstation,time\nA,1\n', 'utf16le'));
    const table = await readDelimited({ path: file });
    expect(table).toMatchObject({ header: ['station', 'time'], rows: [['A', '1']] });
  });

  it('keeps the mark inside quotes', () => {
    const table = parseDelimited({ path: 't', text: 'a,b,c\n"x,y","say ""hi""",3\n' });
    expect(table.rows[0]).toEqual(['x,y', 'say "hi"', '3']);
  });
});

describe('times', () => {
  it.each([
    ['2020-10-01T00:00:00.010', 1601510400.01],
    ['2020-10-01 00:00:00', 1601510400],
    ['2020-10-01T00:00:00Z', 1601510400],
    ['2020-10-01T00:00:00+00:00', 1601510400],
    ['2020-10-01T02:00:00+02:00', 1601510400],
    ['2020-10-01', 1601510400],
    ['123.5', 123.5],
    ['2020/10/01 00:00:00.5', 1601510400.5],
    [' 2020-10-01T00:00 ', 1601510400],
    ['1601510400500', 1601510400.5],
    ['1601510400500000', 1601510400.5],
    ['1601510400500000000', 1601510400.5],
    ['2020-10-01T00:00:00,010', 1601510400.01],
    ['1601510400,5', 1601510400.5],
  ])('%s', (text, seconds) => expect(parseEpochS(text)).toBe(seconds));

  it.each([
    '',
    'soon',
    '2020-13-01T00:00:00',
    '2020-10-01T99:00:00',
    '2021-02-29T00:00:00Z',
    '2021-02-29T00:00:00+02:00',
  ])('%j is no time', (text) => expect(parseEpochS(text)).toBeNaN());
});
