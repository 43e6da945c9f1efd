/**
 * Reading of source files as tasks for worker threads: plain values in, plain values out.
 * @module
 */
import type { Table } from 'apache-arrow';
import type { TaskContext, TaskTable } from '../core/compute.js';
import type { Connector, ReadRequest, Scan, SourceFile } from '../core/connector.js';
import type { SourceKind } from '../core/evidence.js';
import { rejectedCountOf, rejectedOf, type Rejected } from '../core/tables/rejected.js';
import { decodeTable, encodeTable } from '../core/tables/ipc.js';
import { waveformSegments, waveformTable } from '../core/tables/waveform-table.js';
import { resolveOverlaps } from './das/stream/overlaps.js';
import { loadConnectors, probeConnector } from './registry.js';
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
}

export interface ResolveFibreOverlapsInput {
  readonly tables: readonly {
    /** Arrow IPC file of a waveform table. */
    readonly arrow: Uint8Array;
    /** When its file was written, ns since the epoch. */
    readonly writtenNs: string;
    readonly contentId: string;
  }[];
}

export interface ResolveFibreOverlapsOutput {
  /** Corrected tables in the order of the input; null: as it was. */
  readonly tables: readonly (Uint8Array | null)[];
  readonly samples: number;
  readonly channels: number;
  /** ns since the epoch; null: no sample was given differently. */
  readonly range: { readonly startNs: string; readonly endNs: string } | null;
}

/**
 * `scanSource`: header of a file. `readSource`: its data of a window (null: all) as Arrow bytes.
 * Both choose the connector by content and throw what it throws. `resolveFibreOverlaps`: see
 * `resolveOverlaps`.
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
    };
  },
  resolveFibreOverlaps: (input: ResolveFibreOverlapsInput): ResolveFibreOverlapsOutput => {
    const tables = input.tables.map(({ arrow }, i) => decodeTable(arrow, `das table ${i}`));
    const { files, samples, channels, range } = resolveOverlaps(
      input.tables.map(({ writtenNs, contentId }, i) => ({
        writtenNs: BigInt(writtenNs),
        contentId,
        segments: waveformSegments(tables[i] as Table),
      })),
    );
    return {
      tables: files.map(
        (segments, i) =>
          segments && encodeTable(waveformTable(segments, (tables[i] as Table).schema.metadata)),
      ),
      samples,
      channels,
      range: range && { startNs: String(range.startNs), endNs: String(range.endNs) },
    };
  },
} as const satisfies TaskTable;

async function chooseConnector(input: ScanSourceInput, file: SourceFile): Promise<Connector> {
  const { source } = input;
  const connectors = await loadConnectors(source === undefined ? {} : { source });
  return probeConnector({ file, connectors });
}
