/**
 * Reading of source files as tasks for worker threads: plain values in, plain values out.
 * @module
 */
import type { TaskContext, TaskTable } from '../core/compute.js';
import type { Connector, ReadRequest, Scan, SourceFile } from '../core/connector.js';
import type { OnlinePeople, SourceKind } from '../core/evidence.js';
import type { Bounds } from '../core/region.js';
import { rejectedCountOf, rejectedOf, type Rejected } from '../core/tables/rejected.js';
import { encodeTable } from '../core/tables/ipc.js';
import { EDGES_KEY } from './das/stream/joins.js';
import { fibreStreamTasks } from './das/stream/tasks.js';
import { loadConnectors, probeConnector } from './registry.js';
import { peopleWithin } from './reports/people.js';
import { openSourceFile } from './source-file.js';

export interface ScanSourceInput {
  readonly path: string;
  /** Only connectors of this kind are tried; all when missing. */
  readonly source?: SourceKind;
  readonly options: ReadRequest['options'];
}

export interface ReadSourceInput extends ScanSourceInput {
  readonly window: ReadRequest['window'];
}

export interface ReadSourceOutput {
  /** Arrow IPC file of the table. */
  readonly arrow: Uint8Array;
  readonly rows: number;
  readonly scan: Scan;
  /** The first 100 refused items. */
  readonly rejected: readonly Rejected[];
  readonly rejectedCount: number;
  /** True: values are differenced, so that a sample lies between this file and the next. */
  readonly isDifferenced: boolean;
}

/**
 * `scanSource`: header of a file. `readSource`: its data of a window (null: all) as Arrow bytes.
 * Both choose the connector by content and throw what it throws. With those of
 * `das/stream/tasks.ts`.
 */
export const connectorTasks = {
  scanSource: async (
    input: ScanSourceInput,
    context: TaskContext,
  ): Promise<Scan & { readonly path: string }> => {
    context.throwIfCancelled();
    const file = await openSourceFile({ path: input.path });
    const connector = await chooseConnector(input, file);
    context.progress({ fraction: 0.5, note: `${connector.format} header` });
    return { ...(await connector.scan(file, input.options)), path: file.path };
  },
  readSource: async (input: ReadSourceInput, context: TaskContext): Promise<ReadSourceOutput> => {
    context.throwIfCancelled();
    const file = await openSourceFile({ path: input.path });
    const connector = await chooseConnector(input, file);
    context.progress({ fraction: 0.1, note: `${connector.format} header` });
    const scan = await connector.scan(file, input.options);
    context.throwIfCancelled();
    context.progress({ fraction: 0.2, note: `${connector.format} data` });
    const { window, options } = input;
    const table = await connector.read({ file, window, options });
    context.throwIfCancelled();
    context.progress({ fraction: 0.9, note: `${table.numRows} rows` });
    return {
      arrow: encodeTable(table),
      rows: table.numRows,
      scan,
      rejected: rejectedOf(table),
      rejectedCount: rejectedCountOf(table),
      isDifferenced: table.schema.metadata.has(EDGES_KEY),
    };
  },
  /** Who lives in and about a region (see `reports/people.ts`). */
  peopleOnline: ({ bounds }: { readonly bounds: Bounds }): OnlinePeople[] => peopleWithin(bounds),
  ...fibreStreamTasks,
} as const satisfies TaskTable;

async function chooseConnector(input: ScanSourceInput, file: SourceFile): Promise<Connector> {
  const { source } = input;
  const connectors = await loadConnectors(source === undefined ? {} : { source });
  return probeConnector({ file, connectors });
}
