/** `quakeloom insar forward`: what a source does to the ground. @module */
import { Option, type Command } from 'commander';
import { towardSatellite } from '../../../../connectors/insar/line-of-sight.js';
import { InvalidInputError } from '../../../../core/errors.js';
import { predict } from '../../../../models/deformation/inverse-problem.js';
import {
  SOURCE_NAMES,
  sourceModel,
  type SourceName,
} from '../../../../models/deformation/source-models.js';
import { print, type Output } from '../../output.js';
import { publishFile } from './publish.js';

interface Options {
  readonly source: SourceName;
  readonly parameters: string;
  readonly sizeKm: string;
  readonly spacingM: string;
  readonly headingDeg: string;
  readonly incidenceDeg: string;
  readonly out?: string;
  readonly json?: boolean;
}

export function addForwardCommand(insar: Command, output: Output): void {
  insar
    .command('forward')
    .description('line-of-sight displacement of a source over a square grid about the origin')
    .addOption(
      new Option('--source <name>', 'kind of source').choices([...SOURCE_NAMES]).default('okada'),
    )
    .requiredOption('--parameters <json>', 'values by name, as `insar invert` gives them')
    .option('--size-km <n>', 'side of the grid', '40')
    .option('--spacing-m <n>', 'distance of its points', '500')
    .option('--heading-deg <n>', 'flight, clockwise from north', '-10')
    .option('--incidence-deg <n>', 'from the vertical', '39')
    .option('--out <file>', 'raw little-endian float32, metres towards the satellite, north first')
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      const model = sourceModel(options.source, { eastM: 0, northM: 0, radiusM: 10_000 });
      const values = valuesOf(
        model.parameters.map(({ name }) => name),
        options.parameters,
      );
      const spacingM = numberOf('--spacing-m', options.spacingM, 1, 1e5);
      const sizeM = 1000 * numberOf('--size-km', options.sizeKm, 0.01, 1e4);
      const side = Math.floor(sizeM / spacingM) + 1;
      if (side > 4000) {
        throw new InvalidInputError({
          what: 'grid of insar forward',
          reason: `${side} x ${side} points`,
          remedy: 'give a larger --spacing-m: at most 4000 points a side',
        });
      }
      const [e, n, u] = towardSatellite({
        headingDeg: numberOf('--heading-deg', options.headingDeg, -360, 360),
        incidenceDeg: numberOf('--incidence-deg', options.incidenceDeg, 0, 90),
      });
      const at = (k: number): number => (k - (side - 1) / 2) * spacingM;
      const grid = (pick: (row: number, column: number) => number): Float64Array =>
        Float64Array.from({ length: side * side }, (_, i) => pick(Math.floor(i / side), i % side));
      const losM = predict(
        model,
        {
          eastM: grid((_, column) => at(column)),
          northM: grid((row) => -at(row)),
          lookEast: grid(() => e),
          lookNorth: grid(() => n),
          lookUp: grid(() => u),
        },
        values,
      );
      if (options.out) {
        await publishFile(options.out, new Uint8Array(Float32Array.from(losM).buffer));
      }
      const summary = {
        ...{ source: options.source, rows: side, columns: side, spacingM },
        minM: losM.reduce((a, b) => Math.min(a, b)),
        maxM: losM.reduce((a, b) => Math.max(a, b)),
        file: options.out ?? null,
      };
      print(output, options.json, summary, `${JSON.stringify(summary)}\n`);
    });
}

function numberOf(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (value >= low && value <= high) return value;
  throw new InvalidInputError({
    what: name,
    reason: `${text} is not a number from ${low} to ${high}`,
    remedy: 'correct it',
  });
}

function valuesOf(names: readonly string[], text: string): number[] {
  const bad = (reason: string): InvalidInputError =>
    new InvalidInputError({
      what: '--parameters',
      reason,
      remedy: `give JSON with ${names.join(', ')}`,
    });
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw bad('it is not JSON');
  }
  if (typeof given !== 'object' || given === null) throw bad('it is not an object');
  return names.map((name) => {
    const value = (given as Readonly<Record<string, unknown>>)[name];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw bad(`${name} is missing`);
    return value;
  });
}
