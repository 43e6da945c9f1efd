/** `quakeloom calibrate`: a catalogue and picks become pick parameters for `associate`. @module */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { readEventTable } from '../../../connectors/picks/event-table.js';
import { readPicks } from '../../../connectors/picks/picks.js';
import { readStations } from '../../../connectors/picks/stations.js';
import {
  calibrateParameters,
  type CalibratedParameters,
} from '../../../models/detection/picks/calibrate-parameters.js';
import { DEFAULT_PICK_PARAMETERS } from '../../../models/detection/picks/parameters.js';
import {
  PARAMETER_FORMAT,
  parsePickParameters,
} from '../../../models/detection/picks/parse-parameters.js';
import { codeVersion } from '../../code-version.js';
import { parseNumber } from '../arguments.js';
import { makeOutFolder } from '../out-folder.js';
import { print, type Output } from '../output.js';
import { writeFiles } from '../write-files.js';
import { layersOf, textOf } from './velocity.js';

interface CalibrateOptions {
  readonly picks: string;
  readonly stations: string;
  readonly catalogue: string;
  readonly velocity: readonly string[];
  readonly parameters?: string;
  readonly minProbability: number;
  readonly out: string;
  readonly json?: boolean;
}

export function addCalibrateCommand(program: Command, output: Output): void {
  program
    .command('calibrate')
    .description('learn pick parameters from a catalogue and picks of the same days')
    .requiredOption('--picks <csv>', 'picks, as for associate')
    .requiredOption('--stations <file>', 'stations, as for associate')
    .requiredOption('--catalogue <csv>', 'events: time, latitude, longitude, depth, magnitude')
    .option('--velocity <models...>', 'velocity models to choose from, as for associate', [
      'iasp91',
    ])
    .option('--parameters <json>', 'parameters to start from')
    .option('--min-probability <p>', 'leave picks under this score out', parseNumber, 0)
    .requiredOption('--out <json>', 'parameter file to write')
    .option('--json', 'print what was learned as JSON')
    .action(async (options: CalibrateOptions) => {
      // Said before the work, not after it.
      await makeOutFolder(path.dirname(path.resolve(options.out)));
      const stations = await readStations({ path: options.stations });
      const { picks } = await readPicks({
        path: options.picks,
        stations,
        minProbability: options.minProbability,
        nowS: Date.now() / 1000,
      });
      const { events, withoutMagnitude } = await readEventTable({
        path: options.catalogue,
        stations,
      });
      if (withoutMagnitude > 0)
        output.error(`${withoutMagnitude} events without a magnitude left out.`);
      const start = options.parameters;
      const result = calibrateParameters({
        picks,
        stations,
        events,
        models: await Promise.all(options.velocity.map((name) => layersOf(name))),
        parameters:
          start === undefined
            ? DEFAULT_PICK_PARAMETERS
            : parsePickParameters({ name: start, text: await textOf(start) }),
        onPart: (note) => output.error(note),
      });
      const file = await fileOf(result, options, { picks: picks.count, events: events.length });
      await writeFiles([{ to: options.out, content: `${JSON.stringify(file, null, 2)}\n` }]);
      print(output, options.json, { out: options.out, ...file }, summaryText(result, options.out));
    });
}

const iso = (timeS: number): string => new Date(Math.round(timeS * 1000)).toISOString();

/** The versioned parameter file: parameters with where they came from and how well they hold. */
async function fileOf(
  result: CalibratedParameters,
  options: CalibrateOptions,
  counts: { readonly picks: number; readonly events: number },
): Promise<Record<string, unknown>> {
  const [fromS, temperS, proofS, toS] = result.partsS;
  const inputs = await Promise.all(
    (['picks', 'stations', 'catalogue'] as const).map(async (kind) => ({
      kind,
      file: path.basename(options[kind]),
      sha256: createHash('sha256')
        .update(await readFile(options[kind]))
        .digest('hex'),
    })),
  );
  return {
    format: PARAMETER_FORMAT,
    provenance: {
      codeVersion: codeVersion(),
      createdAt: new Date().toISOString(),
      inputs,
      minProbability: options.minProbability,
      velocity: result.velocity.name,
      velocityMisfitS: Object.fromEntries(
        options.velocity.map((name, i) => [name, result.misfitS[i] as number]),
      ),
      ...counts,
      picksUsed: result.picksUsed,
      completeMagnitude: result.completeMagnitude,
      learnedFrom: [iso(fromS), iso(temperS)],
      temperedOn: [iso(temperS), iso(proofS)],
      provedOn: [iso(proofS), iso(toS)],
    },
    proof: result.proof,
    parameters: result.parameters,
  };
}

function summaryText(result: CalibratedParameters, out: string): string {
  const { parameters: p, proof } = result;
  const both = ([a, b]: readonly [number, number]): string => `${a.toFixed(2)}, ${b.toFixed(2)}`;
  const score = ({
    logLoss,
    brier,
    calibrationError,
  }: CalibratedParameters['proof']['after']): string =>
    `log loss ${logLoss.toFixed(3)}, Brier ${brier.toFixed(3)}, calibration error ${calibrationError.toFixed(3)}`;
  return [
    `velocity ${result.velocity.name}, ${result.picksUsed} picks`,
    `residual scales P, S: ${both(p.residualS)} s`,
    `picked shares P, S: ${both(p.pickedShare)}; widths ${both(p.thresholdWidth)}`,
    `amplitude: ${p.amplitudePerMagnitude.toFixed(2)} a magnitude, sigma ${p.amplitudeSigma.toFixed(2)}`,
    `probability = logistic(${p.oddsTemper.toFixed(3)} x log odds + ${p.oddsOffset.toFixed(2)})`,
    `held-out events of M >= ${result.completeMagnitude.toFixed(1)}: ${proof.after.events}, ${proof.after.real} real`,
    `  default temper: ${score(proof.before)}`,
    `  new temper:     ${score(proof.after)}`,
    `wrote ${out}`,
    '',
  ].join('\n');
}
