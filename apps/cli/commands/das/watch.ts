/**
 * `quakeloom das watch`: a folder or a prefix of an object store that a fibre's interrogator fills,
 * live: evidence as JSON lines.
 * @module
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { InvalidInputError } from '../../../../core/errors.js';
import { nsToIso } from '../../../../core/time.js';
import { loadPicker, type Picker } from '../../../../models/das/picker/pick-fibre-window.js';
import type { WatchState } from '../../../../connectors/das/stream/watch-state.js';
import { createLivePicker, type LiveEvidence } from '../../../../models/das/live-picker.js';
import { INPUT_HZ, WINDOW_SAMPLES } from '../../../../models/das/picker/settings.js';
import { isObjectAddress } from '../../../../objectstore/object-feed.js';
import { cacheDir } from '../../../../infra/cache-dir.mjs';
import { openFeedCache } from '../../../feed-cache.js';
import { objectFeed } from '../../../live-feed.js';
import { runLiveFibre, type LiveFile } from '../../../live-fibre.js';
import { parseDuration } from '../../arguments.js';
import type { Output } from '../../output.js';
import { fileCommand, readerOptions, type FileOptions } from './files.js';
import { toJsonLine } from './json.js';
import { picksJson } from './pick.js';
import { quarantineFile, readWatchState, watchStateFile, writeWatchState } from './watch-files.js';

interface WatchOptions extends FileOptions {
  readonly state?: string;
  readonly quarantine?: string;
  readonly patience: number;
  readonly settle: number;
  readonly poll?: number;
  readonly idle?: number;
  readonly gatesOnly?: boolean;
}

/** A write that never ends is handed on for what it is after this long, ms. */
const GIVE_UP_MS = 60_000;
const POLL_MS = 200;
/** Listings of an object store are paid for. */
const OBJECT_POLL_MS = 2_000;
/** The state of a large folder is megabytes: it is written at most so often, and at the end. */
const KEEP_MS = 5_000;
/** What the picker sees: its own window. */
const CONTEXT_S = WINDOW_SAMPLES / INPUT_HZ;

export function addWatchCommand(das: Command, output: Output): void {
  fileCommand(das, 'watch', 'follow a folder or s3://bucket/prefix of live recordings: gated picks')
    .option(
      '--state <file>',
      'files dealt with, for a restart (default: <dir>/.quakeloom-watch.json; of s3: in the cache)',
    )
    .option('--quarantine <dir>', 'move damaged files here, each with its reason')
    .option('--patience <duration>', 'wait so long for a file that is missing', parseDuration, 10)
    .option('--settle <duration>', 'a file is whole when it rests so long', parseDuration, 2)
    .option('--poll <duration>', 'look so often (default: 0.2, s3: 2)', parseDuration)
    .option('--idle <duration>', 'stop when no file came for so long', parseDuration)
    .option('--gates-only', 'STA/LTA and move-out alone, without the trained picker')
    .action(async (names: string[], options: WatchOptions) => {
      const [root] = names;
      if (root === undefined || names.length > 1) {
        throw new InvalidInputError({
          what: 'folder',
          reason: `${names.length} are named`,
          remedy: 'name the one folder, or s3://bucket/prefix, that the interrogator fills',
        });
      }
      const picker = options.gatesOnly ? null : await loadPicker();
      try {
        await watchFolder({ root, options, picker, output });
      } finally {
        picker?.dispose();
      }
    });
}

async function watchFolder(input: {
  readonly root: string;
  readonly options: WatchOptions;
  readonly picker: Picker | null;
  readonly output: Output;
}): Promise<void> {
  const { root, options, picker, output } = input;
  const say = (line: object, text: string): void =>
    output.write(options.json ? `${toJsonLine(line)}\n` : `${text}\n`);
  const stop = new AbortController();
  const cached = isObjectAddress(root)
    ? await openFeedCache({ uri: root, folder: path.join(cacheDir(), 'watch') })
    : null;
  // The state of a prefix lies beside its objects; a name with a dot is none of them.
  const folder = cached?.folder ?? root;
  if (cached) await mkdir(folder, { recursive: true });
  const stateFile = watchStateFile({
    root: folder,
    ...(options.state ? { file: options.state } : {}),
  });
  const before = await readWatchState(stateFile);
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  let files = 0;
  let latest: (() => WatchState) | null = null;
  let keptMs = 0;
  const keep = async (): Promise<void> => {
    if (latest === null) return;
    const problem = await writeWatchState(stateFile, latest());
    if (problem !== null) output.error(problem);
    keptMs = Date.now();
  };
  try {
    output.error(
      before
        ? `goes on: ${Object.keys(before.files).length} files are known`
        : `watches ${cached?.feed.address ?? root}`,
    );
    await runLiveFibre<LiveEvidence>({
      root: cached
        ? objectFeed({ cached, signal: stop.signal, onTrouble: (reason) => output.error(reason) })
        : root,
      options: readerOptions(options),
      watch: { settleMs: 1000 * options.settle, giveUpMs: GIVE_UP_MS },
      patienceMs: 1000 * options.patience,
      pollMs:
        options.poll === undefined ? (cached ? OBJECT_POLL_MS : POLL_MS) : 1000 * options.poll,
      ...(options.idle === undefined ? {} : { idleMs: 1000 * options.idle }),
      ...(before ? { state: before } : {}),
      settings: { contextS: CONTEXT_S },
      ...(picker ? { pick: createLivePicker({ picker }) } : {}),
      onFile: async (file) => {
        files++;
        const { localPath, error: reason } = file;
        const { quarantine } = options;
        if (file.problem === 'damaged' && quarantine !== undefined && localPath !== null) {
          // Of an object it is the copy that moves: nothing is ever written to its store.
          await quarantineFile({
            file: localPath,
            name: file.path,
            folder: quarantine,
            reason,
          }).catch((cause: unknown) =>
            output.error(`${file.path} stays where it is: ${String(cause)}`),
          );
        }
        sayFile(file, say);
      },
      onState: async (state) => {
        latest = state;
        if (Date.now() - keptMs > KEEP_MS) await keep();
      },
      signal: stop.signal,
    });
  } finally {
    await keep();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
  output.error(`stopped after ${files} files; the same command goes on`);
}

type Say = (line: object, text: string) => void;

/** Lines of one file: itself, the gates it opened, what the picker made of them. */
function sayFile(file: LiveFile<LiveEvidence>, say: Say): void {
  const { path, version, startNs, taken, repeated, gapS, repeats, error, problem, gates } = file;
  const isLate = error === null && taken === 0 && repeats === null;
  const startTime = startNs === null ? null : nsToIso(startNs);
  say(
    {
      kind: 'file',
      path,
      version,
      startTime,
      samples: taken,
      repeatedSamples: repeated,
      gapS,
      late: isLate,
      repeats,
      problem,
      error,
      latencyS: (file.doneMs - file.modifiedMs) / 1000,
    },
    error === null
      ? `${path}: ${taken} samples${isLate ? ', late' : ''}${gapS > 0 ? `, ${gapS} s missing before` : ''}`
      : `${path}: ${error}`,
  );
  for (const gate of gates) {
    const { timeNs, from, to, slownessSKm, agreeing, usable, ratio } = gate;
    const time = nsToIso(timeNs);
    say(
      { kind: 'gate', time, timeNs, from, to, slownessSKm, agreeing, usable, ratio },
      `  gate ${time}: channels ${from} to ${to - 1}, ${agreeing} of ${usable} agree`,
    );
  }
  for (const evidence of file.candidates) {
    const { stage, fromChannel, toChannel, startNs: from, endNs: to } = evidence;
    const found = picksJson({ method: 'network', notes: [], ...evidence });
    const window = { startTime: nsToIso(from), endTime: nsToIso(to) };
    say(
      { kind: 'evidence', stage, fromChannel, toChannel, ...window, ...found },
      `  picked channels ${fromChannel} to ${toChannel}: ${found.picks.length} picks, ` +
        `${found.events.length} quakes`,
    );
  }
}
