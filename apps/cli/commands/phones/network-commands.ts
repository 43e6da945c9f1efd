/** `quakeloom phones train` and `phones evaluate`: the networks that run on phones. @module */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { UnavailableError } from '../../../../core/errors.js';
import { loadBackend } from '../../../../models/backend.js';
import { evaluateClasses } from '../../../../models/phones/classifier/evaluate.js';
import {
  featureProbability,
  rawProbability,
} from '../../../../models/phones/classifier/network.js';
import { trainNetwork } from '../../../../models/phones/classifier/train.js';
import {
  parseNetworks,
  WEIGHTS_FORMAT,
  type PhoneNetworks,
} from '../../../../models/phones/classifier/weights-file.js';
import { featureInput, rawInput } from '../../../../models/phones/classifier/window.js';
import { parseCount, parseNumber } from '../../arguments.js';
import { makeOutFolder } from '../../out-folder.js';
import { print, table, type Output } from '../../output.js';
import { evaluationClasses, readActivities, trainingWindows } from './network-data.js';

const FILE = 'phone-networks.json';
const SHIPPED = fileURLToPath(new URL('../../../../models/weights/phones/', import.meta.url));
const TRAINING = { batch: 64, learningRate: 0.01 };

export function addNetworkCommands(phones: Command, output: Output): void {
  phones
    .command('train')
    .description('train the networks that run on phones, from simulated shaking and recorded use')
    .requiredOption('--activities <dir>', 'recordings of phones in use (human-activity)')
    .requiredOption('--out <dir>', `folder for ${FILE}`)
    .option('--windows <n>', 'training windows', parseCount(100, 200_000), 8000)
    .option('--steps <n>', 'of Adam', parseCount(1, 100_000), 3000)
    .option('--seed <n>', 'seed', parseCount(0, 2 ** 31), 1)
    .action(
      async (options: {
        activities: string;
        out: string;
        windows: number;
        steps: number;
        seed: number;
      }) => {
        const { seed, steps } = options;
        const { train } = await readActivities(options.activities);
        const windows = trainingWindows({ records: train, count: options.windows, seed });
        const { tf } = await loadBackend();
        const fit = (network: 'raw' | 'features') =>
          trainNetwork({
            tf,
            windows,
            network,
            steps,
            seed: seed + 1,
            ...TRAINING,
            onStep: (step, loss) => {
              if (step % 100 === 0)
                output.error(`${network}: step ${step}, loss ${loss.toFixed(3)}`);
            },
          });
        const records = train.map((r) => r.name);
        const networks: PhoneNetworks = {
          format: WEIGHTS_FORMAT,
          training: { windows: windows.length, steps, seed, ...TRAINING, records },
          raw: fit('raw'),
          features: fit('features'),
        };
        await makeOutFolder(options.out);
        const file = path.join(options.out, FILE);
        await writeFile(file, `${JSON.stringify(networks)}\n`);
        output.error(`${file} written.`);
      },
    );

  phones
    .command('evaluate')
    .description('share of windows that each network calls an earthquake, by kind of motion')
    .requiredOption('--activities <dir>', 'recordings of phones in use (human-activity)')
    .option('--quakes <dir>', 'OpenEEW events to judge on, besides simulated ones')
    .option('--weights <dir>', `folder of ${FILE}; the shipped one when left out`, SHIPPED)
    .option('--limit <p>', 'probability that counts as earthquake', parseNumber, 0.5)
    .option(
      '--seed <n>',
      'of the simulated windows; not that of the training',
      parseCount(0, 2 ** 31),
      900,
    )
    .option('--json', 'print JSON')
    .action(
      async (options: {
        activities: string;
        quakes?: string;
        weights: string;
        limit: number;
        seed: number;
        json?: boolean;
      }) => {
        const networks = await readNetworks(path.join(options.weights, FILE));
        const classes = await evaluationClasses(options);
        const of = (score: (w: Float32Array) => number) =>
          evaluateClasses({
            limit: options.limit,
            classes: classes.map((c) => ({ ...c, scores: c.windows.map(score) })),
          });
        const raw = of((w) => rawProbability(networks.raw, rawInput(w)));
        const features = of((w) => featureProbability(networks.features, featureInput(w)));
        const rows = raw.classes.map((c, i) => [
          c.name,
          c.isQuake ? 'quake' : 'other',
          String(c.windows),
          c.flaggedShare.toFixed(3),
          (features.classes[i]?.flaggedShare ?? Number.NaN).toFixed(3),
        ]);
        const text =
          table('windows', ['class', 'truth', 'windows', 'raw network', '3-5-1'], rows) +
          `Area under the curve: raw ${raw.auc?.toFixed(3) ?? '-'}, 3-5-1 ${features.auc?.toFixed(3) ?? '-'}\n`;
        print(output, options.json, { limit: options.limit, raw, features }, text);
      },
    );
}

async function readNetworks(file: string): Promise<PhoneNetworks> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UnavailableError({
      what: file,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'train with quakeloom phones train, or leave --weights out',
      retryable: false,
      cause,
    });
  });
  return parseNetworks(text, file);
}
