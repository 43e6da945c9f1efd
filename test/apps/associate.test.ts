import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../apps/cli/run-cli.js';
import { fromLocalKm } from '../../core/geo.js';
import { makeWorld } from '../models/detection/picks/world.js';
import { describeWithPeers, runPeer } from '../support/peers.js';

const folder = mkdtempSync(path.join(tmpdir(), 'associate-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const out = at('out');

async function run(
  ...argv: readonly string[]
): Promise<{ code: number; text: string; errors: string }> {
  const errors: string[] = [];
  let text = '';
  const code = await runCli({
    argv,
    output: {
      write: (part) => (text += part),
      error: (line) => errors.push(line),
      isTerminal: false,
    },
  });
  return { code, text, errors: errors.join('\n') };
}

const world = makeWorld({ seed: 8, stations: 20, events: 15, spanS: 3600, falsePicks: 200 });
const EPOCH_S = Date.parse('2021-03-04T00:00:00Z') / 1000;

beforeAll(() => {
  const { stations, picks } = world;
  const places = stations.ids.map((id, s) => {
    const { latitude, longitude } = fromLocalKm(stations.origin, {
      eastKm: stations.eastKm[s] as number,
      northKm: stations.northKm[s] as number,
    });
    return [id, latitude, longitude, 0].join(',');
  });
  writeFileSync(at('stations.csv'), ['id,latitude,longitude,elevation', ...places, ''].join('\n'));
  const rows = Array.from(picks.timeS, (t, i) =>
    [
      stations.ids[picks.station[i] as number],
      new Date(Math.round((EPOCH_S + t) * 1000)).toISOString(),
      picks.phase[i] === 0 ? 'P' : 'S',
      10 ** (picks.logAmplitude[i] as number),
    ].join(','),
  );
  writeFileSync(at('picks.csv'), ['station,time,phase,amp', ...rows, ''].join('\n'));
  writeFileSync(at('velocity.csv'), 'depth,vp,vs\n0,5.8,3.35260\n80,9.8,5.66474\n');
});

const base = (): string[] => [
  'associate',
  '--picks',
  at('picks.csv'),
  '--stations',
  at('stations.csv'),
];

describe('quakeloom associate', () => {
  it('writes events, assignments and a summary of them', async () => {
    const { code, text } = await run(
      ...base(),
      ...['--velocity', at('velocity.csv'), '--out', out, '--samples', '200', '--json'],
    );
    expect(code).toBe(0);
    const summary = JSON.parse(text) as {
      events: { eventId: string; picks: number; time: string }[];
    };
    const [header, ...rows] = readFileSync(path.join(out, 'events.csv'), 'utf8').trim().split('\n');
    expect(header).toMatch(/^event_id,time,latitude,longitude,depthKm,magnitude,probability,/);
    expect(rows).toHaveLength(summary.events.length);
    const assigned = readFileSync(path.join(out, 'assignments.csv'), 'utf8').trim().split('\n');
    expect(assigned[0]).toBe('event_id,pick_index,phase,residualS');
    // Every quake that at least 8 picks came from is there, with most of its picks.
    world.events.forEach((event, i) => {
      const own = Array.from(world.label.keys()).filter((pick) => world.label[pick] === i);
      if (own.length < 8) return;
      const near = summary.events.find(
        ({ time }) => Math.abs(Date.parse(time) / 1000 - EPOCH_S - event.timeS) < 1,
      );
      expect(near).toBeDefined();
      const mine = assigned.filter((row) => row.startsWith(`${near?.eventId ?? '?'},`));
      const shared = mine.filter((row) => own.includes(Number(row.split(',')[1])));
      expect(shared.length).toBeGreaterThanOrEqual(0.7 * own.length);
    });
  });

  it('gives the same tables again', async () => {
    const before = readFileSync(path.join(out, 'events.csv'), 'utf8');
    await run(...base(), '--velocity', at('velocity.csv'), '--out', out, '--samples', '200');
    expect(readFileSync(path.join(out, 'events.csv'), 'utf8')).toBe(before);
  });

  it('says why there is no event', async () => {
    writeFileSync(at('none.csv'), 'station,time,phase\n');
    const { code, errors } = await run(
      ...[
        'associate',
        '--picks',
        at('none.csv'),
        '--stations',
        at('stations.csv'),
        '--out',
        at('empty'),
      ],
    );
    expect(code).toBe(0);
    expect(errors).toMatch(/No event: there are no usable picks/);
  });

  it.each([
    ['A,1,2,0\nB,1,2,0\n', /all 2 stations are at one place/],
    ['A,1,2,0\nB,1,2,0\nC,1,3,0\n', /1 of the stations are at the place of another \(A and B\)/],
  ])('tells of stations at one place: %j', async (rows, message) => {
    writeFileSync(at('same.csv'), `id,latitude,longitude,elevation\n${rows}`);
    writeFileSync(at('none.csv'), 'station,time,phase\n');
    const files = ['--picks', at('none.csv'), '--stations', at('same.csv')];
    const { code, errors } = await run('associate', ...files, '--out', at('empty'));
    expect([code, errors]).toEqual([0, expect.stringMatching(message)]);
  });

  it.each([
    [['--parameters', 'bad.json'], '{"residualS": [-1, 1]}', /residualS/],
    [['--parameters', 'bad.json'], '{"residual": 1}', /Unrecognized|residual/],
    [['--velocity', 'bad.json'], 'no model', /not a velocity model/],
  ])('refuses %j', async ([option, file], text, message) => {
    writeFileSync(at(file as string), text);
    const { code, errors } = await run(
      ...base(),
      '--out',
      out,
      option as string,
      at(file as string),
    );
    expect(code).toBeGreaterThan(0);
    expect(errors).toMatch(message);
  });
});

describeWithPeers('QuakeML of associate', () => {
  const tableOf = (name: string): Record<string, string>[] => {
    const [header = '', ...rows] = readFileSync(path.join(out, name), 'utf8').trim().split('\n');
    const names = header.split(',');
    return rows.map((row) =>
      Object.fromEntries(row.split(',').map((cell, i) => [names[i] as string, cell])),
    );
  };

  it('is valid and read by ObsPy as the tables tell it: origins, magnitudes, picks, arrivals', () => {
    const read = runPeer<{ valid: boolean; events: Record<string, number>[] }>(
      `
import json, sys, obspy
from obspy.io.quakeml.core import _validate
def told(e):
    o, m = e.preferred_origin(), e.preferred_magnitude()
    picks = [a.pick_id.get_referred_object() for a in o.arrivals]
    return {"time": o.time.timestamp, "latitude": o.latitude, "longitude": o.longitude,
      "depth": o.depth, "magnitude": m.mag, "time_sd": o.time_errors.uncertainty,
      "latitude_sd": o.latitude_errors.uncertainty, "longitude_sd": o.longitude_errors.uncertainty,
      "depth_sd": o.depth_errors.uncertainty, "magnitude_sd": m.mag_errors.uncertainty,
      "radius": o.origin_uncertainty.horizontal_uncertainty, "gap": o.quality.azimuthal_gap,
      "used": o.quality.used_phase_count, "stations": o.quality.used_station_count,
      "rms": o.quality.standard_error, "of_origin": m.origin_id == o.resource_id,
      "own": sum(any(p is q for q in e.picks) for p in picks), "arrivals": len(o.arrivals),
      "phases": sum(a.phase == p.phase_hint for a, p in zip(o.arrivals, picks)),
      "amplitudes": sum(a.pick_id.get_referred_object() in e.picks for a in e.amplitudes)}
path = sys.argv[1]
print(json.dumps({"valid": _validate(path), "events": [told(e) for e in obspy.read_events(path)]}))`,
      [path.join(out, 'events.xml')],
    );
    const rows = tableOf('events.csv');
    const assigned = tableOf('assignments.csv');
    expect(read.valid).toBe(true);
    expect(read.events).toHaveLength(rows.length);
    rows.forEach((row, i) => {
      const event = read.events[i] as Record<string, number>;
      const mine = assigned.filter(({ event_id: id }) => id === row['event_id']);
      const residuals = mine.map(({ residualS }) => Number(residualS));
      expect(event['time']).toBeCloseTo(Date.parse(row['time'] as string) / 1000, 3);
      expect(event['latitude']).toBeCloseTo(Number(row['latitude']), 4);
      expect(event['longitude']).toBeCloseTo(Number(row['longitude']), 4);
      expect(event['depth']).toBeCloseTo(1000 * Number(row['depthKm']), -1);
      expect(event['magnitude']).toBeCloseTo(Number(row['magnitude']), 1);
      expect(event['time_sd']).toBeCloseTo(Number(row['time_sd_s']), 2);
      expect(event['gap']).toBeCloseTo(Number(row['azimuthal_gap_deg']), 0);
      for (const name of ['latitude_sd', 'longitude_sd', 'depth_sd', 'magnitude_sd']) {
        expect(event[name]).toBeGreaterThan(0);
      }
      // A circle of 90 % is wider than one deviation north.
      expect(event['radius']).toBeGreaterThan(111_194 * (event['latitude_sd'] as number));
      expect(event['rms']).toBeCloseTo(
        Math.sqrt(residuals.reduce((sum, s) => sum + s * s, 0) / residuals.length),
        3,
      );
      for (const name of ['used', 'arrivals', 'own', 'phases', 'amplitudes']) {
        expect([name, event[name]]).toEqual([name, mine.length]);
      }
      expect(event['stations']).toBe(Number(row['stations']));
      expect(event['of_origin']).toBe(true);
    });
  });
});
