/** `quakeloom reports replay` and `simulate`: recorded or made posts through the detector. @module */
import type { Command } from 'commander';
import { findPlace } from '../../../../connectors/reports/feeds/gazetteer.js';
import { readPosts } from '../../../../connectors/reports/feeds/post-files.js';
import { readSource } from '../../../../connectors/registry.js';
import { openSourceFile } from '../../../../connectors/source-file.js';
import { reportItems } from '../../../../core/tables/report-table.js';
import { createPostCounter } from '../../../../models/reports/count/counter.js';
import {
  createPostDetector,
  type Declaration,
} from '../../../../models/reports/detect/detector.js';
import { createRecording } from '../../../reports/recording.js';
import { scoreYear } from '../../../../models/reports/detect/score-year.js';
import { simulateYear } from '../../../../models/reports/detect/simulate-year.js';
import { tedDeclarations } from '../../../../models/reports/detect/ted.js';
import { textNetwork } from '../../../../models/reports/text/load.js';
import { parseCount } from '../../arguments.js';
import { print, table, type Output } from '../../output.js';
import { emptyCounter, writeState } from './state-file.js';

export function addReplayCommands(reports: Command, output: Output): void {
  reports
    .command('replay')
    .description('run recorded posts through the detector')
    .argument(
      '<file>',
      'frames of Jetstream or Mastodon, statuses, tweets, JSON lines or CSV with text, or times of posts',
    )
    .option('--out <file>', 'write the counts per cell, minute and language')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { out?: string; json?: boolean }) => {
      const replay = (await replayText(file, options.out)) ?? (await replayTimes(file));
      const detections = replay.declarations.map(detectionOf);
      const rows = detections.map((d) => [
        d.declaredAt,
        d.stream,
        String(d.posts),
        `${d.windowS} s`,
        d.logRatio.toFixed(1),
      ]);
      const head = ['declared', 'stream', 'posts', 'in', 'log ratio'];
      print(
        output,
        options.json,
        { file, detections, counts: replay.counts },
        table('detections', head, rows),
      );
    });

  reports
    .command('simulate')
    .description('a simulated year of posts through the detector: false declarations and recall')
    .option('--seed <n>', 'seed', parseCount(0, 2 ** 31), 1)
    .option('--days <n>', 'days', parseCount(3, 3660), 365)
    .option('--json', 'print JSON')
    .action((options: { seed: number; days: number; json?: boolean }) => {
      const year = simulateYear(options);
      const detector = createPostDetector({ startS: year.startS, up: year.up });
      const declared = year.posts.flatMap((post) => detector.add(post)?.declaredS ?? []);
      const ours = scoreYear(year, declared);
      const ted = scoreYear(year, tedDeclarations(year.posts.map(({ timeS }) => timeS)));
      const rows = Object.entries({ ours, TED: ted }).map(([name, score]) => [
        name,
        String(score.quakes),
        score.recall.toFixed(3),
        String(score.falseDeclarations),
        `${score.medianDelayS.toFixed(0)} s`,
      ]);
      print(
        output,
        options.json,
        { seed: options.seed, posts: year.posts.length, ...year.disturbances, ours, ted },
        table('scores', ['detector', 'quakes', 'recall', 'false', 'median delay'], rows),
      );
    });
}

interface Replay {
  readonly declarations: readonly Declaration[];
  readonly counts: Readonly<Record<string, unknown>>;
}

/** Times alone: every row that the reader keeps is a first-hand post of an unknown language. */
async function replayTimes(path: string): Promise<Replay> {
  const file = await openSourceFile({ path });
  const items = reportItems(await readSource({ file, window: null, options: {} }));
  const times = items.flatMap(({ kind, timeNs }) =>
    kind === 'post' && timeNs !== null ? [Number(timeNs) / 1e9] : [],
  );
  const recording = createRecording();
  for (const timeS of times) {
    recording.covers(timeS);
    recording.add({ timeS, language: 'und', authorHash: null, wordingHash: null });
  }
  const { declarations, counted } = recording.detect();
  return { declarations, counts: { posts: times.length, counted } };
}

/** Posts with text through filter and network; null for a file without text. */
async function replayText(path: string, out: string | undefined): Promise<Replay | null> {
  const posts = await readPosts({ path, nowS: Date.now() / 1000 });
  if (posts === null) return null;
  const state = emptyCounter();
  const counter = createPostCounter({ network: textNetwork(), salt: state.salt, findPlace });
  const refused: Record<string, number> = {};
  const recording = createRecording();
  let lines = 0;
  for await (const parsed of posts) {
    lines++;
    if (!parsed.ok) {
      refused[parsed.reason] = (refused[parsed.reason] ?? 0) + 1;
      continue;
    }
    const { event } = parsed;
    if (event.kind === 'other') continue;
    if (event.kind === 'post') recording.covers(event.timeS);
    const { counted, removed } = counter.take(event);
    if (removed !== null) recording.remove(removed);
    if (counted !== null) recording.add(counted);
  }
  const final = counter.state();
  const { declarations, repeated } = recording.detect();
  if (out !== undefined) await writeState(out, { cursors: {}, counter: final });
  const counts = {
    lines,
    refused,
    posts: counter.seen(),
    counted: final.counts.reduce((sum, [, n]) => sum + n, 0),
    repeated,
    left: final.left,
    deleted: final.deleted,
    perCellMinute: final.counts.map(([key, n]) => {
      const [cell, minute, language] = key.split('|');
      return { cell, minute: new Date(Number(minute) * 60_000).toISOString(), language, n };
    }),
  };
  return { declarations, counts };
}

function detectionOf(declaration: Declaration) {
  const { declaredS, firstPostS, ...rest } = declaration;
  return {
    declaredAt: new Date(declaredS * 1000).toISOString(),
    firstPostAt: new Date(firstPostS * 1000).toISOString(),
    ...rest,
  };
}
