/**
 * A real Temporal dev server in memory, for what the time-skipping one cannot do: schedules and
 * visibility. Out: an environment with the search attributes registered.
 * @module
 */
import { defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { SEARCH_ATTRIBUTES } from '../../core/search-attributes.js';
import { toolPath } from './tools.js';

/** Starts the server on free ports of 127.0.0.1. */
export function createLocalEnv(): Promise<TestWorkflowEnvironment> {
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: toolPath('temporal') },
      ip: '127.0.0.1',
      ui: false,
      searchAttributes: Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) =>
        defineSearchAttributeKey(name, type),
      ),
    },
  });
}
