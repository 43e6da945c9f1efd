/** A folder of MiniSEED and StationXML, as an archive gives it out, as a source of a region. @module */
import { expect, it } from 'vitest';
import { createActivities } from '../../activities/index.js';
import { RIDGECREST } from '../../apps/demo/regions.js';
import type { RegionConfig } from '../../core/region.js';
import { attempt, memoryCatalogue, memoryDeps } from '../support/activity.js';
import { describeWithSamples, samplePath } from '../support/sample-data.js';

const FOLDER = 'strong-motion/ridgecrest-ci38457511';

describeWithSamples('seismic stations of a region', [`${FOLDER}/CI.CCC..HNE.mseed`], () => {
  const reach = { start: '2019-07-06T03:19:30Z', end: '2019-07-06T03:20:30Z' };
  const ingest = async (options?: Record<string, string>) => {
    const region: RegionConfig = {
      ...RIDGECREST,
      sources: [
        {
          kind: 'phones',
          id: 'stations',
          uri: samplePath(FOLDER),
          ...(options ? { options } : {}),
        },
      ],
    };
    const deps = {
      ...memoryDeps({ catalogue: memoryCatalogue({ regions: [region] }) }),
      resolveSource: ({ uri }: { uri: string }) => Promise.resolve(uri),
    };
    const activities = createActivities(deps);
    const ingested = await attempt(activities.ingestPhones, { region, reach }).result;
    return { region, activities, ingested };
  };

  it('are read, side files left alone, and become evidence of each station', async () => {
    const { region, activities, ingested } = await ingest();
    expect(ingested).toMatchObject({ quarantined: 0, missing: [] });
    expect(ingested.notes.join()).toMatch(/13 side files/);
    const window = { start: '2019-07-06T03:19:40Z', end: '2019-07-06T03:20:20Z' };
    const aligned = { region, window, reach, ingested: [ingested] };
    const sealed = await attempt(activities.alignWindow, aligned).result;
    const found = await attempt(activities.evaluateEvidence, { region, window, reach, sealed })
      .result;
    expect(found.sensors).toBe(10);
    expect(found.arrivals).toBeGreaterThanOrEqual(10);
  });

  it('are in quarantine where metadata are missing', async () => {
    const { ingested } = await ingest({ stationXml: samplePath(`${FOLDER}/CI.CCC.xml`) });
    expect(ingested.quarantined).toBe(27);
  });
});
