/** `quakeloom reports calibrate`: what past earthquakes say about the people who post and report. @module */
import type { Command } from 'commander';
import { peopleWithin } from '../../../../connectors/reports/people.js';
import { readSource } from '../../../../connectors/registry.js';
import { openSourceFile } from '../../../../connectors/source-file.js';
import { InvalidInputError } from '../../../../core/errors.js';
import { reportItems } from '../../../../core/tables/report-table.js';
import { addSeconds, isoToNs, nsToIso } from '../../../../core/time.js';
import { learnPeople, type PastReports } from '../../../../models/detection/people/learn.js';
import { reportsEvidence } from '../../../../models/reports/evidence.js';
import { print, type Output } from '../../output.js';
import { feltCells } from './felt.js';

/** Posts of this long after the origin are counted, s. */
const SPAN_S = 3600;
/** People within so many degrees (and 150 km more) of the epicentre. */
const NEAR_DEG = 3;

export function addCalibrateReportsCommand(reports: Command, output: Output): void {
  reports
    .command('calibrate')
    .description('learn how many people post and report from past earthquakes')
    .requiredOption(
      '--past <event>',
      'LAT,LON,DEPTHKM,MAGNITUDE,TIME,POSTS[,DYFI]: files of its posts and felt cells; can be repeated',
      (one: string, before: readonly string[] | undefined) => [...(before ?? []), one],
    )
    .option('--json', 'print JSON')
    .action(async (options: { past: readonly string[]; json?: boolean }) => {
      const past: PastReports[] = [];
      for (const text of options.past) past.push(await pastReports(text));
      const { people, events } = learnPeople({ past });
      const { version, postsPerPerson, postsSigma, reportsPerPerson, reportsSigma } = people;
      const learned = { postsPerPerson, postsSigma, reportsPerPerson, reportsSigma };
      const lines = Object.entries(learned).map(
        ([name, value]) => `${name}: ${value.toPrecision(3)}`,
      );
      const result = { version, options: learned, events };
      const text = `options of a region's reports, from ${events.length} earthquakes:\n${lines.join('\n')}\n`;
      print(output, options.json, result, text);
    });
}

/** Throws InvalidInputError, and what the readers throw. */
async function pastReports(text: string): Promise<PastReports> {
  const [lat, lon, depth, size, time = '', posts = '', dyfi] = text.split(',');
  const [latitude, longitude, depthKm, magnitude] = [lat, lon, depth, size].map((part) =>
    part === undefined || part.trim() === '' ? Number.NaN : Number(part),
  ) as [number, number, number, number];
  const isWrong =
    posts === '' ||
    !(Math.abs(latitude) <= 90) ||
    !(Math.abs(longitude) <= 360) ||
    !(depthKm >= 0 && depthKm <= 800) ||
    !(magnitude >= 0 && magnitude <= 10) ||
    !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(time);
  if (isWrong) {
    throw new InvalidInputError({
      what: `past event ${text}`,
      reason: 'not LAT,LON,DEPTHKM,MAGNITUDE,TIME,POSTS[,DYFI]',
      remedy:
        'write it like 38.2152,-122.3123,11.1,6.0,2014-08-24T10:20:44Z,posts.csv,dyfi_geo_10km.geojson',
    });
  }
  const file = await openSourceFile({ path: posts });
  const items = reportItems(await readSource({ file, window: null, options: {} }));
  const windowStart = nsToIso(isoToNs(time));
  const evidence = reportsEvidence({
    items: items.filter(({ kind }) => kind !== 'felt-cell'),
    window: { start: windowStart, end: addSeconds(windowStart, SPAN_S) },
  });
  if (!evidence.posts) {
    throw new InvalidInputError({
      what: posts,
      reason: `no post within ${SPAN_S} s of ${time}`,
      remedy: 'give the posts of that earthquake, and its origin time in UTC',
    });
  }
  const wide = NEAR_DEG / Math.max(0.1, Math.cos((latitude * Math.PI) / 180));
  const people = peopleWithin({
    ...{ west: longitude - wide, east: longitude + wide },
    ...{ south: latitude - NEAR_DEG, north: latitude + NEAR_DEG },
  });
  const cells = dyfi === undefined ? null : await feltCells(dyfi);
  return {
    event: { latitude, longitude, depthKm, magnitude, timeS: 0 },
    windowStart,
    posts: { ...evidence.posts, people },
    reports: cells ? cells.reduce((sum, { felt, notFelt }) => sum + felt + notFelt, 0) : null,
  };
}
