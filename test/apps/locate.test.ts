import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../apps/cli/run-cli.js';
import { distanceKm } from '../../core/geo.js';
import { describeWithPeers, runPeer } from '../support/peers.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = mkdtempSync(path.join(tmpdir(), 'locate-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

async function run(
  ...argv: readonly string[]
): Promise<{ code: number; text: string; errors: string }> {
  const errors: string[] = [];
  let text = '';
  const code = await runCli({
    argv: ['locate', ...argv],
    output: {
      write: (part) => (text += part),
      error: (line) => errors.push(line),
      isTerminal: false,
    },
  });
  return { code, text, errors: errors.join('\n') };
}

interface Located {
  readonly eventId: string;
  readonly located: boolean;
  readonly reason?: string;
  readonly time: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly depthKm: number;
  readonly depthKmInterval90: readonly [number, number];
  readonly ellipse90: { readonly semiMajorKm: number; readonly semiMinorKm: number };
  readonly rmsS: number;
  readonly phases: readonly { readonly residualS: number; readonly station: string }[];
  readonly samples: readonly { readonly time: string; readonly depthKm: number }[];
  readonly notes: readonly string[];
}
const events = (text: string): readonly Located[] =>
  (JSON.parse(text) as { events: readonly Located[] }).events;

/** Arrivals at ten stations by TauP (iasp91, WGS84 distances), as NLLOC_OBS and as QuakeML. */
const MAKE = `
import json, sys
from obspy import UTCDateTime
from obspy.core.event import *
from obspy.core.inventory import Inventory, Network, Station
from obspy.geodetics import gps2dist_azimuth
from obspy.taup import TauPyModel
folder = sys.argv[1]
model = TauPyModel('iasp91')
truth = dict(latitude=46.31, longitude=7.42, depth=11.0)
t0 = UTCDateTime(2023, 5, 6, 7, 8, 9, 500000)
places = [('AA', 46.5, 7.3), ('BB', 46.1, 7.1), ('CC', 46.45, 7.9), ('DD', 46.0, 7.7), ('EE', 46.8, 7.5),
          ('FF', 46.3, 6.8), ('GG', 46.2, 8.2), ('HH', 45.9, 7.3)]
picks = []
for name, lat, lon in places:
    km = gps2dist_azimuth(truth['latitude'], truth['longitude'], lat, lon)[0] / 1000
    for phase, names in (('P', ['p', 'P', 'Pn', 'Pg']), ('S', ['s', 'S', 'Sn', 'Sg'])):
        t = min(a.time for a in model.get_travel_times(truth['depth'], km / 111.1949, names))
        picks.append(Pick(time=t0 + t, time_errors=QuantityError(uncertainty=0.05), phase_hint=phase,
                          waveform_id=WaveformStreamID(network_code='XY', station_code=name)))
Catalog([Event(picks=picks)]).write(folder + '/taup.xml', format='QUAKEML')
Catalog([Event(picks=picks)]).write(folder + '/taup.obs', format='NLLOC_OBS')
Inventory(networks=[Network('XY', stations=[Station(n, a, b, 0.0) for n, a, b in places])], source='t').write(
    folder + '/taup-stations.xml', format='STATIONXML')
open(folder + '/gtsrce.in', 'w').write(''.join('GTSRCE %s LATLON %s %s 0 0\\n' % p for p in places))
print(json.dumps(truth))
`;

describeWithPeers('quakeloom locate on arrivals by TauP', () => {
  beforeAll(() => void runPeer(MAKE, [folder]));

  it.each([
    ['QuakeML and StationXML', 'taup.xml', 'taup-stations.xml'],
    ['NLLOC_OBS and GTSRCE', 'taup.obs', 'gtsrce.in'],
  ])('finds the source from %s', async (_, obs, stations) => {
    const { code, text } = await run(
      ...['--obs', at(obs), '--stations', at(stations), '--samples', '300', '--json'],
    );
    expect(code).toBe(0);
    const [event] = events(text) as [Located];
    expect(distanceKm(event, { latitude: 46.31, longitude: 7.42 })).toBeLessThan(0.5);
    expect(Math.abs(event.depthKm - 11)).toBeLessThan(1.5);
    expect(Math.abs(Date.parse(event.time) - Date.UTC(2023, 4, 6, 7, 8, 9, 500))).toBeLessThan(150);
    expect(event.rmsS).toBeLessThan(0.06);
    expect(event.phases).toHaveLength(16);
    expect(event.samples).toHaveLength(300);
    const [low, high] = event.depthKmInterval90;
    expect(low).toBeLessThan(11);
    expect(high).toBeGreaterThan(11);
  });
});

describe('quakeloom locate on bad and poor input', () => {
  const line = (station: string, phase: string, second: number, day = '20230506'): string =>
    `${station} ? ? ? ${phase} ? ${day} 0708 ${second} GAU 0.05 -1 -1 -1`;

  beforeAll(() => {
    writeFileSync(
      at('stations.csv'),
      'station,latitude,longitude,elevation\nA,46.5,7.3,0\nB,46.1,7.1,0\nC,46.4,7.9,0\n',
    );
  });
  const locate = (obs: string, ...more: readonly string[]) => {
    writeFileSync(at('x.obs'), obs);
    return run('--obs', at('x.obs'), '--stations', at('stations.csv'), '--samples', '200', ...more);
  };

  it('gives a wide answer for one station, and names what it left out', async () => {
    const { code, text, errors } = await locate(
      [line('A', 'P', 5), line('A', 'S', 8), line('A', 'S', 8), line('Z', 'P', 9)].join('\n'),
      '--json',
    );
    expect(code).toBe(0);
    const [event] = events(text) as [Located];
    expect(event.ellipse90.semiMinorKm).toBeGreaterThan(10);
    expect(event.notes[0]).toMatch(/one station/);
    expect(errors).toMatch(/Z P: unknown station/);
    expect(errors).toMatch(/A S: a second reading/);
  });

  it('says why an event cannot be located, and goes on with the next', async () => {
    const { code, text, errors } = await locate(
      `${line('Z', 'P', 5)}\n\n${line('A', 'P', 5, '20990506')}\n\n${line('A', 'P', 5)}\n`,
      '--json',
    );
    expect(code).toBe(0);
    expect(events(text).map(({ located }) => located)).toEqual([false, false, true]);
    expect(events(text)[0]?.reason).toMatch(/unknown station/);
    expect(events(text)[1]?.reason).toMatch(/in the future/);
    expect(errors).toMatch(/not located/);
  });

  it('lists as few samples as are asked for, and says what does not fit', async () => {
    const phases = [line('A', 'P', 5), line('B', 'P', 6), line('C', 'P', 7), line('A', 'S', 2)];
    const { text, errors } = await locate(phases.join('\n'), '--samples', '7', '--json');
    expect(events(text)[0]?.samples).toHaveLength(7);
    expect(errors).toMatch(/readings do not fit/);
  });

  it('takes constant velocities and models with a slow layer below a fast one', async () => {
    writeFileSync(
      at('inversion.csv'),
      'depth,vp,vs\n0,6,3.5\n5,6,3.5\n5,4.5,2.6\n12,4.5,2.6\n12,7,4\n',
    );
    const obs = [line('A', 'P', 5), line('B', 'P', 6), line('C', 'P', 7), line('A', 'S', 9)].join(
      '\n',
    );
    for (const velocity of ['constant:6:1.75', at('inversion.csv')]) {
      const { code, text } = await locate(obs, '--velocity', velocity, '--json');
      expect(code).toBe(0);
      expect(events(text)[0]?.located).toBe(true);
    }
  });

  it.each([
    ['a table that is no phase file', 'a,b,c\n1,2,3\n', [], 1, /columns where a NonLinLoc phase/],
    ['an empty file', '', [], 1, /no phases/],
    ['a velocity that is none', line('A', 'P', 5), ['--velocity', 'constant:x'], 2, /constant:VP/],
    ['a depth out of range', line('A', 'P', 5), ['--max-depth', '0'], 2, /--max-depth/],
    [
      'a velocity file that is not there',
      line('A', 'P', 5),
      ['--velocity', 'no.csv'],
      1,
      /no\.csv/,
    ],
  ])('refuses %s', async (_, obs, more, exit, message) => {
    const { code, errors } = await locate(obs, ...more);
    expect(code).toBe(exit);
    expect(errors).toMatch(message);
  });
});
