/**
 * Processes killed with -9 in the middle of the work, on real records: what is in the catalogue in
 * the end is what an undisturbed run leaves there.
 */
import { afterAll, expect, it, onTestFailed } from 'vitest';
import { describeWithSamples } from '../support/sample-data.js';
import {
  killChild,
  processesOf,
  stackIsUp,
  startProgram,
  temporaryHome,
  type Program,
  type TemporaryHome,
} from '../support/whole-stack.js';
import { finalOrigins, playScene, RECORDS, type FinalOrigin, type Moment } from './scene.js';

/** Processes that die at each moment, one after another. */
const KILLS: Readonly<Record<Moment, readonly string[]>> = {
  publishing: ['gateway'],
  half: ['postgres'],
  published: ['worker-io', 'temporal'],
  fusing: ['worker-compute'],
};

describeWithSamples('Killed processes', [RECORDS, 'das/brady_eq_daspy_example_f32.h5'], () => {
  const homes: TemporaryHome[] = [];
  const newHome = (name: string): string => {
    const made = temporaryHome(name);
    homes.push(made);
    return made.home;
  };
  const programs: Program[] = [];
  const start = async (home: string): Promise<Program> => {
    const program = startProgram({ home, script: 'apps/start.ts' });
    programs.push(program);
    onTestFailed(() => console.error(program.output()));
    await stackIsUp(home, program);
    return program;
  };
  afterAll(async () => {
    for (const program of programs) program.signal('SIGKILL');
    await Promise.all(programs.map(({ ended }) => ended));
    for (const { remove } of homes) remove();
  });

  let undisturbed: readonly FinalOrigin[] = [];

  it('an undisturbed run finds both quakes', { timeout: 300_000 }, async () => {
    const home = newHome('calm');
    const program = await start(home);
    await playScene({ home, at: async () => undefined });
    undisturbed = await finalOrigins(home);
    program.signal('SIGINT');
    expect(await program.ended).toBe(130);
    expect(processesOf(home)).toEqual([]);
    expect(undisturbed.map(({ regionId }) => regionId)).toEqual(['brady', 'guerrero']);
    // Servicio Sismologico Nacional: M 5.3, 2020-01-30T06:47:22Z, 16.831, -100.100.
    expect(undisturbed[1]!.originTime).toMatch(/^2020-01-30T06:47:2/);
    expect(Math.abs(undisturbed[1]!.magnitude - 5.3)).toBeLessThan(0.5);
  });

  it('one with every process killed ends with the same origins', { timeout: 400_000 }, async () => {
    expect(undisturbed).toHaveLength(2);
    const home = newHome('killed');
    const killed: string[] = [];
    const program = await start(home);
    await playScene({
      home,
      at: async (moment) => {
        for (const name of KILLS[moment]) {
          await killChild(home, name);
          killed.push(name);
        }
      },
    });
    expect(killed).toEqual(['gateway', 'postgres', 'worker-io', 'temporal', 'worker-compute']);

    // The supervisor itself: its children go on without it, the next start takes them down first.
    program.signal('SIGKILL');
    expect(await program.ended).toBe(137);
    const next = await start(home);
    expect(next.output()).toContain('left over from a killed supervisor');

    expect(await finalOrigins(home)).toEqual(undisturbed);
    next.signal('SIGINT');
    expect(await next.ended).toBe(130);
    expect(processesOf(home)).toEqual([]);
  });
});
