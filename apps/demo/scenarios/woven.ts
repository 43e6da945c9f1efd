/**
 * A simulated quake seen by all four sources. The truth is drawn by the generative model; every
 * observation is written in its true format and travels the same way as real ones.
 * @module
 */
import path from 'node:path';
import { simulateQuake } from '../../simulator/simulate.js';
import { createProgressBar } from '../../cli/progress.js';
import { runBackfill } from '../backfill.js';
import { flushGateway, publishFolder } from '../publish-folder.js';
import type { Reference, Scenario, ScenarioContext, ScenarioResult } from '../scenario.js';
import { until } from '../wait.js';

const SEED = 20260101;

export const WOVEN: Scenario = {
  name: 'woven',
  title: 'SIMULATED quake seen by fibre, phones, InSAR and reports together',
  needs: [],
  run: async (context) => {
    const { addresses, catalogue, config, output } = context;
    const folder = path.join(config.home, 'simulated', `woven-${SEED}`);
    const { truth, region, phonesFolder, range } = await simulateQuake({ folder, seed: SEED });
    context.say(`SIMULATED: truth and files in ${path.relative(process.cwd(), folder)}`);
    // The gateway takes messages only for regions it knows.
    await catalogue.putRegion(region);
    await publishFolder({
      folder: phonesFolder,
      regionId: region.id,
      addresses,
      speed: 20,
      bar: (total) => createProgressBar({ title: '  MQTT messages', total, output }),
      say: context.say,
    });
    await flushGateway({ addresses });
    const reference: Reference = {
      ...truth,
      source: 'SIMULATED truth',
      epicentreSigmaKm: 0,
    };
    const fused = await runBackfill(context, { region, range, reference });
    return withLateEvidence(context, fused);
  },
};

/** Waits until the InSAR scene has been weighed into the event, and shows both versions. */
async function withLateEvidence(
  context: ScenarioContext,
  fused: ScenarioResult,
): Promise<ScenarioResult> {
  const { catalogue } = context;
  if (!fused.found) return fused;
  const { eventId } = fused.found;
  const updated = await until({
    what: `InSAR version of ${eventId}`,
    timeoutS: 240,
    ask: async () => {
      const quake = await catalogue.getEvent(eventId);
      const hasInsar = quake?.preferred.origin.contributions.some(
        ({ source }) => source === 'insar',
      );
      return quake && hasInsar ? quake : null;
    },
  });
  const origins = await catalogue.listOrigins(eventId);
  const versions = origins.map(({ version, origin }) => {
    const { latitude, longitude, depthKm, magnitude, ellipse90, contributions } = origin;
    return (
      `version ${version}  ${latitude.p50.toFixed(3)} ${longitude.p50.toFixed(3)} ` +
      `(90 %: ${ellipse90.semiMajorKm.toFixed(1)} x ${ellipse90.semiMinorKm.toFixed(1)} km)  ` +
      `${depthKm.p50.toFixed(1)} km  M ${magnitude.p50.toFixed(2)}  from ` +
      contributions.map(({ source }) => source).join(', ')
    );
  });
  return { ...fused, found: updated, lines: [...fused.lines, ...versions] };
}
