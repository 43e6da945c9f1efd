/** A scenario that is one backfill of a region with files. @module */
import type { RegionConfig } from '../../core/region.js';
import { windowsBetween, type TimeWindow } from '../../core/time.js';
import { follow, startBackfill } from '../cli/commands/backfill.js';
import { matchReference } from './compare.js';
import type { Reference, ScenarioContext, ScenarioResult } from './scenario.js';

/** Saves the region, fuses the range and picks the quake nearest the reference. */
export async function runBackfill(
  context: ScenarioContext,
  input: { region: RegionConfig; range: TimeWindow; reference: Reference },
): Promise<ScenarioResult> {
  const { client, catalogue, output } = context;
  const { region, range, reference } = input;
  await catalogue.putRegion(region);
  const handle = await startBackfill({
    client,
    options: { region: region.id, parallel: 2 },
    range,
  });
  context.say(`backfill ${handle.workflowId}`);
  const windows = windowsBetween(range, region.windowS).length;
  const progress = await follow({ handle, windows, output, leaves: false });
  const quakes = await catalogue.listEvents({
    regionId: region.id,
    from: range.start,
    to: range.end,
    limit: 50,
  });
  const failures = progress.failures.map((each) => `failed     ${each.window}: ${each.reason}`);
  const others = quakes.length > 1 ? [`others     ${quakes.length - 1} more in the window`] : [];
  return {
    found: matchReference(quakes, reference),
    reference,
    lines: [...failures, ...others],
  };
}
