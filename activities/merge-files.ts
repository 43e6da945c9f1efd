/**
 * Fibre files as one recording: where they give other values for the same samples the later written
 * file stands, and where values are differenced the sample between two files is added. In: the tables
 * of a feed. Out: the tables that stand, with a note on what was corrected.
 * @module
 */
import type { ArtifactRef } from '../core/artifact.js';
import type { RegionConfig, SourceConfig } from '../core/region.js';
import { isoToNs, nsToIso, type TimeWindow } from '../core/time.js';
import type { MergeFibreTablesOutput } from '../connectors/das/stream/tasks.js';
import type { ActivityDeps } from './deps.js';
import { putTable } from './source-table.js';
import type { StepContext } from './step.js';

/** A stored table and the file it came from. */
export interface ReadTable {
  readonly ref: ArtifactRef;
  /** Time covered by the file; null for products without times. */
  readonly covered: TimeWindow | null;
  /** When the file was written, ns since the epoch; null for stores that are folders. */
  readonly writtenNs: string | null;
  /** True: one sample more lies between this file and the next. */
  readonly isDifferenced: boolean;
}

/** Tables of a fibre feed after corrections; those of other feeds as they are. */
export async function mergeFiles(
  deps: ActivityDeps,
  input: {
    readonly region: RegionConfig;
    readonly source: SourceConfig;
    readonly context: StepContext;
    readonly reading: {
      readonly tables: readonly ReadTable[];
      readonly notes: readonly string[];
      readonly missing: readonly string[];
    };
  },
): Promise<{ tables: ArtifactRef[]; notes: string[]; missing: string[] }> {
  const { region, source, context, reading } = input;
  const refs = reading.tables.map(({ ref }) => ref);
  const notes = [...reading.notes];
  if (source.kind === 'das') {
    for (const group of meetingTables(reading.tables)) {
      const tables = await Promise.all(
        group.map(async ({ ref, writtenNs }) => ({
          arrow: await deps.store.get(ref),
          writtenNs: writtenNs ?? '0',
          contentId: ref.sha256,
        })),
      );
      const merged = await deps.compute.run(
        'mergeFibreTables',
        { tables },
        { signal: context.signal, onProgress: context.report },
      );
      for (const [i, arrow] of merged.tables.entries()) {
        if (arrow === null) continue;
        const old = (group[i] as ReadTable).ref.sha256;
        const ref = await putTable(deps, { regionId: region.id, source: 'das', arrow });
        refs.forEach((each, k) => {
          if (each.sha256 === old) refs[k] = ref;
        });
      }
      if (merged.range !== null) notes.push(correction(source, merged));
    }
  }
  return { tables: refs, notes, missing: [...reading.missing] };
}

function correction(
  source: SourceConfig,
  { samples, channels, range }: MergeFibreTablesOutput,
): string {
  const { startNs, endNs } = range ?? { startNs: 0, endNs: 0 };
  return (
    `${source.id}: overlap: ${samples} samples of ${channels} channels between ` +
    `${nsToIso(BigInt(startNs))} and ${nsToIso(BigInt(endNs))} given with different values: ` +
    'those of the later written file are used'
  );
}

/** Files that follow each other may be stamped this far apart, ns. */
const TOUCH_NS = 1_000_000n;

/**
 * Groups of tables, each once, whose times overlap, or touch where values are differenced. A repeated file counts with the time at which
 * it was written first: a copy made later is no correction.
 */
function meetingTables(tables: readonly ReadTable[]): ReadTable[][] {
  const unique = new Map<string, ReadTable>();
  for (const table of tables) {
    const known = unique.get(table.ref.sha256);
    const isEarlier = BigInt(table.writtenNs ?? 0) < BigInt(known?.writtenNs ?? 0);
    if (!known || isEarlier) unique.set(table.ref.sha256, table);
  }
  const timed = [...unique.values()]
    .flatMap((table) => {
      const { covered } = table;
      return covered
        ? [{ table, startNs: isoToNs(covered.start), endNs: isoToNs(covered.end) }]
        : [];
    })
    .sort((a, b) => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0));
  const groups: ReadTable[][] = [];
  let reachNs: bigint | null = null;
  for (const { table, startNs, endNs } of timed) {
    const slackNs = table.isDifferenced ? TOUCH_NS : 0n;
    if (reachNs !== null && startNs < reachNs + slackNs) groups.at(-1)?.push(table);
    else groups.push([table]);
    if (reachNs === null || endNs > reachNs) reachNs = endNs;
  }
  return groups.filter((group) => group.length > 1);
}
