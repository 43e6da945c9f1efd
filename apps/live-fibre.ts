/**
 * A fibre's folder, live: settled files in, evidence of the live chain out, in order of time.
 * @module
 */
import { describeError, isQuakeError } from '../core/errors.js';
import type { ReadRequest } from '../core/connector.js';
import { folderListing, waitForChange } from '../connectors/das/stream/folder-listing.js';
import {
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
import type { LiveSettings } from '../models/das/live-state.js';
import {
  advanceLiveStream,
  startLiveStream,
  type LiveStream,
  type TimedGate,
} from '../models/das/live-stream.js';

type SettledFile = Extract<WatchEvent, { kind: 'settled' }>;

/** What became of one file. */
export interface LiveFile<Candidate> {
  readonly path: string;
  readonly version: number;
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
}

export interface LiveFibreInput<Candidate> {
  readonly root: string;
  /** Options of the feed, as in `readSource`. */
  readonly options: ReadRequest['options'];
  readonly settings?: Partial<LiveSettings>;
  readonly watch?: Partial<WatchSettings>;
  /** A later file waits this long for the ones before it, then their time is a gap, ms. */
  readonly patienceMs: number;
  /** Looks at the folder at least this often, ms. */
  readonly pollMs: number;
  readonly state?: WatchState;
  readonly hook?: GateHook<Candidate>;
  readonly onFile: (file: LiveFile<Candidate>) => void | Promise<void>;
  /** State of the watch after each look that found something. */
  readonly onState?: (state: () => WatchState) => void | Promise<void>;
  readonly signal: AbortSignal;
}

/** A settled file whose time has not come. */
interface Waiting {
  readonly file: SettledFile;
  readonly startNs: bigint;
  readonly sinceMs: number;
}

/**
 * Runs until `signal` aborts. Files are taken in order of their first sample: one that begins after
 * the stream's end waits `patienceMs` for the ones before it. A file that comes later than that is
 * reported with `taken` 0, for its window to get a new version. Files that cannot be read are
 * reported with their reason, and the stream goes on. Throws UnavailableError for the folder.
 */
export async function runLiveFibre<Candidate = never>(
  input: LiveFibreInput<Candidate>,
): Promise<void> {
  const { root, signal, pollMs } = input;
  const watch = startWatch({
    listing: folderListing({ root }),
    ...(input.watch ? { settings: input.watch } : {}),
    ...(input.state ? { state: input.state } : {}),
  });
  let stream: LiveStream | null = null;
  let tail: PacketTail | null = null;
  let waiting: Waiting[] = [];

  const take = async (file: SettledFile, isDue: (header: PacketHeader) => boolean) => {
    const result = {
      gates: [] as TimedGate[],
      candidates: [] as Candidate[],
      taken: 0,
      repeated: 0,
      gapS: 0,
    };
    let deferred: PacketHeader | null = null;
    let [repeats, error]: [string | null, string | null] = [null, null];
    try {
      const read = await readPackets({
        path: file.name,
        options: input.options,
        previous: tail,
        accept: (header) => {
          if (!isDue(header)) deferred = header;
          else stream = stream && fits(stream, header) ? stream : begin(header, input.settings);
          return deferred === null;
        },
        use: (packet) => {
          const out = advanceLiveStream<Candidate>({
            stream: stream as LiveStream,
            packet,
            ...(input.hook ? { hook: input.hook } : {}),
          });
          stream = out.stream;
          result.gates.push(...out.gates);
          result.candidates.push(...out.candidates);
          result.taken += out.taken;
          result.repeated += out.repeated;
          result.gapS += out.gapS;
        },
      });
      if (deferred !== null) return deferred as PacketHeader;
      if (result.taken > 0) tail = read?.tail ?? null;
      if (read) {
        const { name, identity } = file;
        repeats = watch.noteContent({ name, identity, contentId: read.contentId });
      }
    } catch (cause) {
      if (!isQuakeError(cause)) throw cause;
      error = describeError(cause);
    }
    const { name: path, version, modifiedMs } = file;
    await input.onFile({
      path,
      version,
      modifiedMs,
      doneMs: Date.now(),
      ...result,
      repeats,
      error,
    });
    return null;
  };

  while (!signal.aborted) {
    const events = await watch.poll();
    for (const event of events) {
      if (event.kind !== 'settled') continue;
      // On its own a file is read as soon as it is open; else it is put in line first.
      const isAlone = waiting.length === 0 && events.length === 1;
      const header = await take(
        event,
        ({ startNs }) => isAlone && stream !== null && isNext(stream, startNs),
      );
      if (header) waiting.push({ file: event, startNs: header.startNs, sinceMs: Date.now() });
    }
    waiting.sort((a, b) => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0));
    while (!signal.aborted && waiting[0]) {
      const { file, startNs, sinceMs } = waiting[0];
      const isDue: boolean = stream === null || isNext(stream, startNs);
      if (!isDue && Date.now() - sinceMs < input.patienceMs) break;
      waiting = waiting.slice(1);
      await take(file, () => true);
    }
    if (events.length > 0) await input.onState?.(() => watch.state());
    else await waitForChange({ root, ms: pollMs, signal });
  }
}

function begin(header: PacketHeader, settings: Partial<LiveSettings> | undefined): LiveStream {
  return startLiveStream({
    channelCount: header.distancesM.length,
    rateHz: header.rateHz,
    distanceKm: header.distancesM.map((m) => m / 1000),
    ...(settings ? { settings } : {}),
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
