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
  it('is read by ObsPy with its picks, arrivals and depths', () => {
    const read = runPeer<{ n: number; arrivals: number; picks: number; depths: number[] }>(
      `
import json, sys, obspy
c = obspy.read_events(sys.argv[1])
print(json.dumps({"n": len(c), "arrivals": sum(len(e.origins[0].arrivals) for e in c),
  "picks": sum(len(e.picks) for e in c), "depths": [e.preferred_origin().depth for e in c]}))`,
      [path.join(out, 'events.xml')],
    );
    const rows = readFileSync(path.join(out, 'events.csv'), 'utf8').trim().split('\n').slice(1);
    const assigned =
      readFileSync(path.join(out, 'assignments.csv'), 'utf8').trim().split('\n').length - 1;
    expect(read.n).toBe(rows.length);
    expect([read.arrivals, read.picks]).toEqual([assigned, assigned]);
    rows.forEach((row, i) => {
      expect(read.depths[i]).toBeCloseTo(1000 * Number(row.split(',')[4]), -1);
    });
  });
});
