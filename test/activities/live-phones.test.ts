import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.js';
import type { SegmentRow } from '../../core/catalogue.js';
import { encodeTable } from '../../core/tables/ipc.js';
import { phoneTable, type PhoneRecord } from '../../core/tables/phone-table.js';
import { nsToIso, secondsToNs } from '../../core/time.js';
import { START_S, syntheticRecords } from '../connectors/phones/synthetic-records.js';
import { attempt, memoryCatalogue, memoryDeps } from '../support/activity.js';
import { REGION } from '../support/fakes.js';

// Twenty minutes of two devices; the clock of one is half an hour slow, its delay wanders.
const records = [
  ...syntheticRecords({ deviceId: 'right', count: 1200 }),
  ...syntheticRecords({
    deviceId: 'slow',
    count: 1200,
    lastS: (i) => START_S - 1800 + (i + 1) * 1.024,
    arrivalS: (i) => START_S + (i + 1) * 1.024 + 0.2 + 0.5 * Math.sin(i / 40),
  }),
].sort((a, b) => (a.arrivalNs! < b.arrivalNs! ? -1 : 1));

/** The records as the gateway would seal them, `size` records a segment. */
async function ingestedIn(size: number): Promise<string[]> {
  const deps = memoryDeps();
  const segments: SegmentRow[] = [];
  for (let from = 0; from < records.length; from += size) {
    const part = records.slice(from, from + size) as PhoneRecord[];
    const bytes = encodeTable(phoneTable(part));
    const sha = createHash('sha256').update(bytes).digest('hex');
    const key = `phones/test/${sha}.arrow`;
    segments.push({
      id: segments.length + 1,
      regionId: REGION.id,
      source: 'phones',
      sourceId: 'mqtt',
      startNs: part[0]!.arrivalNs!,
      endNs: part.at(-1)!.arrivalNs!,
      records: part.length,
      artifact: await deps.store.put({ key, kind: 'phone-segment', bytes }),
    });
  }
  const catalogue = memoryCatalogue({ segments });
  const { ingestPhones } = createActivities({ ...deps, catalogue });
  const at = (seconds: number): string => nsToIso(secondsToNs(START_S + seconds));
  const region = { ...REGION, sources: REGION.sources.filter(({ kind }) => kind === 'phones') };
  const reach = { start: at(500), end: at(620) };
  const { artifacts } = await attempt(ingestPhones, { region, reach }).result;
  return artifacts.map(({ sha256 }) => sha256);
}

describe('live phones', () => {
  it('give the same waveforms however the records were cut into segments', async () => {
    const [whole, coarse, fine] = [
      await ingestedIn(2400),
      await ingestedIn(700),
      await ingestedIn(97),
    ];
    expect(whole).toHaveLength(1);
    expect(coarse).toEqual(whole);
    expect(fine).toEqual(whole);
  });
});
