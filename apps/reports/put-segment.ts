/**
 * Reports in, a segment of the region's index out: `watchRegion` sees it and fuses the windows that it
 * touches, again as a new version where they were fused before.
 * @module
 */
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../../core/artifact.js';
import type { Catalogue, SegmentRow } from '../../core/catalogue.js';
import { encodeTable } from '../../core/tables/ipc.js';
import { reportTable } from '../../core/tables/report-table.js';
import type { ReportItem } from '../../core/waveform.js';

/**
 * Stores the items. A later segment of the same `sourceId` and span supersedes the earlier ones, which
 * stay in the index: the versions of a product.
 */
export async function putReportSegment(input: {
  readonly catalogue: Pick<Catalogue, 'addSegment'>;
  readonly store: ObjectStore;
  readonly regionId: string;
  readonly sourceId: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly items: readonly ReportItem[];
  /** When this version was known, ms since 1970: one that returns to older content is new all the same. */
  readonly receivedMs: number;
}): Promise<SegmentRow> {
  const { catalogue, store, regionId, sourceId, startNs, endNs, items, receivedMs } = input;
  const bytes = encodeTable(reportTable(items));
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const artifact = await store.put({
    key: `segments/${regionId}/reports/${receivedMs}-${hash}.arrow`,
    kind: 'source-table',
    bytes,
  });
  return catalogue.addSegment({
    regionId,
    source: 'reports',
    sourceId,
    startNs,
    endNs,
    records: items.length,
    artifact,
  });
}
