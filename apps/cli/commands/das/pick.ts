/** `quakeloom das pick`: P and S on a recording, and the quakes they make. @module */
import { Option, type Command } from 'commander';
import { nsToIso } from '../../../../core/time.js';
import type { Output } from '../../output.js';
import { fileCommand, forEachFile, type FileOptions } from './files.js';
import { addPartOptions, partOf, splitPart, type PartOptions } from './part.js';
import { readPickWindow } from './pick-window.js';
import type { FibrePicks } from './pick-types.js';
import { pickWindow } from './picks.js';

interface PickOptions extends FileOptions, PartOptions {
  readonly method: FibrePicks['method'] | 'best';
}

export function addPickCommand(das: Command, output: Output): void {
  addPartOptions(fileCommand(das, 'pick', 'pick P and S on the fibre and declare quakes'))
    .addOption(
      new Option(
        '--method <which>',
        'the trained picker (best: from 10 s and 50 Hz on, else STA/LTA, which is said), or STA/LTA',
      )
        .choices(['best', 'network', 'sta-lta'])
        .default('best'),
    )
    .action(async (names: string[], options: PickOptions) => {
      const { files, part } = splitPart(options, names);
      await forEachFile({ names: files, options, output, text }, async ({ recording }) => {
        const window = await readPickWindow(recording, partOf(recording, part));
        return picksJson(await pickWindow(window, options.method));
      });
    });
}

/** Times twice: ns as an integer and ISO-8601. */
export function picksJson(found: FibrePicks) {
  return {
    picks: found.picks.map(({ channel, distanceM, phase, timeNs, probability, sigmaS }) => ({
      channel,
      distanceM,
      phase,
      time: nsToIso(timeNs),
      timeNs,
      probability,
      sigmaS,
    })),
    events: found.events.map(({ pTimeNs, sTimeNs, distanceKm, probability }) => ({
      pTime: pTimeNs === null ? null : nsToIso(pTimeNs),
      pTimeNs,
      sTime: sTimeNs === null ? null : nsToIso(sTimeNs),
      sTimeNs,
      distanceKm: distanceKm?.p50 ?? null,
      distanceKmQuantiles: distanceKm,
      probability,
    })),
    outOfDistribution: found.outOfDistribution?.flag ?? null,
    outOfDistributionDetails: found.outOfDistribution,
    method: found.method,
    notes: found.notes,
  };
}

function text(found: ReturnType<typeof picksJson>, file: string): string {
  const events = found.events.map(
    ({ pTime, sTime, distanceKm, probability }) =>
      `  quake: P ${pTime ?? 'not seen'}, S ${sTime ?? 'not seen'}, ` +
      `${distanceKm === null ? 'distance unknown' : `${distanceKm.toFixed(0)} km away`}, ` +
      `probability ${probability.toFixed(2)}`,
  );
  const unknown = found.outOfDistributionDetails;
  return [
    file,
    `  ${found.picks.length} picks, ${found.events.length} quakes (${found.method})`,
    ...found.notes.map((note) => `  ${note}`),
    ...events,
    ...(unknown?.flag ? [`  unlike what the picker knows: ${unknown.reasons.join(', ')}`] : []),
    '',
  ].join('\n');
}
