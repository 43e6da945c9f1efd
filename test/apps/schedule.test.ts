/** Schedules: their options, and their life on a real Temporal server through the command line. */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../apps/cli/run-cli.js';
import { scheduleOptions } from '../../apps/schedule-options.js';
import { createCatalogue } from '../../catalogue/store.js';
import { floorToInterval } from '../../core/time.js';
import { until } from '../../apps/demo/wait.js';
import type { FuseWindowResult } from '../../core/stages.js';
import { fakeActivities, REGION } from '../support/fakes.js';
import { createLocalEnv } from '../support/local-env.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { withWorkers } from '../support/workflow-env.js';

describe('scheduleOptions', () => {
  const options = scheduleOptions({ region: REGION, latencyS: 60, paused: true });

  it('starts one fuseWindow at the start of every window', () => {
    expect(options.scheduleId).toBe('fuse-test');
    expect(options.spec).toEqual({ intervals: [{ every: 300_000 }] });
    expect(options.action).toMatchObject({
      type: 'startWorkflow',
      workflowType: 'fuseWindow',
      workflowId: 'fuse-test',
      args: [{ regionId: 'test', runKind: 'scheduled', latencyS: 60 }],
    });
    expect(options.state).toEqual({ paused: true });
  });

  it('lets windows overlap and catches up after an outage', () => {
    expect(options.policies).toEqual({
      overlap: 'ALLOW_ALL',
      catchupWindow: '1 day',
      pauseOnFailure: false,
    });
  });
});

describe('quakeloom schedule', () => {
  let env: TestWorkflowEnvironment;
  let postgres: TestPostgres;
  const before = { ...process.env };

  beforeAll(async () => {
    [env, postgres] = await Promise.all([createLocalEnv(), startPostgres()]);
    process.env['TEMPORAL_ADDRESS'] = env.address;
    process.env['TEMPORAL_NAMESPACE'] = env.namespace ?? 'default';
    process.env['DATABASE_URL'] = postgres.databaseUrl;
    const catalogue = await createCatalogue({ databaseUrl: postgres.databaseUrl });
    await catalogue.putRegion(REGION);
    // Windows of two seconds, so that the fuse of a triggered one need not wait long.
    await catalogue.putRegion({ ...REGION, id: 'short', windowS: 2, overlapS: 0 });
    await catalogue.close();
  });
  afterAll(async () => {
    process.env = before;
    await Promise.all([env?.teardown(), postgres?.stop()]);
  });

  /** Runs one command: exit code, standard output and error lines. */
  async function quakeloom(...argv: string[]) {
    let out = '';
    const errors: string[] = [];
    const code = await runCli({
      argv,
      output: {
        write: (text) => (out += text),
        error: (line) => void errors.push(line),
        isTerminal: false,
      },
    });
    return { code, out, errors };
  }

  /** The schedules as listed, once the list, which lags, says what is expected. */
  async function listed(ids: readonly string[], paused?: boolean) {
    return until({
      what: `schedules ${ids.join(', ')}`,
      timeoutS: 30,
      ask: async () => {
        const { out } = await quakeloom('schedule', 'list', '--json');
        const rows = JSON.parse(out) as { scheduleId: string; paused: boolean; next: string }[];
        const isThere =
          rows
            .map(({ scheduleId }) => scheduleId)
            .sort()
            .join() === ids.join();
        const isSo = paused === undefined || rows.every((row) => row.paused === paused);
        return isThere && isSo ? rows : null;
      },
    });
  }

  it('creates, lists, pauses, resumes and removes', { timeout: 120_000 }, async () => {
    const created = await quakeloom('schedule', 'create', '--region', 'test', '--json');
    expect(created.errors).toEqual([]);
    expect(JSON.parse(created.out)).toEqual({ scheduleId: 'fuse-test', done: 'created' });
    const [row] = await listed(['fuse-test'], false);
    // Nominal times are whole windows.
    const next = row!.next.replace(/\.\d+Z$/, 'Z');
    expect(floorToInterval(next, REGION.windowS)).toBe(next);

    expect(await quakeloom('schedule', 'pause', '--region', 'test')).toMatchObject({ code: 0 });
    await listed(['fuse-test'], true);
    expect(await quakeloom('schedule', 'resume', '--region', 'test')).toMatchObject({ code: 0 });
    await listed(['fuse-test'], false);
    expect(await quakeloom('schedule', 'remove', '--region', 'test')).toMatchObject({ code: 0 });
    await listed([]);
  });

  it('updates one that exists and keeps it paused', async () => {
    await quakeloom('schedule', 'create', '--region', 'test', '--paused');
    const again = await quakeloom('schedule', 'create', '--region', 'test', '--latency', '2m');
    expect(again).toMatchObject({ code: 0, out: 'Schedule fuse-test updated.\n' });
    const { action, state } = await env.client.schedule.getHandle('fuse-test').describe();
    expect(action).toMatchObject({ args: [{ latencyS: 120 }] });
    expect(state.paused).toBe(true);
    await quakeloom('schedule', 'remove', '--region', 'test');
  });

  it('answers wrong requests in one line', async () => {
    const wrong = [
      ['--region', 'nowhere'],
      ['--region', 'test', '--every', '10m'],
      ['--region', 'test', '--latency', 'soon'],
    ];
    for (const options of wrong) {
      const { code, errors } = await quakeloom('schedule', 'create', ...options);
      expect({ code, lines: errors.length }).toEqual({ code: 2, lines: 1 });
    }
    const gone = await quakeloom('schedule', 'pause', '--region', 'test');
    expect(gone).toMatchObject({ code: 2, errors: [expect.stringContaining('no fuse-test')] });
  });

  it('a triggered one fuses the window that the moment lies in', { timeout: 120_000 }, async () => {
    const short = { ...REGION, id: 'short', windowS: 2, overlapS: 0 };
    const created = await quakeloom(
      ...['schedule', 'create', '--region', 'short', '--paused', '--latency', '1s'],
    );
    expect(created.code).toBe(0);
    const schedule = env.client.schedule.getHandle('fuse-short');
    const started = await withWorkers({
      env,
      activities: fakeActivities({ loadRegion: async () => short }),
      work: async () => {
        await schedule.trigger();
        const action = await until({
          what: 'triggered run',
          timeoutS: 30,
          ask: async () => (await schedule.describe()).info.recentActions[0] ?? null,
        });
        const { workflowId } = action.action.workflow;
        const handle = env.client.workflow.getHandle(workflowId);
        return { workflowId, result: (await handle.result()) as FuseWindowResult };
      },
    });
    const nominal = started.workflowId.replace('fuse-short-', '');
    expect(started.workflowId).toMatch(/^fuse-short-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const { window } = started.result;
    expect(window.start).toBe(floorToInterval(nominal, short.windowS));
    expect(Date.parse(window.end) - Date.parse(window.start)).toBe(2000);
    expect(started.result.quakes).toHaveLength(1);
    await quakeloom('schedule', 'remove', '--region', 'short');
  });
});
