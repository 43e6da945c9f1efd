/**
 * The picker's card: what made the weights, written beside them. Scores are the benchmarks' to tell.
 * @module
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PickerFile } from '../weights-file.js';
import { WEIGHT_COUNT } from '../network.js';

/** Settings of a run that its card names, as `TrainPickerInput` has them. */
export interface CardSettings {
  readonly seed: number;
  readonly members: number;
  readonly steps: number;
  readonly shards: number;
  readonly learningRate: number;
  readonly calibrationWindows: number;
  readonly eventWindows: { readonly mixed: number; readonly quiet: number };
  readonly oddWindows: number;
}

/** Writes `README.md` into the folder of the weights. */
export function writeCard(input: {
  readonly dir: string;
  readonly settings: CardSettings;
  readonly training: PickerFile['training'];
}): void {
  writeFileSync(path.join(input.dir, 'README.md'), cardText(input));
}

function cardText({
  settings,
  training,
}: Pick<Parameters<typeof writeCard>[0], 'settings' | 'training'>): string {
  const { seed, members, steps, shards, calibrationWindows, eventWindows, oddWindows } = settings;
  const whole = (x: number): string => x.toLocaleString('en-GB');
  const kept = training.steps
    .map(
      (step, k) =>
        `member ${k + 1}: step ${whole(step)}, held-out loss ${training.heldOutLoss?.[k]?.toFixed(4) ?? 'not taken'}`,
    )
    .join('; ');
  const ofTraining = steps === 0 ? '' : ` --members ${members} --shards ${shards}`;
  const command =
    `nice quakeloom das train WORK_DIR --seed ${seed} --steps ${steps}${ofTraining} ` +
    `--learning-rate ${settings.learningRate} --calibration ${calibrationWindows}` +
    (steps === 0 || training.from ? ' --from EARLIER' : '');
  const earlier = training.from
    ? `. It went on from the weights with SHA-256 ${training.from.sha256} (${training.from.steps.map(whole).join(' and ')} steps)`
    : '';
  return `# DAS phase picker: card

Written by the training command.

| what | value |
| --- | --- |
| files | \`weights.f16\` (${members} members x ${whole(WEIGHT_COUNT)} values, half precision), \`picker.json\` (calibration, reference features, hash) |
| network | U-Net over [time x channel group], input 50 Hz, output noise/P/S at 25 Hz (\`models/das/picker/network.ts\`) |
| data | ${whole(training.windows)} simulated windows of 51.2 s x 32 channels (\`models/generative/das-*.ts\`, \`TRAINING_RANGES\`), seed ${training.seed}; members leave out parts of them. For the calibration: ${whole(calibrationWindows + eventWindows.mixed)} more (seeds from 900,000,000; picks on the first ${whole(calibrationWindows)}) and ${whole(eventWindows.quiet)} without quakes (from 2,140,003,000) calibrate; ${whole(oddWindows)} (from 960,000,000) fit the flag. No real recording was trained, tuned or calibrated on |
| augmentation | another start, fibre reversed, polarity, gain, muted groups, hiss |
| training | Adam, batch ${training.batchSize}, learning rate ${training.learningRate} with warm-up and cosine, averaged weights; kept: ${kept}${earlier} |
| command | \`${command}\` (seeded; stop it at any time, the same command goes on) |
| baselines | STA/LTA and the imported PhaseNet 190703 on the same windows |

Scores, the commands that made them and what they were measured on: \`bench/das/picker/README.md\`.

## Limits

- Strain rate between 1 and 20 Hz at 50 Hz or more; sources within about 200 km. Teleseisms, volcanic tremor and
  blasts were not simulated.
- A blow to the ground that crosses the whole fibre faster than 0.8 km/s can look like a close quake.
- Common mode is told from the ground by its equal size on all channels: only on fibres over 150 m with 12 groups.
- The out-of-distribution flag knows white noise, clipping, common mode and shuffled channels as far as
  \`bench/das/picker\` says; a wrong sampling rate it does not see: the audit of a file's times does.
- Distances come from S-P in global models with 6 % for the region; the event probability assumes one quake in 500 windows
  (\`quakePrior\`), so one phase alone is declared only when nearly every channel picks it.
`;
}
