import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parseNllObs } from '../../../connectors/picks/nll-obs.js';
import { parseQuakeMlPicks } from '../../../connectors/picks/quakeml-picks.js';
import { readReadings } from '../../../connectors/picks/readings.js';
import { readStations } from '../../../connectors/picks/stations.js';
import { localPlane } from '../../../core/local-plane.js';
import type { PickStations } from '../../../core/picks.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';

const folder = mkdtempSync(path.join(tmpdir(), 'readings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const obs = (text: string) => parseNllObs({ source: 'a.obs', text });
const LINE =
  'GRX    ?    ?    ? P      U 19940217 2216   44.9200 GAU  2.00E-02 -1.00E+00 -1.00E+00 -1.00E+00';
const GRX_S = Date.UTC(1994, 1, 17, 22, 16) / 1000 + 44.92;

describe('NonLinLoc phase files', () => {
  it('reads the line of the manual to the digit', () => {
    const [event] = obs(`# a comment\nPUBLIC_ID ev/7\n${LINE}\n`);
    expect(event).toEqual({
      eventId: 'ev/7',
      ignored: [],
      readings: [{ station: 'GRX', phase: 'P', timeS: GRX_S, sigmaS: 0.02 }],
    });
  });

  it('parts events at blank lines; leaves unused and other phases out with their reason', () => {
    const events = obs(
      [
        LINE,
        LINE.replace(' P ', ' Sn'),
        '',
        LINE.replace(' P ', ' T '),
        LINE.replace('2.00E-02', '99999.9'),
        `${LINE} 0`,
        LINE.replace('44.9200', '104.9200').replace('GAU', 'BOX'),
      ].join('\r\n'),
    );
    expect(events.map(({ readings }) => readings.length)).toEqual([2, 1]);
    expect(events[0]?.readings[1]?.phase).toBe('S');
    expect(events[1]?.ignored.map(({ reason }) => reason).sort()).toEqual([
      'error of 999 s or more: not used',
      'phase T: neither P nor S',
      'weight 0',
    ]);
    // Seconds run on over the minute; a box car of 0.02 s has this standard deviation.
    expect(events[1]?.readings[0]?.timeS).toBeCloseTo(GRX_S + 60, 6);
    expect(events[1]?.readings[0]?.sigmaS).toBeCloseTo(0.02 / Math.sqrt(3), 9);
  });

  it.each([
    ['a short line', 'GRX ? ? ? P U', /line 1/],
    ['a bad date', LINE.replace('19940217', '1994-217'), /yyyymmdd/],
    ['a day that no calendar has', LINE.replace('19940217', '19940230'), /'19940230' is not a day/],
    ['a clock that is none', LINE.replace('2216', '2299'), /'2299' is not hhmm/],
    ['a bad error', LINE.replace('2.00E-02', 'small'), /'small' is not a number/],
    ['nothing', '\n\n', /no phases/],
  ])('refuses %s', (_, text, message) => {
    expect(() => obs(text)).toThrow(message);
  });

  it('never fails but with a typed error', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (noise) => {
        try {
          obs(`${LINE}\n${noise}`);
        } catch (error) {
          expect(error).toHaveProperty('_tag');
        }
      }),
    );
  });
});

describe('QuakeML picks', () => {
  const pick = (id: string, inner: string): string =>
    `<pick publicID="smi:x/${id}"><time><value>2024-01-02T03:04:05.25Z</value><uncertainty>0.1</uncertainty></time><waveformID networkCode="CH" stationCode="DAVOX"/>${inner}</pick>`;
  const quakeMl = (inner: string): string =>
    `<?xml version="1.0"?><q:quakeml xmlns:q="http://quakeml.org/xmlns/quakeml/1.2" xmlns="http://quakeml.org/xmlns/bed/1.2"><eventParameters publicID="smi:x/p"><event publicID="smi:x/e">${inner}</event></eventParameters></q:quakeml>`;
  const read = (text: string) => parseQuakeMlPicks({ source: 'a.xml', text });

  it('takes the phase of the preferred origin over the hint', () => {
    const [event] = read(
      quakeMl(
        '<preferredOriginID>smi:x/o2</preferredOriginID>' +
          pick('1', '<phaseHint>P</phaseHint>') +
          pick('2', '<phaseHint>Lg</phaseHint>') +
          pick('3', '<phaseHint>P</phaseHint>') +
          '<origin publicID="smi:x/o1"><arrival><pickID>smi:x/1</pickID><phase>P</phase></arrival></origin>' +
          '<origin publicID="smi:x/o2"><arrival><pickID>smi:x/1</pickID><phase>Sg</phase></arrival><arrival><pickID>smi:x/3</pickID><phase>P</phase><timeWeight>0</timeWeight></arrival></origin>',
      ),
    );
    expect(event?.readings).toEqual([
      {
        station: 'CH.DAVOX',
        phase: 'S',
        timeS: Date.UTC(2024, 0, 2, 3, 4, 5) / 1000 + 0.25,
        sigmaS: 0.1,
      },
    ]);
    expect(event?.ignored.map(({ reason }) => reason).sort()).toEqual([
      'phase Lg: neither P nor S',
      'weight 0',
    ]);
  });

  it('takes the mean of the two sides of an error that is stated so', () => {
    const sides =
      '<lowerUncertainty>0.1</lowerUncertainty><upperUncertainty>0.3</upperUncertainty>';
    const text = quakeMl(pick('1', '<phaseHint>P</phaseHint>')).replace(
      '<uncertainty>0.1</uncertainty></time>',
      `${sides}</time>`,
    );
    expect(read(text)[0]?.readings[0]?.sigmaS).toBeCloseTo(0.2, 12);
  });

  it.each([
    ['broken XML', '<q:quakeml><event>', /line 1/],
    ['another document', '<html></html>', /eventParameters/],
    ['no picks', quakeMl(''), /no pick/],
    [
      'a pick without a station',
      quakeMl('<pick publicID="a"><time><value>2024-01-02T00:00:00Z</value></time></pick>'),
      /station/,
    ],
    ['expanding entities', '<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>', /entity/i],
  ])('refuses %s', (_, text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe('station lists', () => {
  const place = (stations: PickStations, id: string): number[] => {
    const s = stations.ids.indexOf(id);
    const { latitude, longitude } = localPlane(stations.origin).fromKm({
      eastKm: stations.eastKm[s] as number,
      northKm: stations.northKm[s] as number,
    });
    return [latitude, longitude, stations.elevationKm[s] as number].map((v) =>
      Number(v.toFixed(6)),
    );
  };

  it('reads NonLinLoc GTSRCE lines in degrees, minutes and seconds, depth and elevation', async () => {
    writeFileSync(
      at('gtsrce.in'),
      'CONTROL 1 54321\nGTSRCE A LATLON 43.5 7.25 0.1 0.5\nGTSRCE B LATLONDM 43 30.0 N 7 15.0 W 0 0.2\nGTSRCE C LATLONDS 43 30 0 S 7 15 36 E 0 0\n',
    );
    const stations = await readStations({ path: at('gtsrce.in') });
    expect(place(stations, 'A')).toEqual([43.5, 7.25, 0.4]);
    expect(place(stations, 'B')).toEqual([43.5, -7.25, 0.2]);
    expect(place(stations, 'C')).toEqual([-43.5, 7.26, 0]);
    writeFileSync(at('xyz.in'), 'GTSRCE A XYZ 10 -5 0 1\nGTSRCE B XYZ 0 0 0 0\n');
    const plane = await readStations({ path: at('xyz.in') });
    expect([plane.isPlane, plane.eastKm[0], plane.northKm[0], plane.elevationKm[0]]).toEqual([
      true,
      10,
      -5,
      1,
    ]);
    writeFileSync(at('bad.in'), 'GTSRCE A LATLON 43.5 x 0 0\n');
    await expect(readStations({ path: at('bad.in') })).rejects.toThrow(/line 1/);
  });

  it('reads FDSN station text', async () => {
    writeFileSync(
      at('fdsn.txt'),
      '#Network|Station|Latitude|Longitude|Elevation|SiteName|StartTime|EndTime\nCH|DAVOX|46.7805|9.87952|1830.0|Davos|2002-07-24T00:00:00|\nCH|DAVOX|46.7805|9.87952|1830.0|Davos|2010-07-24T00:00:00|\n',
    );
    const stations = await readStations({ path: at('fdsn.txt') });
    expect(stations.ids).toEqual(['CH.DAVOX']);
    expect(place(stations, 'CH.DAVOX')).toEqual([46.7805, 9.87952, 1.83]);
  });
});

const WRITE_ALL = `
import json, sys
from obspy import UTCDateTime
from obspy.core.event import *
from obspy.core.inventory import Inventory, Network, Station
folder = sys.argv[1]
picks = []
for i, (sta, phase, t, sd) in enumerate([('AAA', 'Pg', 5.25, 0.05), ('AAA', 'Sg', 9.5, 0.1), ('BBB', 'P', 7.125, 0.04)]):
    picks.append(Pick(time=UTCDateTime(2024, 2, 3, 4, 5, 0) + t, time_errors=QuantityError(uncertainty=sd), phase_hint=phase,
                      waveform_id=WaveformStreamID(network_code='XY', station_code=sta, channel_code='HHZ')))
event = Event(picks=picks)
Catalog([event]).write(folder + '/peer.xml', format='QUAKEML')
Catalog([event]).write(folder + '/peer.obs', format='NLLOC_OBS')
Inventory(networks=[Network('XY', stations=[Station('AAA', 46.5, 7.5, 1234.0), Station('BBB', 46.7, -7.9, -20.0)])], source='t').write(
    folder + '/peer-stations.xml', format='STATIONXML')
print(json.dumps([p.time.timestamp for p in picks]))
`;

describeWithPeers('files that ObsPy writes', () => {
  it(
    'are read alike from QuakeML and NLLOC_OBS, with StationXML',
    { timeout: 60_000 },
    async () => {
      const times = runPeer<number[]>(WRITE_ALL, [folder]);
      const [ml] = await readReadings({ path: at('peer.xml') });
      const [nll] = await readReadings({ path: at('peer.obs') });
      for (const event of [ml, nll]) {
        expect(event?.readings.map(({ phase }) => phase)).toEqual(['P', 'S', 'P']);
        event?.readings.forEach(({ timeS }, i) => expect(timeS).toBeCloseTo(times[i] as number, 4));
        expect(event?.readings.map(({ sigmaS }) => sigmaS)).toEqual([0.05, 0.1, 0.04]);
      }
      expect(ml?.readings[0]?.station).toBe('XY.AAA');
      expect(nll?.readings[0]?.station).toBe('AAA');
      const stations = await readStations({ path: at('peer-stations.xml') });
      expect(stations.ids).toEqual(['XY.AAA', 'XY.BBB']);
      expect(Array.from(stations.elevationKm)).toEqual([1.234, -0.02]);
    },
  );
});
