/**
 * A fibre's folder, live: settled files in, evidence of the live chain out, in order of time.
 * @module
 */
import { describeError, isQuakeError } from '../core/errors.js';
import type { ReadRequest } from '../core/connector.js';
import {
  cutPacket,
  readPackets,
  type PacketHeader,
  type PacketTail,
} from '../connectors/das/stream/read-packets.js';
import { startWatch } from '../connectors/das/stream/watch.js';
import type {
  WatchEvent,
  WatchSettings,
  WatchState,
} from '../connectors/das/stream/watch-state.js';
import type { GateHook } from '../models/das/live-chain.js';
import { DEFAULT_LIVE_SETTINGS, type LiveSettings } from '../models/das/live-state.js';
import {
  advanceLiveStream,
  startLiveStream,
  type LiveStream,
  type TimedGate,
} from '../models/das/live-stream.js';
import { folderFeed, type LiveFeed } from './live-feed.js';
import { problemOf, type LiveProblem } from './live-problem.js';

type SettledFile = Extract<WatchEvent, { kind: 'settled' }>;

/** What became of one file. */
export interface LiveFile<Candidate> {
  readonly path: string;
  readonly version: number;
  /** Time of its first sample, ns; null when it could not be opened. */
  readonly startNs: bigint | null;
  /** When it was written, ms since the epoch. */
  readonly modifiedMs: number;
  /** When its evidence was ready, ms since the epoch. */
  readonly doneMs: number;
  readonly gates: readonly TimedGate[];
  readonly candidates: readonly Candidate[];
  /** Samples a channel that were new, and that the stream had passed already. */
  readonly taken: number;
  readonly repeated: number;
  /** Time without data before the file, s. */
  readonly gapS: number;
  /** Another file with the same samples; null: none. */
  readonly repeats: string | null;
  /** Why the file could not be read; null: it was. */
  readonly error: string | null;
  /** Kind of that error; null: none. */
  readonly problem: LiveProblem | null;
  /** Where its bytes are on this machine; null: nowhere. */
  readonly localPath: string | null;
}

export interface LiveFibreInput<Candidate> {
  /** A folder, or what stands for one. */
  readonly root: string | LiveFeed;
  /** Options of the feed, as in `readSource`. */
  readonly options: ReadRequest['options'];
  readonly settings?: Partial<LiveSettings>;
  readonly watch?: Partial<WatchSettings>;
  /** A later file waits this long for the ones before it, then their time is a gap, ms. */
  readonly patienceMs: number;
  /** Looks at the feed at least this often, ms. */
  readonly pollMs: number;
  readonly state?: WatchState;
  readonly hook?: GateHook<Candidate>;
  /** Runs after every packet, of a second at most; the stream waits for it. */
  readonly pick?: (input: {
    readonly stream: LiveStream;
    readonly gates: readonly TimedGate[];
    readonly firstChannel: number;
  }) => Promise<readonly Candidate[]>;
  readonly onFile: (file: LiveFile<Candidate>) => void | Promise<void>;
  /** State of the watch after each look that found something. */
  readonly onState?: (state: () => WatchState) => void | Promise<void>;
  /** Returns when no file settled for this long, ms; never when left out. */
  readonly idleMs?: number;
  readonly signal: AbortSignal;
}

/** A settled file whose time has not come. */
interface Waiting {
  readonly file: SettledFile;
  readonly startNs: bigint;
  readonly sinceMs: number;
}

/**
 * Runs until `signal` aborts or nothing comes any more. Files are taken in order of their first sample: one that begins after
 * the stream's end waits `patienceMs` for the ones before it. A file that comes later than that is
 * reported with `taken` 0, for its window to get a new version. Files that cannot be read are
 * reported with their reason, and the stream goes on. Throws UnavailableError for the feed; one that
 * tells of its troubles (`onTrouble`) is asked again while they may pass.
 */
export async function runLiveFibre<Candidate = never>(
  input: LiveFibreInput<Candidate>,
): Promise<void> {
  const { signal, pollMs } = input;
  const feed = typeof input.root === 'string' ? folderFeed(input.root) : input.root;
  const watch = startWatch({
    listing: feed.listing,
    ...(input.watch ? { settings: input.watch } : {}),
    ...(input.state ? { state: input.state } : {}),
  });
  let stream: LiveStream | null = null;
  let tail: PacketTail | null = null;
  let waiting: Waiting[] = [];
  let unreached: SettledFile[] = [];

  /** Null: dealt with; else the header of a file that has to wait, or that its bytes do not come. */
  const take = async (
    file: SettledFile,
    isDue: (header: PacketHeader) => boolean,
  ): Promise<PacketHeader | 'unreached' | null> => {
    const result = {
      gates: [] as TimedGate[],
      candidates: [] as Candidate[],
      taken: 0,
      repeated: 0,
      gapS: 0,
    };
    let deferred: PacketHeader | null = null;
    let firstChannel = 0;
    let startNs: bigint | null = null;
    let [repeats, error]: [string | null, string | null] = [null, null];
    let problem: LiveProblem | null = null;
    let localPath: string | null = null;
    try {
      localPath = await feed.localPath(file).catch((cause: unknown) => {
        if (!tellTrouble(feed, cause)) throw cause;
        return 'unreached' as const;
      });
      if (localPath === 'unreached') return localPath;
      if (localPath === null) return null; // Gone or written again: the next look tells.
      const read = await readPackets({
        path: localPath,
        options: input.options,
        previous: tail,
        accept: (header) => {
          ({ firstChannel, startNs } = header);
          if (!isDue(header)) deferred = header;
          else stream = stream && fits(stream, header) ? stream : begin(header, input.settings);
          return deferred === null;
        },
        use: async (whole) => {
          // A channel keeps its last onset in a packet: longer ones would hide what came before it.
          for (const packet of cutPacket(whole, Math.ceil(whole.rateHz))) {
            const out = advanceLiveStream<Candidate>({
              stream: stream as LiveStream,
              packet,
              ...(input.hook ? { hook: input.hook } : {}),
            });
            ({ stream } = out);
            const { gates } = out;
            result.gates.push(...gates);
            result.candidates.push(...out.candidates);
            result.taken += out.taken;
            result.repeated += out.repeated;
            result.gapS += out.gapS;
            if (!input.pick || out.taken === 0) continue;
            result.candidates.push(...(await input.pick({ stream, gates, firstChannel })));
          }
        },
      });
      if (deferred !== null) return deferred;
      if (result.taken > 0) tail = read?.tail ?? null;
      if (read) {
        const { name, identity } = file;
        repeats = watch.noteContent({ name, identity, contentId: read.contentId });
      }
    } catch (cause) {
      if (!isQuakeError(cause)) throw cause;
      problem = problemOf(cause);
      error = `${problem === 'unusable' ? `${file.name}: ` : ''}${describeError(cause)}`;
    }
    const { name: path, version, modifiedMs } = file;
    await input.onFile({
      path,
      version,
      startNs,
      modifiedMs,
      doneMs: Date.now(),
      ...result,
      repeats,
      error,
      problem,
      localPath,
    });
    return null;
  };

  let busyMs = Date.now();
  while (!signal.aborted) {
    const events = await watch.poll().catch((cause: unknown) => {
      if (!tellTrouble(feed, cause)) throw cause;
      return [] as readonly WatchEvent[];
    });
    const again = stillThere(unreached, events);
    const settled = [...again, ...events.filter((event) => event.kind === 'settled')];
    let hasNews = events.length + again.length > 0;
    unreached = [];
    for (const event of settled) {
      // On its own a file is read as soon as it is open; else it is put in line first.
      const isAlone = waiting.length === 0 && settled.length === 1;
      const left = await take(
        event,
        ({ startNs }) => isAlone && stream !== null && isNext(stream, startNs),
      );
      if (left === 'unreached') unreached.push(event);
      else if (left) waiting.push({ file: event, startNs: left.startNs, sinceMs: Date.now() });
    }
    waiting.sort((a, b) => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0));
    while (!signal.aborted && waiting[0]) {
      const { file, startNs, sinceMs } = waiting[0];
      const isDue: boolean = stream === null || isNext(stream, startNs);
      if (!isDue && Date.now() - sinceMs < input.patienceMs) break;
      if ((await take(file, () => true)) === 'unreached') break;
      waiting = waiting.slice(1);
      hasNews = true;
    }
    const open = [...waiting.map(({ file }) => file), ...unreached];
    if (hasNews) await input.onState?.(() => stateWithout(watch.state(), open));
    if (open.length > 0 || hasNews) busyMs = Date.now();
    if (Date.now() - busyMs > (input.idleMs ?? Infinity)) return;
    if (events.length === 0) await feed.wait({ ms: pollMs, signal });
  }
}

/** True when the fault may pass and was told: the feed is asked again. */
function tellTrouble(feed: LiveFeed, cause: unknown): boolean {
  if (!feed.onTrouble || !isQuakeError(cause) || !cause.retryable) return false;
  feed.onTrouble(describeError(cause));
  return true;
}

/** Files whose bytes did not come, without those that are gone or were written again since. */
function stillThere(
  files: readonly SettledFile[],
  events: readonly WatchEvent[],
): readonly SettledFile[] {
  const changed = new Set(events.map(({ name }) => name));
  return files.filter(({ name }) => !changed.has(name));
}

/** These files are not dealt with: a restart has to see them again. */
function stateWithout({ files }: WatchState, left: readonly SettledFile[]): WatchState {
  const open = left.flatMap(({ name }) => {
    const known = files[name];
    return known ? [[name, { ...known, isSettled: false, version: known.version - 1 }]] : [];
  });
  return { files: { ...files, ...(Object.fromEntries(open) as WatchState['files']) } };
}

/** Rate of the chain where the settings name no decimation, Hz. */
const CHAIN_HZ = 100;

/** A chain for these channels: near 100 Hz, with a gate that short fibres can open too. */
function begin(header: PacketHeader, settings: Partial<LiveSettings> | undefined): LiveStream {
  const { rateHz, distancesM } = header;
  const gate = DEFAULT_LIVE_SETTINGS.gate;
  const half = Math.max(4, Math.ceil(distancesM.length / 2));
  const decimation = Math.max(1, Math.floor(rateHz / CHAIN_HZ));
  const { band } = DEFAULT_LIVE_SETTINGS;
  return startLiveStream({
    channelCount: distancesM.length,
    rateHz,
    distanceKm: distancesM.map((m) => m / 1000),
    settings: {
      decimation,
      // Slow recordings carry waves up to below half their rate.
      band: { ...band, highHz: Math.min(band.highHz, (0.4 * rateHz) / decimation) },
      gate: { ...gate, leastChannels: Math.min(gate.leastChannels, half) },
      ...settings,
    },
  });
}

/** Other channels or another rate: another stream begins. */
function fits({ chain }: LiveStream, header: PacketHeader): boolean {
  return (
    chain.rateHz === header.rateHz &&
    chain.channelCount === header.distancesM.length &&
    chain.distanceKm.every((km, c) => Math.abs(km - (header.distancesM[c] as number) / 1000) < 1e-6)
  );
}

/** True when a file that begins then leaves no gap. */
function isNext({ endNs, chain }: LiveStream, startNs: bigint): boolean {
  if (endNs === null) return true;
  // The first difference of a file lies half a sample after its first value, or before it.
  return Number(startNs - endNs) / 1e9 < 0.75 / chain.rateHz;
}
