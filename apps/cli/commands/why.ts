/** `quakeloom why`: the budget of a quake that was or was not declared. @module */
import { InvalidArgumentError, type Command } from 'commander';
import { placeNamed } from '../../../connectors/reports/feeds/gazetteer.js';
import type { LatLon } from '../../../core/geo.js';
import { openObjectStore } from '../../../objectstore/open-store.js';
import { loadConfig } from '../../config.js';
import { why, type Answer } from '../../why/why.js';
import { parseCount, parseTime } from '../arguments.js';
import { withCatalogue } from '../connect.js';
import { print, table, type Output } from '../output.js';
import { within } from './groundmotion.js';

interface WhyOptions {
  readonly time: string;
  readonly place: LatLon;
  readonly region?: string;
  readonly withinS: number;
  readonly withinKm: number;
  readonly sensors: number;
  readonly json?: boolean;
}

export function addWhyCommand(program: Command, output: Output): void {
  program
    .command('why')
    .description('why a quake was or was not declared at a time and place, in nats')
    .requiredOption('--time <time>', 'when it is supposed to have happened', parseTime)
    .requiredOption('--place <place>', 'LATITUDE,LONGITUDE or the name of a town', parsePlace)
    .option('--region <id>', 'only this region')
    .option('--within-s <s>', 'a quake within so many seconds', within(1, 86_400), 30)
    .option('--within-km <km>', 'and so many km', within(1, 20_000), 50)
    .option('--sensors <n>', 'rows of sensors in the table', parseCount(0, 100_000), 15)
    .option('--json', 'print everything as JSON')
    .action(async (options: WhyOptions) => {
      const { time, place, region, withinS, withinKm } = options;
      const store = await openObjectStore({ url: loadConfig().objectStoreUrl });
      const question = {
        time,
        latitude: place.latitude,
        longitude: place.longitude,
        withinS,
        withinKm,
        ...(region === undefined ? {} : { regionId: region }),
      };
      const answers = await withCatalogue((catalogue) => why({ store, catalogue, question }));
      const asked = `A quake within ${withinS} s and ${withinKm} km of ${time}, ${place.latitude} ${place.longitude}:`;
      const texts = answers.map((answer) => answerText(answer, options.sensors));
      print(output, options.json, { question, answers }, [asked, ...texts].join('\n'));
    });
}

function parsePlace(text: string): LatLon {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [latitude = Number.NaN, longitude = Number.NaN] = numbers;
  const isPoint = numbers.length === 2 && Number.isFinite(latitude) && Number.isFinite(longitude);
  if (isPoint && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 360) {
    return { latitude, longitude };
  }
  const town = isPoint ? null : placeNamed(text);
  if (town) return town;
  throw new InvalidArgumentError('write it like 38.5,-117.9, or name a town.');
}

/** The answer for a person. */
export function answerText(answer: Answer, sensorRows: number): string {
  const { declared, budget, window } = answer;
  const lines = [`${answer.regionId}: ${headline(answer)}`];
  if (!window) {
    const { before = null, after = null } = answer.near ?? {};
    lines.push(
      'No window with data holds this time: this says nothing about the ground.',
      `Windows with data: before ${before ?? 'none'}, after ${after ?? 'none'}.`,
    );
    return `${lines.join('\n')}\n`;
  }
  if (declared)
    lines.push(...declared.contributions.map((c) => `  ${c.source}: ${nats(c.nats)} as published`));
  lines.push(`window ${window.start}, evidence ${window.evidence}`);
  if (!budget) {
    lines.push('The time and place lie outside region and window.');
    return `${lines.join('\n')}\n`;
  }
  const { best } = budget;
  lines.push(
    `most credible: ${budget.bestTime}, ${best.latitude.toFixed(2)} ${best.longitude.toFixed(2)}, ` +
      `${best.depthKm.toFixed(0)} km, M ${best.magnitude.toFixed(1)}`,
    `log odds ${budget.logOdds.toFixed(1)} = prior ${budget.logPrior.toFixed(1)} + data ${budget.logBayesFactor.toFixed(1)}; probability ${budget.probability.toPrecision(2)}`,
    ...(declared && budget.probability < declared.probability / 2
      ? ['Little of the declared quake lies within the question: widen --within-km or --within-s.']
      : []),
    '',
  );
  const sources = table(
    'sources',
    ['source', 'items', 'nats', 'log odds without', 'what its sensors did'],
    budget.sources.map((s) => [
      s.source,
      String(s.items),
      s.nats.toFixed(1),
      s.logOddsWithout === null ? 'n/a' : s.logOddsWithout.toFixed(1),
      Object.entries(s.states ?? {})
        .map(([state, count]) => `${count} ${state}`)
        .join(', '),
    ]),
  );
  const sensors = table(
    'sensors',
    ['sensor', 'did', 'nats', 'km', 'visible', 'nearest arrival'],
    budget.sensors
      .slice(0, sensorRows)
      .map((s) => [
        s.sensorId,
        s.state,
        s.nats.toFixed(1),
        s.distanceKm.toFixed(0),
        s.visible.toFixed(2),
        s.nearest
          ? `${s.nearest.phase} ${s.nearest.residualS >= 0 ? '+' : ''}${s.nearest.residualS.toFixed(1)} s`
          : 'none',
      ]),
  );
  const blame = budget.blame.map(
    (b) => `without ${b.sensorId} (${nats(b.nats)}): log odds ${b.logOddsWithout.toFixed(1)}`,
  );
  const filtered = answer.filtered.map((line) => `filtered: ${line}`);
  return [...lines, sources, sensors, ...blame, ...filtered, ''].join('\n');
}

const nats = (value: number): string => `${value >= 0 ? '+' : ''}${value.toFixed(1)} nats`;

function headline({ outcome, declared }: Answer): string {
  if (!declared) return outcome;
  return (
    `declared as ${declared.eventId} (M ${declared.magnitude.toFixed(1)}, ${declared.originTime}, ` +
    `${declared.awayKm.toFixed(0)} km and ${declared.awayS.toFixed(0)} s away, p ${declared.probability.toFixed(2)})`
  );
}
