/** `quakeloom reports listen`: feeds of posts, counted and watched until stopped. @module */
import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { findPlace } from '../../../../connectors/reports/feeds/gazetteer.js';
import { jetstreamUrl, parseJetstream } from '../../../../connectors/reports/feeds/jetstream.js';
import { parseMastodonFrame } from '../../../../connectors/reports/feeds/mastodon.js';
import { readFeed, type FeedSource } from '../../../../connectors/reports/feeds/reader.js';
import { createUptimeLog, sharedUpSeconds } from '../../../../connectors/reports/feeds/uptime.js';
import { sseFrames, webSocketFrames } from '../../../../connectors/reports/feeds/transports.js';
import { zstdFrames, type FrameDecoder } from '../../../../connectors/reports/feeds/zstd-frames.js';
import { InvalidInputError, describeError } from '../../../../core/errors.js';
import { createPostCounter } from '../../../../models/reports/count/counter.js';
import { createPostDetector } from '../../../../models/reports/detect/detector.js';
import { textNetwork } from '../../../../models/reports/text/load.js';
import { createPostMinutes } from '../../../reports/post-minutes.js';
import { parseDuration } from '../../arguments.js';
import type { Output } from '../../output.js';
import { openSink } from './follow.js';
import { readState, writeState } from './state-file.js';

const SAVE_MS = 1000;
/** Silence after which a connection counts as half-open. */
const IDLE_S = 60;
/** Breaks that are remembered; the recent ones matter. */
const KEPT_INTERVALS = 200;
const collect = (one: string, before: readonly string[]): string[] => [...before, one];

interface ListenOptions {
  readonly feed: string[];
  readonly state: string;
  readonly zstdDictionary?: string;
  readonly region?: string;
  readonly for?: number;
}

export function addListenCommand(reports: Command, output: Output): void {
  reports
    .command('listen')
    .description(
      'listen to feeds: counts go to the state file, declarations to stdout as JSON lines',
    )
    .option(
      '--feed <kind=url>',
      'jetstream=wss://…, mastodon=wss://… or mastodon=https://…',
      collect,
      [],
    )
    .option(
      '--state <file>',
      'counts and cursors; nothing of text or authors',
      'reports-state.json',
    )
    .option(
      '--zstd-dictionary <file>',
      'the dictionary of Jetstream: its frames come compressed, at less than half the size',
    )
    .option('--region <id>', 'also put counts and uptime into the index of this region, for fusing')
    .option('--for <duration>', 'stop after so long', parseDuration)
    .action(async (options: ListenOptions) => {
      const decode =
        options.zstdDictionary === undefined
          ? null
          : await zstdFrames(await dictionaryOf(options.zstdDictionary));
      const sources = namedApart(options.feed, (feed) => sourceOf(feed, decode));
      if (sources.length === 0) {
        throw new InvalidInputError({
          what: '--feed',
          reason: 'no feed given',
          remedy: 'give --feed jetstream=wss://host/subscribe, once a feed',
        });
      }
      const state = await readState(options.state);
      const counter = createPostCounter({
        network: textNetwork(),
        salt: state.counter.salt,
        state: state.counter,
        findPlace,
      });
      const feeds = sources.map((source) => ({
        source,
        posts: 0,
        uptime: createUptimeLog({
          idleS: IDLE_S,
          intervals: state.uptime?.[source.name] ?? [],
        }),
      }));
      const detector = createPostDetector({
        startS: Date.now() / 1000,
        state: state.detector ?? null,
        up: (fromS, toS) => sharedUpSeconds(feeds, fromS, toS),
      });
      const sink = await openSink(options.region);
      const minutes =
        sink === null
          ? null
          : createPostMinutes({
              sink,
              startS: Date.now() / 1000,
              counts: () => counter.state().counts,
              upS: (fromS, toS) => sharedUpSeconds(feeds, fromS, toS),
            });
      const cursors: Record<string, string | null> = { ...state.cursors };
      const stop = new AbortController();
      // Every feed listens for the stop, some twice.
      setMaxListeners(0, stop.signal);
      const onSignal = (): void => stop.abort();
      process.once('SIGINT', onSignal);
      process.once('SIGTERM', onSignal);
      const timer = options.for === undefined ? null : setTimeout(onSignal, options.for * 1000);
      let savedMs = Date.now();
      const save = async (): Promise<void> => {
        savedMs = Date.now();
        const uptime = feeds.map(({ source, uptime }) => [
          source.name,
          uptime.intervals().slice(-KEPT_INTERVALS),
        ]);
        await writeState(options.state, {
          cursors: { ...cursors },
          counter: counter.state(),
          detector: detector.state(),
          uptime: Object.fromEntries(uptime) as Record<string, []>,
        });
      };
      let saving = Promise.resolve();
      let flushing: Promise<void> = Promise.resolve();
      // Also when nothing comes any more: the last counts must not wait for the next post.
      const saver = setInterval(() => {
        saving = saving.then(save);
        saving.catch(onSignal);
        flushing = flushing
          .then(() => minutes?.flush(Date.now() / 1000))
          .catch((error: unknown) => {
            // The minutes stay due: the catalogue may come back.
            output.error(`segments: ${error instanceof Error ? describeError(error) : 'failed'}`);
          });
      }, SAVE_MS);
      await Promise.all(
        feeds.map(async (feed) => {
          const { source } = feed;
          const result = await readFeed({
            source,
            cursor: cursors[source.name] ?? null,
            signal: stop.signal,
            uptime: feed.uptime,
            idleS: IDLE_S,
            onLost: (reason) => output.error(`${source.name}: connection lost: ${reason}.`),
            take: async (event, cursor) => {
              if (event.kind === 'post') feed.posts++;
              const { counted, removed } = counter.take(event);
              if (removed !== null) detector.remove(removed);
              const declared = counted === null ? null : detector.add(counted);
              for (const changed of [removed, counted]) {
                if (changed !== null) minutes?.changed(changed.timeS);
              }
              if (declared !== null) output.write(`${JSON.stringify(declared)}\n`);
              cursors[source.name] = cursor;
              if (Date.now() - savedMs < SAVE_MS) return;
              saving = saving.then(save);
              await saving;
            },
          });
          const { frames, connections, refused } = result;
          const uptime = result.uptime.intervals();
          output.error(
            `${source.name}: ${JSON.stringify({ frames, connections, refused, uptime })}`,
          );
        }),
      );
      clearInterval(saver);
      if (timer !== null) clearTimeout(timer);
      process.removeListener('SIGINT', onSignal);
      process.removeListener('SIGTERM', onSignal);
      await saving.then(save);
      await flushing;
      await sink?.close();
    });
}

async function dictionaryOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new InvalidInputError({
      what: `dictionary ${file}`,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'give the file zstd_dictionary that is published with Jetstream',
      cause,
    });
  }
}

/**
 * Cursors and uptime are kept by name, which is the host: further feeds of one host have their whole
 * address. Throws InvalidInputError for a feed that is given twice.
 */
function namedApart(
  feeds: readonly string[],
  read: (feed: string) => FeedSource,
): readonly FeedSource[] {
  const names = new Set<string>();
  return feeds.map((feed) => {
    const source = read(feed);
    const name = names.has(source.name) ? `${source.name} ${feed}` : source.name;
    if (names.has(name) || feeds.indexOf(feed) !== feeds.lastIndexOf(feed)) {
      throw new InvalidInputError({
        what: `feed ${feed}`,
        reason: 'given twice',
        remedy: 'give each feed once',
      });
    }
    names.add(name);
    return { ...source, name };
  });
}

/** `jetstream=wss://…` to a feed. Throws InvalidInputError. */
export function sourceOf(text: string, decode: FrameDecoder | null = null): FeedSource {
  const match = /^(jetstream|mastodon)=((?:wss?|https?):\/\/\S+)$/.exec(text);
  if (!match) {
    throw new InvalidInputError({
      what: `feed ${text}`,
      reason: 'not of the form kind=url',
      remedy: 'write jetstream=wss://… or mastodon=wss://… or mastodon=https://…',
    });
  }
  const [, kind, url] = match as unknown as [string, string, string];
  const host = new URL(url).host;
  if (kind === 'jetstream') {
    return {
      name: `jetstream ${host}`,
      replays: true,
      parse: parseJetstream,
      cursorS: (cursor) => Number(cursor) / 1e6,
      connect: ({ cursor, signal }) =>
        webSocketFrames({
          url: jetstreamUrl({ base: url, cursor, isCompressed: decode !== null }),
          signal,
          ...(decode ? { decode } : {}),
        }),
    };
  }
  return {
    name: `mastodon ${host}`,
    replays: false,
    parse: (frame, nowS) => parseMastodonFrame(frame, nowS, host),
    connect: ({ signal }) =>
      url.startsWith('http') ? sseFrames({ url, signal }) : webSocketFrames({ url, signal }),
  };
}
