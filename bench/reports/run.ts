/**
 * Figures of posts and felt reports: `node --import tsx bench/reports/run.ts [part ...]`. Parts: felt, text, posts,
 * years, rate, disk. Writes results.json beside it. Needs QUAKELOOM_DATA.
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { feltCells } from '../../apps/cli/commands/reports/felt.js';
import { writeState } from '../../apps/cli/commands/reports/state-file.js';
import { findPlace } from '../../connectors/reports/feeds/gazetteer.js';
import { parseJetstream } from '../../connectors/reports/feeds/jetstream.js';
import { readSource } from '../../connectors/registry.js';
import { openSourceFile } from '../../connectors/source-file.js';
import { distanceKm } from '../../core/geo.js';
import { createRandom } from '../../core/random.js';
import { reportItems } from '../../core/tables/report-table.js';
import { createPostCounter, type PostCounter } from '../../models/reports/count/counter.js';
import { createPostDetector } from '../../models/reports/detect/detector.js';
import { scoreYear } from '../../models/reports/detect/score-year.js';
import { simulateYear } from '../../models/reports/detect/simulate-year.js';
import { tedDeclarations } from '../../models/reports/detect/ted.js';
import { locateFelt } from '../../models/reports/felt/locate.js';
import { textNetwork } from '../../models/reports/text/load.js';
import { drawPost, GRAMMARS } from '../../models/reports/text/train/generate.js';
import { crossValidate, evaluateTextNetwork } from '../../models/reports/text/train/train.js';

const DATA = path.resolve(process.env['QUAKELOOM_DATA'] ?? '../shared/data', 'felt');
const RESULTS = new URL('./results.json', import.meta.url);
/** None of these seeds served to choose a number of the detector. */
const YEARS = [51, 52, 53, 54, 55, 56, 57, 58, 61, 62, 63, 64, 65, 66, 67, 68];
const START_US = 1_700_000_000_000_000;
/** A million posts over a day of stream time. */
const DAY_STEP_US = 86_400;
const EVENTS = [
  ['napa-nc72282711/tweets_derived_no_text_no_ids.csv', '2014-08-24T10:20:44Z'],
  ['crisislex-tweet-times/2012_Costa_Rica_earthquake_timestamps.csv', '2012-09-05T14:42:08Z'],
  ['crisislex-tweet-times/2012_Guatemala_earthquake_timestamps.csv', '2012-11-07T16:35:46Z'],
  ['crisislex-tweet-times/2012_Italy_earthquakes_timestamps.csv', '2012-05-20T02:03:52Z'],
  ['crisislex-tweet-times/2013_Bohol_earthquake_timestamps.csv', '2013-10-15T00:12:32Z'],
] as const;

const PARTS: Readonly<Record<string, () => unknown>> = { felt, text, posts, years, rate, disk };

const wanted = process.argv.slice(2);
for (const [name, part] of Object.entries(PARTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const result = await part();
  const before = await readResults();
  writeFileSync(RESULTS, `${JSON.stringify({ ...before, [name]: result }, null, 2)}\n`);
  console.log(name, JSON.stringify(result, null, 1));
}

async function readResults(): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8')) as Record<string, unknown>;
  } catch {
    return Promise.resolve({});
  }
}

/** South Napa by DYFI alone, five seeds a file. */
async function felt(): Promise<unknown> {
  const rows = [];
  for (const name of ['dyfi_dat.xml', 'dyfi_geo_10km.geojson']) {
    const cells = await feltCells(path.join(DATA, 'napa-nc72282711', name));
    for (const seed of [1, 2, 3, 4, 5]) {
      const found = locateFelt({ cells, seed });
      const errorKm = distanceKm(found, { latitude: 38.2152, longitude: -122.3123 });
      const { regionKm90, magnitude } = found;
      rows.push({ name, seed, errorKm, regionKm90, covers: errorKm < regionKm90, magnitude });
    }
  }
  return rows;
}

function text(): unknown {
  return {
    shipped: evaluateTextNetwork({ network: textNetwork(), seed: 99 }),
    folds: crossValidate({ seed: 8 }),
  };
}

/** First declaration after the origin, those before it, and TED's. */
async function posts(): Promise<unknown> {
  const rows = [];
  for (const [name, origin] of EVENTS) {
    const file = await openSourceFile({ path: path.join(DATA, name) });
    const items = reportItems(await readSource({ file, window: null, options: {} }));
    const times = items.map(({ timeNs }) => Number(timeNs) / 1e9).sort((a, b) => a - b);
    const detector = createPostDetector({ startS: times[0] as number });
    const declared = times.flatMap(
      (timeS) =>
        detector.add({ timeS, language: 'und', authorHash: null, wordingHash: null })?.declaredS ??
        [],
    );
    const originS = Date.parse(origin) / 1000;
    const after = (list: readonly number[]): number | null =>
      list.map((t) => t - originS).find((delay) => delay >= 0) ?? null;
    const ted = tedDeclarations(times);
    rows.push({
      name,
      delayS: after(declared),
      before: declared.filter((t) => t < originS).length,
      firstPostS: after(times),
      tedDelayS: after(ted),
      tedBefore: ted.filter((t) => t < originS).length,
    });
  }
  return rows;
}

function years(): unknown {
  const rows = YEARS.map((seed) => {
    const year = simulateYear({ seed });
    const detector = createPostDetector({ startS: year.startS, up: year.up });
    const declared = year.posts.flatMap((post) => detector.add(post)?.declaredS ?? []);
    return {
      seed,
      ours: scoreYear(year, declared),
      ted: scoreYear(year, tedDeclarations(year.posts.map(({ timeS }) => timeS))),
    };
  });
  const mean = (value: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
  return {
    falseAYear: mean(({ ours }) => ours.falseDeclarations),
    recall: mean(({ ours }) => ours.recall),
    tedFalseAYear: mean(({ ted }) => ted.falseDeclarations),
    tedRecall: mean(({ ted }) => ted.recall),
    rows,
  };
}

/** Jetstream frames: one in fifty holds a quake word, the others are ordinary talk. */
function makeFrames(
  count: number,
  seed: number,
  time = { startUs: START_US, stepUs: 2000 },
): string[] {
  const random = createRandom(seed);
  const talk = [
    'just had the best ramen of my life, the broth is unreal',
    'cannot believe it is already friday, what a week it was at work',
    'new chapter is up! thank you all for reading and for the lovely comments',
    '今日のごはんは鮭の塩焼きと味噌汁でした、とてもおいしかった',
    'bom dia pessoal, hoje vai ter sol o dia inteiro aqui na praia',
    'the referee was asleep for the whole second half, unbelievable',
  ];
  return Array.from({ length: count }, (_, i) => {
    const language = GRAMMARS[i % GRAMMARS.length]?.language ?? 'en';
    const isQuake = i % 50 === 0;
    const text = isQuake
      ? drawPost({ language, isFirstHand: i % 100 === 0, random })
      : `${talk[i % talk.length]} ${i}`;
    return JSON.stringify({
      did: `did:plc:PLANTEDAUTHOR${i}`,
      time_us: time.startUs + i * time.stepUs,
      kind: 'commit',
      commit: {
        rev: '3k',
        operation: 'create',
        collection: 'app.bsky.feed.post',
        rkey: `PLANTEDKEY${i}`,
        record: {
          $type: 'app.bsky.feed.post',
          text: `${text}`,
          langs: [language],
          createdAt: '2023-11-14T22:13:20Z',
        },
        cid: 'bafyreib2rxk3rybk3aobmv5cjuql3bm2twh4jo5',
      },
    });
  });
}

function consume(
  counter: PostCounter,
  frames: readonly string[],
  detector = createPostDetector({ startS: START_US / 1e6 }),
): void {
  for (const frame of frames) {
    const parsed = parseJetstream(frame, 2_000_000_000);
    if (!parsed.ok || parsed.event.kind !== 'post') continue;
    const counted = counter.add(parsed.event);
    if (counted !== null) detector.add(counted);
  }
}

/** Posts a second, of the clock and of one core, through parser, filter, network, counter and detector. */
function rate(): unknown {
  const frames = makeFrames(100_000, 1);
  findPlace('names are read once');
  const runs = Array.from({ length: 5 }, () => {
    const counter = createPostCounter({ network: textNetwork(), salt: 'bench', findPlace });
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    consume(counter, frames);
    const { user, system } = process.cpuUsage(cpu);
    return {
      postsPerSecond: Math.round(frames.length / ((performance.now() - start) / 1000)),
      postsPerCpuSecond: Math.round(frames.length / ((user + system) / 1e6)),
    };
  });
  return {
    postsPerSecond: Math.max(...runs.map((run) => run.postsPerSecond)),
    postsPerCpuSecond: Math.max(...runs.map((run) => run.postsPerCpuSecond)),
    runs,
  };
}

/** A million posts; then every word and author is looked for in what was written. */
async function disk(): Promise<unknown> {
  const folder = mkdtempSync(path.join(tmpdir(), 'reports-disk-'));
  const file = path.join(folder, 'state.json');
  const counter = createPostCounter({
    network: textNetwork(),
    salt: 'bench-salt-of-this-run',
    findPlace,
  });
  const words = new Set<string>();
  const heapMb: number[] = [];
  const detector = createPostDetector({ startS: START_US / 1e6 });
  for (let batch = 0; batch < 20; batch++) {
    const startUs = START_US + batch * 50_000 * DAY_STEP_US;
    const frames = makeFrames(50_000, batch, { startUs, stepUs: DAY_STEP_US }).map((frame) =>
      frame.replaceAll('PLANTEDKEY', `PLANTEDKEY${batch}x`),
    );
    consume(counter, frames, detector);
    for (const frame of frames.slice(0, 2000)) {
      const { text } = (JSON.parse(frame) as { commit: { record: { text: string } } }).commit
        .record;
      for (const word of text.match(/[\p{L}\p{M}]{4,}/gu) ?? []) words.add(word.toLowerCase());
    }
    await writeState(file, {
      cursors: { bench: String(batch) },
      counter: counter.state(),
      detector: detector.state(),
      uptime: {},
    });
    // With node --expose-gc: what is held, without what is only not yet collected.
    (globalThis as { gc?: () => void }).gc?.();
    heapMb.push(Math.round(process.memoryUsage().heapUsed / 1e6));
  }
  const state = JSON.parse(readFileSync(file, 'utf8')) as {
    counter: { hashes: string[][]; left: object };
  };
  // Hashes are random letters, and reasons are our own words: neither is a post's.
  const own = new Set(Object.keys(state.counter.left).flatMap((reason) => reason.split(/[^a-z]+/)));
  const kept = JSON.stringify({
    ...state,
    counter: {
      ...state.counter,
      left: {},
      gone: [],
      hashes: state.counter.hashes.map(([, key]) => key),
    },
  }).toLowerCase();
  const structure = new Set([
    'cursors',
    'bench',
    'counter',
    'counts',
    'hashes',
    'left',
    'deleted',
    'salt',
    'none',
    'this',
    'that',
    'detector',
    'uptime',
    'posts',
    'seconds',
    'streams',
    'pending',
    'gone',
    'authors',
    'squares',
    'quietuntils',
    'starts',
    'lasts',
    'totalposts',
    'expectedposts',
  ]);
  const found = [...words].filter(
    (word) =>
      !own.has(word) && ![...structure].some((name) => name.includes(word)) && kept.includes(word),
  );
  const planted = /planted/i.test(readFileSync(file, 'utf8'));
  const result = {
    posts: counter.seen(),
    words: words.size,
    wordsFound: found,
    authorsOrNamesFound: planted,
    stateBytes: statSync(file).size,
    heapMb,
  };
  rmSync(folder, { recursive: true });
  return result;
}
