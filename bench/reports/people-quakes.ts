/** Recorded posts and felt cells of earthquakes with their truth, as evidence. */
import path from 'node:path';
import { readSource } from '../../connectors/registry.js';
import { openSourceFile } from '../../connectors/source-file.js';
import type { OnlinePeople, ReportsEvidence } from '../../core/evidence.js';
import type { Region } from '../../core/region.js';
import { reportItems } from '../../core/tables/report-table.js';
import { addSeconds } from '../../core/time.js';
import type { ReportItem } from '../../core/waveform.js';
import type { EventState } from '../../models/detection/event-prior.js';
import type { PastReports } from '../../models/detection/people/learn.js';
import { reportsEvidence } from '../../models/reports/evidence.js';

export interface RealQuake {
  readonly name: string;
  readonly reports: ReportsEvidence;
  readonly windowStart: string;
  readonly region: Region;
  readonly truth: EventState;
  readonly origin: string;
  /** An hour of its posts, for learning. */
  readonly past: PastReports;
}

const LEARN_S = 3600;
/** Seconds of the window before the origin. */
const BEFORE_S = 120;
const NAPA = 'felt/napa-nc72282711';
const NAPA_TRUTH = ['2014-08-24T10:20:44Z', 38.2152, -122.3123, 11.1, 6.0] as const;
const posts = (name: string): string => `felt/crisislex-tweet-times/${name}_timestamps.csv`;
/** Origins of ComCat. */
const QUAKES = [
  ['South Napa posts', [`${NAPA}/tweets_derived_no_text_no_ids.csv`], ...NAPA_TRUTH],
  [
    'South Napa posts and DYFI',
    [`${NAPA}/tweets_derived_no_text_no_ids.csv`, `${NAPA}/dyfi_geo_10km.geojson`],
    ...NAPA_TRUTH,
  ],
  [
    'Costa Rica',
    [posts('2012_Costa_Rica_earthquake')],
    '2012-09-05T14:42:08Z',
    10.085,
    -85.315,
    35,
    7.6,
  ],
  [
    'Guatemala',
    [posts('2012_Guatemala_earthquake')],
    '2012-11-07T16:35:46Z',
    13.988,
    -91.895,
    24,
    7.4,
  ],
  ['Italy', [posts('2012_Italy_earthquakes')], '2012-05-20T02:03:52Z', 44.89, 11.23, 6.3, 6.0],
  ['Bohol', [posts('2013_Bohol_earthquake')], '2013-10-15T00:12:32Z', 9.88, 124.117, 19, 7.1],
] as const;

export async function realQuakes(input: {
  readonly windowS: number;
  readonly peopleOf: (region: Region) => readonly OnlinePeople[];
  readonly regionAt: (latitude: number, longitude: number) => Region;
}): Promise<RealQuake[]> {
  const folder = process.env['QUAKELOOM_DATA'];
  if (folder === undefined) return [];
  const found: RealQuake[] = [];
  for (const [name, files, origin, latitude, longitude, depthKm, magnitude] of QUAKES) {
    const items: ReportItem[] = [];
    for (const file of files) {
      const source = await openSourceFile({ path: path.join(folder, file) });
      items.push(...reportItems(await readSource({ file: source, window: null, options: {} })));
    }
    const windowStart = addSeconds(origin, -BEFORE_S);
    // Half a degree off, so that the truth is not the middle.
    const region = input.regionAt(latitude + 0.5, longitude - 0.4);
    const reports = reportsEvidence({
      items,
      window: { start: windowStart, end: addSeconds(windowStart, input.windowS) },
    });
    const people = input.peopleOf(region);
    const hour = reportsEvidence({
      items: items.filter(({ kind }) => kind === 'post'),
      window: { start: origin, end: addSeconds(origin, LEARN_S) },
    });
    if (!hour.posts) continue;
    const truth = { latitude, longitude, depthKm, magnitude, timeS: BEFORE_S };
    const felt = reports.cells.reduce((sum, cell) => sum + cell.felt, 0);
    found.push({
      ...{ origin, truth },
      past: {
        ...{ event: truth, windowStart: origin, posts: { ...hour.posts, people } },
        reports: felt > 0 ? felt : null,
      },
      ...{ name, windowStart, region },
      reports: { ...reports, posts: reports.posts && { ...reports.posts, people } },
    });
  }
  return found;
}
