/** `quakeloom reports train` and `evaluate`: the network that reads posts. @module */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { textNetwork } from '../../../../models/reports/text/load.js';
import { encodeNetwork } from '../../../../models/reports/text/network.js';
import {
  crossValidate,
  evaluateTextNetwork,
  trainTextNetwork,
} from '../../../../models/reports/text/train/train.js';
import { parseCount } from '../../arguments.js';
import { makeOutFolder } from '../../out-folder.js';
import { print, table, type Output } from '../../output.js';

const seedParser = parseCount(0, 2 ** 31);

export function addTextCommands(reports: Command, output: Output): void {
  reports
    .command('train')
    .description('train the text network on generated posts (deterministic for a seed)')
    .option('--seed <n>', 'seed', seedParser, 8)
    .option('--out <dir>', 'folder of the weights', 'models/weights/reports-text')
    .action(async (options: { seed: number; out: string }) => {
      const network = trainTextNetwork({ seed: options.seed });
      await makeOutFolder(options.out);
      const file = path.join(options.out, 'network.json');
      await writeFile(file, encodeNetwork(network));
      output.write(`${file}\n`);
    });

  reports
    .command('evaluate')
    .description('scores of the text network on held-out templates, and of keywords alone')
    .option('--seed <n>', 'seed of the held-out posts', seedParser, 99)
    .option('--folds', 'train anew for each of four folds, so that every template is held out once')
    .option('--json', 'print JSON')
    .action((options: { seed: number; folds?: boolean; json?: boolean }) => {
      const shipped = evaluateTextNetwork({ network: textNetwork(), seed: options.seed });
      const folds = options.folds === true ? crossValidate({ seed: 8 }) : null;
      const rows = Object.entries(shipped.byLanguage).map(([language, scores]) => [
        language,
        scores.precision.toFixed(3),
        scores.recall.toFixed(3),
        scores.f1.toFixed(3),
        folds?.byLanguage[language]?.toFixed(3) ?? '',
      ]);
      const all = shipped.all;
      rows.push([
        'all',
        all.precision.toFixed(3),
        all.recall.toFixed(3),
        all.f1.toFixed(3),
        folds?.f1.toFixed(3) ?? '',
      ]);
      rows.push([
        'keywords',
        '',
        '',
        shipped.keywords.f1.toFixed(3),
        folds?.keywordsF1.toFixed(3) ?? '',
      ]);
      print(
        output,
        options.json,
        { shipped, folds },
        table('languages', ['language', 'precision', 'recall', 'F1', 'F1 of 4 folds'], rows),
      );
    });
}
