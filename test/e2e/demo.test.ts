/**
 * The demo as a person types it: real recordings of two scenarios through the whole stack, again on
 * the same home folder, its export read by ObsPy, and Ctrl-C in the middle.
 */
import path from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import type { Quake } from '../../core/quake.js';
import { until } from '../../apps/demo/wait.js';
import { describeWithPeers, runPeer } from '../support/peers.js';
import { describeWithSamples } from '../support/sample-data.js';
import {
  processesOf,
  stackIsUp,
  startProgram,
  temporaryHome,
  type Program,
} from '../support/whole-stack.js';

const NEEDS = [
  'das/brady_eq_daspy_example_f32.h5',
  'felt/napa-nc72282711/dyfi_geo_10km.geojson',
  'felt/napa-nc72282711/tweets_derived_no_text_no_ids.csv',
];

const DEMO = 'apps/demo/main.ts';
const ONLY = ['--only', 'brady-2016', 'napa-2014'];

const READ = `
import sys, json, obspy
events = obspy.read_events(sys.argv[1])
print(json.dumps(sorted([
    dict(id=e.resource_id.id.split('/')[-1], time=str(e.preferred_origin().time)[:19],
         latitude=e.preferred_origin().latitude, magnitude=e.preferred_magnitude().mag,
         origins=len(e.origins)) for e in events], key=lambda e: e['time'])))`;

describeWithSamples('Demo of two scenarios', NEEDS, () => {
  let home = '';
  let remove = (): void => undefined;
  beforeAll(() => {
    ({ home, remove } = temporaryHome('demo'));
  });
  const programs: Program[] = [];
  const start = (script: string, args: readonly string[] = []): Program => {
    const program = startProgram({ home, script, args });
    programs.push(program);
    onTestFailed(() => console.error(program.output()));
    return program;
  };
  /** Runs the command line and gives what it printed. */
  const quakeloom = async (...args: string[]): Promise<string> => {
    const program = start('apps/cli/main.ts', args);
    expect(await program.ended, program.output()).toBe(0);
    return program.stdout();
  };
  const listEvents = async (): Promise<Quake[]> =>
    JSON.parse(await quakeloom('events', '--json')) as Quake[];
  afterAll(async () => {
    for (const program of programs) program.signal('SIGKILL');
    await Promise.all(programs.map(({ ended }) => ended));
    remove();
  });

  let first = '';
  let stack: Program | null = null;

  it('runs through and prints each quake beside its reference', { timeout: 300_000 }, async () => {
    const demo = start(DEMO, ONLY);
    const code = await demo.ended;
    first = demo.output();
    expect(code, first).toBe(0);
    expect(first).toContain('brady-2016: found');
    expect(first).toContain('napa-2014: found');
    expect(first).toContain('reference  2016-03-21T07:37:10');
    expect(first).toContain('reference  2014-08-24T10:20:44');
    expect(foundEvents(first).map(({ originTime }) => originTime.slice(0, 16))).toEqual([
      '2016-03-21T07:37',
      '2014-08-24T10:20',
    ]);
    expect(first).not.toMatch(/FAILED|SKIPPED/);
    expect(processesOf(home)).toEqual([]);
  });

  it('finds the same events, once each, when it runs again', { timeout: 300_000 }, async () => {
    stack = start('apps/start.ts');
    await stackIsUp(home, stack);
    const before = await listEvents();
    const demo = start(DEMO, ONLY);
    expect(await demo.ended, demo.output()).toBe(0);
    expect(demo.output()).toContain('Using the stack that runs on');
    expect(foundEvents(demo.output())).toEqual(foundEvents(first));
    // Not one row more; also the times at which rows were made are those of the first run.
    expect(await listEvents()).toEqual(before);
    expect(before.map(({ eventId }) => eventId).sort()).toEqual(
      foundEvents(first)
        .map(({ eventId }) => eventId)
        .sort(),
    );
    expect(before.map(({ versions }) => versions)).toEqual([1, 1]);
  });

  describeWithPeers('its export', () => {
    it('is read by ObsPy', { timeout: 120_000 }, async () => {
      const file = path.join(home, 'events.xml');
      await quakeloom('export', '--format', 'quakeml', '--out', file);
      const read = runPeer<{ time: string }[]>(READ, [file]);
      const expected = (await listEvents()).map(({ eventId, versions, preferred: { origin } }) => ({
        id: eventId,
        time: origin.originTime.slice(0, 19),
        latitude: expect.closeTo(origin.latitude.mean, 6) as number,
        magnitude: expect.closeTo(origin.magnitude.mean, 6) as number,
        origins: versions,
      }));
      expect(read).toEqual(expected.sort((a, b) => (a.time < b.time ? -1 : 1)));
    });
  });

  it('SIGINT ends the stack that was left running', { timeout: 120_000 }, async () => {
    stack?.signal('SIGINT');
    expect(await stack?.ended).toBe(130);
    expect(processesOf(home)).toEqual([]);
  });

  it('SIGINT in the middle of the demo leaves no process', { timeout: 300_000 }, async () => {
    const demo = start(DEMO, ONLY);
    await until({
      what: 'the backfill of the demo',
      timeoutS: 120,
      ask: async () => (demo.output().includes('backfill backfill-brady-') ? true : null),
    });
    demo.signal('SIGINT');
    expect(await demo.ended, demo.output()).toBe(130);
    expect(processesOf(home)).toEqual([]);
    expect(demo.output()).not.toMatch(/napa-2014: found|FAILED/);
  });
});

/** `found` lines of a demo: event and time. */
function foundEvents(output: string): { eventId: string; originTime: string }[] {
  return [...output.matchAll(/found {6}(ql[a-z2-7]{10}) v1 {2}(\S+)/g)].map((match) => ({
    eventId: match[1]!,
    originTime: match[2]!,
  }));
}
