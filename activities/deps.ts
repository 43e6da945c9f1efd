/**
 * What activities need from outside; `apps/deps.ts` constructs it, tests give fakes.
 * @module
 */
import type { ArtifactRef, ObjectStore } from '../core/artifact.js';
import type { Catalogue } from '../core/catalogue.js';
import type { ComputePool } from '../core/compute.js';
import type { DeformationEvidence } from '../core/stages.js';
import type { pickFileTasks } from '../connectors/picks/tasks.js';
import type { phoneTasks } from '../connectors/phones/tasks.js';
import type { HeaderIndexes } from '../connectors/header-index.js';
import type { connectorTasks } from '../connectors/tasks.js';
import type { deformationTasks } from '../models/deformation/tasks.js';
import type { pickTasks } from '../models/detection/pick-tasks.js';
import type { detectionTasks } from '../models/detection/tasks.js';
import type { evidenceTasks } from '../models/evidence-tasks.js';
import type { shakingTasks } from '../models/shaking/tasks.js';

/** Everything that runs in worker threads. */
export type ComputeTasks = typeof connectorTasks &
  typeof phoneTasks &
  typeof evidenceTasks &
  typeof detectionTasks &
  typeof deformationTasks &
  typeof shakingTasks &
  typeof pickFileTasks &
  typeof pickTasks;

/** Starts and signals workflows from inside activities. */
export interface WorkflowStarter {
  /** Starts or wakes the entity of an event with a piece of late evidence. */
  signalEvent(input: { eventId: string; evidence: DeformationEvidence }): Promise<void>;
  /** Starts an inversion; a no-op when the same one ran before. Returns the workflow id. */
  startInversion(input: {
    regionId: string;
    scenes: readonly ArtifactRef[];
    event: { eventId: string; version: number };
  }): Promise<string>;
}

export interface ActivityDeps {
  readonly store: ObjectStore;
  readonly catalogue: Catalogue;
  readonly compute: ComputePool<ComputeTasks>;
  readonly workflows: WorkflowStarter;
  /** Brings the files behind a source URI to this machine; returns a file or folder path. */
  readonly resolveSource: (input: {
    uri: string;
    signal?: AbortSignal;
    onProgress?: (note: string) => void;
  }) => Promise<string>;
  /** Headers of files seen before; every header is scanned anew without it. */
  readonly headers?: HeaderIndexes;
  /** Part of every provenance. */
  readonly codeVersion: string;
}
