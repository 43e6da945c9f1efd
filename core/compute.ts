/**
 * Port to the worker threads: activities hand work to them and heartbeat meanwhile.
 * @module
 */

/** Progress of a task: 0 to 1 and a short note for heartbeat details. */
export interface Progress {
  readonly fraction: number;
  readonly note: string;
}

/** Given to a task inside its thread. */
export interface TaskContext {
  progress(progress: Progress): void;
  /** Throws when the activity was cancelled; call it between chunks of work. */
  throwIfCancelled(): void;
}

/** A unit of heavy work; input and output must survive structured clone. */
export type Task<Input, Output> = (input: Input, context: TaskContext) => Promise<Output> | Output;

/** A named set of tasks; `never` lets each have its own input type. */
export type TaskTable = Readonly<Record<string, Task<never, unknown>>>;

/** Runs tasks of a table in worker threads. */
export interface ComputePool<Tasks extends TaskTable> {
  run<Name extends keyof Tasks & string>(
    name: Name,
    input: Parameters<Tasks[Name]>[0],
    options?: {
      signal?: AbortSignal;
      onProgress?: (progress: Progress) => void;
      /** Running longer than this the task is ended with its thread, ms; it fails for good. */
      limitMs?: number;
    },
  ): Promise<Awaited<ReturnType<Tasks[Name]>>>;
  close(): Promise<void>;
}
