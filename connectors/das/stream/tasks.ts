/**
 * Tables of a fibre's files made one recording: joined where values are differenced, and corrected
 * where they disagree. For the worker threads: bytes in, bytes out.
 * @module
 */
import type { TaskTable } from '../../../core/compute.js';
import { decodeTable, encodeTable } from '../../../core/tables/ipc.js';
import { waveformSegments, waveformTable } from '../../../core/tables/waveform-table.js';
import { EDGES_KEY, joinFiles, type RunEdges } from './joins.js';
import { isWrittenLater, resolveOverlaps } from './overlaps.js';

export interface MergeFibreTablesInput {
  readonly tables: readonly {
    /** Arrow IPC file of a waveform table. */
    readonly arrow: Uint8Array;
    /** When its file was written, ns since the epoch. */
    readonly writtenNs: string;
    readonly contentId: string;
  }[];
}

export interface MergeFibreTablesOutput {
  /** Changed tables in the order of the input; null: as it was. */
  readonly tables: readonly (Uint8Array | null)[];
  /** Samples given differently, and the channels and the time they lie in (ns; null: none). */
  readonly samples: number;
  readonly channels: number;
  readonly range: { readonly startNs: string; readonly endNs: string } | null;
}

/** See `joinFiles` and `resolveOverlaps`. A sample between two files goes to the later written. */
function mergeFibreTables(input: MergeFibreTablesInput): MergeFibreTablesOutput {
  const read = input.tables.map(({ arrow, writtenNs, contentId }, i) => {
    const table = decodeTable(arrow, `das table ${i}`);
    const { metadata } = table.schema;
    const edges = JSON.parse(metadata.get(EDGES_KEY) ?? '[]') as RunEdges[];
    const segments = waveformSegments(table);
    return { segments, edges, metadata, writtenNs: BigInt(writtenNs), contentId };
  });
  const added = read.map(() => 0);
  const joined = read.map(({ segments }) => [...segments]);
  for (const { files, segment } of joinFiles(read)) {
    const [before, after] = files;
    const isFirst = isWrittenLater(read[before] as Written, read[after] as Written);
    const owner = isFirst ? before : after;
    joined[owner]?.push(segment);
    added[owner] = (added[owner] ?? 0) + 1;
  }
  const { files, samples, channels, range } = resolveOverlaps(
    read.map((file, i) => ({ ...file, segments: joined[i] ?? [] })),
  );
  return {
    tables: read.map(({ metadata }, i) => {
      const segments = files[i] ?? (added[i] === 0 ? null : (joined[i] ?? null));
      return segments && encodeTable(waveformTable(segments, metadata));
    }),
    samples,
    channels,
    range: range && { startNs: String(range.startNs), endNs: String(range.endNs) },
  };
}

type Written = Parameters<typeof isWrittenLater>[0];

export const fibreStreamTasks = { mergeFibreTables } as const satisfies TaskTable;
