/**
 * One window from its sources to the catalogue: the whole way of the data, one line a step.
 * @module
 */
import { ApplicationFailure, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { SOURCE_KINDS, type SourceKind } from '../core/evidence.js';
import type { RegionConfig } from '../core/region.js';
import {
  reachOf,
  type FuseWindowInput,
  type FuseWindowResult,
  type IngestResult,
} from '../core/stages.js';
import { addSeconds, floorToInterval, nsToIso, type TimeWindow } from '../core/time.js';
import { markQuakes, markRun, quakeText, showStage, type Stage } from './details.js';
import { CATALOGUE, COMPUTE, IO } from './policies.js';

const { ingestDas, ingestPhones, ingestInsar, ingestReports, alignWindow, publishEvents } =
  proxyActivities<Activities>(IO);
const { loadRegion, updateCatalogue, offerLateEvidence } = proxyActivities<Activities>(CATALOGUE);
const { evaluateEvidence, detectQuakes } = proxyActivities<Activities>(COMPUTE);

const INGEST = {
  das: ingestDas,
  phones: ingestPhones,
  insar: ingestInsar,
  reports: ingestReports,
} as const;

/** Fuses one window. The workflow id is the window's key, so one window has one history. */
export async function fuseWindow(input: FuseWindowInput): Promise<FuseWindowResult> {
  const region = await loadRegion({ regionId: input.regionId });
  const window = input.window ?? scheduledWindow(region);
  const reach = reachOf(region, window);
  const title = `${region.name} ${window.start}${region.synthetic ? ' (SIMULATED)' : ''}`;
  const lines: string[] = [];
  const show = (stage: Stage, line?: string): void => {
    if (line) lines.push(line);
    showStage({ stage, title, lines });
  };
  markRun({ regionId: region.id, runKind: input.runKind, window });

  if (input.runKind === 'scheduled') {
    show('wait', `waiting until ${input.latencyS ?? 0} s after the reach of the window`);
    await untilAfter(addSeconds(reach.end, input.latencyS ?? 0));
  }

  show('ingest', `reads ${reach.start} to ${reach.end}`);
  const ingested = await ingestSources({ region, reach, only: input.sources });
  for (const result of ingested) lines.push(ingestText(result));
  if (ingested.every((result) => result.items === 0)) {
    const missing = ingested.flatMap((result) => result.missing);
    show('done', 'no source had data for this window');
    markQuakes([]);
    return { ...emptyResult(region.id, window), missing, why: ['no data'] };
  }

  show('align');
  const sealed = await alignWindow({ region, window, reach, ingested });
  show('evidence', `sealed as version ${sealed.version}`);
  const evidence = await evaluateEvidence({ region, window, reach, sealed });
  show(
    'detect',
    `${evidence.sensors} sensors, ${evidence.arrivals} arrivals, ${evidence.reportCells} report cells`,
  );
  const detected = await detectQuakes({
    region,
    window,
    evidence: evidence.evidence,
    inputs: [sealed.manifest, ...Object.values(sealed.files)],
    workflowId: workflowInfo().workflowId,
  });
  show('catalogue', `${detected.drafts.length} quakes by the ${detected.backend} backend`);
  const quakes = await updateCatalogue({ drafts: detected.drafts });
  show('publish');
  await publishEvents({ eventIds: quakes.map((quake) => quake.eventId) });

  // A scene that spans a quake is late evidence for it, even when it came in the same window.
  const scenes = ingested.find((result) => result.source === 'insar')?.artifacts ?? [];
  if (scenes.length > 0) await offerLateEvidence({ regionId: region.id, quakes, scenes });

  for (const quake of quakes) lines.push(quakeText(quake));
  for (const reason of detected.why) lines.push(reason);
  markQuakes(quakes);
  show('done');
  return {
    regionId: region.id,
    window,
    version: sealed.version,
    quakes,
    missing: sealed.missing,
    why: detected.why,
  };
}

/** All sources side by side; one that fails for good is missing, not fatal. */
async function ingestSources(input: {
  region: RegionConfig;
  reach: TimeWindow;
  only: readonly SourceKind[] | undefined;
}): Promise<IngestResult[]> {
  const configured = new Set(input.region.sources.map((source) => source.kind));
  const wanted = SOURCE_KINDS.filter(
    (kind) => configured.has(kind) && (input.only === undefined || input.only.includes(kind)),
  );
  return Promise.all(
    wanted.map((kind) => INGEST[kind]({ region: input.region, reach: input.reach })),
  );
}

/** The window of a scheduled run: the nominal time, floored to the interval, starts it. */
function scheduledWindow(region: RegionConfig): TimeWindow {
  const nominal = workflowInfo().searchAttributes['TemporalScheduledStartTime']?.[0];
  if (!(nominal instanceof Date)) {
    throw ApplicationFailure.nonRetryable(
      'fuseWindow needs a window unless a schedule starts it',
      'InvalidInput',
    );
  }
  const start = floorToInterval(nsToIso(BigInt(nominal.getTime()) * 1_000_000n), region.windowS);
  return { start, end: addSeconds(start, region.windowS) };
}

async function untilAfter(time: string): Promise<void> {
  // Date is the workflow's own replay-safe clock here.
  const waitMs = Date.parse(time) - new Date().getTime();
  if (waitMs > 0) await sleep(waitMs, { summary: `data until ${time}` });
}

function ingestText(result: IngestResult): string {
  const missing = result.missing.length > 0 ? `; missing: ${result.missing.join('; ')}` : '';
  const refused = result.quarantined > 0 ? `; ${result.quarantined} in quarantine` : '';
  return `${result.source}: ${result.items} items${refused}${missing}`;
}

function emptyResult(regionId: string, window: TimeWindow): FuseWindowResult {
  return { regionId, window, version: null, quakes: [], missing: [], why: [] };
}
