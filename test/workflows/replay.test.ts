/**
 * Histories of earlier runs replayed with the workflow code of this checkout, without a server. One
 * that no longer replays would stop runs that are alive when a new version is put in place: guard
 * the change with `patched()`, and only then record again (`test/histories/record.ts`).
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import * as workflows from '../../workflows/index.js';
import { recordedHistories, workflowTypeOf, type RecordedHistory } from '../support/histories.js';
import { workflowBundle } from '../support/workflow-env.js';

/** What went wrong for each history; null where it replayed. */
async function replay(
  bundle: WorkflowBundleWithSourceMap,
  histories: readonly RecordedHistory[],
): Promise<Record<string, string | null>> {
  const outcomes: Record<string, string | null> = {};
  const replayed = Worker.runReplayHistories(
    { workflowBundle: bundle },
    histories.map(({ name, history }) => ({ workflowId: name, history })),
  );
  for await (const { workflowId, error } of replayed) {
    outcomes[workflowId] = error ? error.name : null;
  }
  return outcomes;
}

const histories = recordedHistories();

describe('recorded histories', () => {
  it('cover every workflow', () => {
    const types = Object.entries(workflows).flatMap(([name, value]) =>
      typeof value === 'function' ? [name] : [],
    );
    expect([...new Set(histories.map(workflowTypeOf))].sort()).toEqual(types.sort());
    expect(types).toHaveLength(6);
  });

  it('cover continue-as-new, timers, signals, children and failures', () => {
    const events = new Set(
      histories.flatMap(({ history }) =>
        (history.events ?? []).flatMap((event) =>
          Object.keys(event).filter((key) => key.endsWith('EventAttributes')),
        ),
      ),
    );
    for (const kind of [
      'workflowExecutionContinuedAsNew',
      'workflowExecutionFailed',
      'workflowExecutionSignaled',
      'workflowExecutionCancelRequested',
      'childWorkflowExecutionCompleted',
      'childWorkflowExecutionFailed',
      'activityTaskFailed',
      'timerFired',
      'timerStarted',
    ]) {
      expect(events, kind).toContain(`${kind}EventAttributes`);
    }
  });

  it('all replay with the workflows as they are', async () => {
    const outcomes = await replay(await workflowBundle(), histories);
    expect(outcomes).toEqual(Object.fromEntries(histories.map(({ name }) => [name, null])));
  });

  it('do not replay with changed workflows: the check can fail', async () => {
    const altered = await bundleWorkflowCode({
      logger: new DefaultLogger('ERROR'),
      workflowsPath: fileURLToPath(new URL('../support/altered-workflows.ts', import.meta.url)),
    });
    const outcomes = await replay(altered, histories);
    const changed = new Set(['fuseWindow', 'deformStack']);
    expect(outcomes).toEqual(
      Object.fromEntries(
        histories.map((each) => [
          each.name,
          changed.has(workflowTypeOf(each)) ? 'DeterminismViolationError' : null,
        ]),
      ),
    );
  });

  it('do not replay when the history is another one', async () => {
    const one = recordedHistories().find(({ name }) => name === 'fuse-window-quakes');
    const scheduled = one?.history.events?.find(
      (event) => event.activityTaskScheduledEventAttributes,
    )?.activityTaskScheduledEventAttributes?.activityType;
    expect(scheduled?.name).toBe('loadRegion');
    scheduled!.name = 'loadAnotherRegion';
    expect(await replay(await workflowBundle(), [one!])).toEqual({
      'fuse-window-quakes': 'DeterminismViolationError',
    });
  });
});

describe('packages that histories are read with', () => {
  // With two copies of protobufjs the SDK cannot read or write histories ("type must be a Type").
  it('share one protobufjs of version 8', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const require = createRequire(import.meta.url);
    const scope = path.join(root, 'node_modules/@temporalio');
    const users = ['client', 'common', 'proto', 'testing', 'worker']
      .map((name) => path.join(scope, name, 'package.json'))
      .filter(existsSync)
      .filter(
        (file) => 'protobufjs' in (JSON.parse(readFileSync(file, 'utf8')).dependencies ?? {}),
      );
    const copies = new Set(
      [...users, fileURLToPath(import.meta.url)].map((file) =>
        realpathSync(createRequire(file).resolve('protobufjs/package.json')),
      ),
    );
    expect(users.length).toBeGreaterThan(0);
    expect([...copies]).toEqual([realpathSync(require.resolve('protobufjs/package.json'))]);
    const [copy] = copies;
    expect(JSON.parse(readFileSync(copy!, 'utf8')).version).toMatch(/^8\./);
  });
});
