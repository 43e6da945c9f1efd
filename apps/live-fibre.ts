/**
 * A fibre's folder, live: settled files in, evidence of the live chain out, in order of time.
 * @module
 */
import { describeError, isQuakeError, type UnsupportedSourceError } from '../core/errors.js';
import type { ReadRequest } from '../core/connector.js';
import { folderListing, waitForChange } from '../connectors/das/stream/folder-listing.js';
import {
  readPackets,
  type FibrePacket,
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
  /** Damaged, of no format that is known, or out of reach for now; null: none of these. */
  readonly problem: 'damaged' | 'unknown-format' | 'unavailable' | null;
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
    let firstChannel = 0;
    let startNs: bigint | null = null;
    let [repeats, error]: [string | null, string | null] = [null, null];
    let problem: LiveFile<Candidate>['problem'] = null;
    try {
      const read = await readPackets({
        path: file.name,
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
      if (deferred !== null) return deferred as PacketHeader;
      if (result.taken > 0) tail = read?.tail ?? null;
      if (read) {
        const { name, identity } = file;
        repeats = watch.noteContent({ name, identity, contentId: read.contentId });
      }
    } catch (cause) {
      if (!isQuakeError(cause)) throw cause;
      error = describeError(cause);
      problem = problemOf(cause);
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
    });
    return null;
  };

  let busyMs = Date.now();
  while (!signal.aborted) {
    const events = await watch.poll();
    let hasNews = events.length > 0;
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
      hasNews = true;
    }
    if (hasNews) await input.onState?.(() => stateWithout(watch.state(), waiting));
    if (waiting.length > 0 || hasNews) busyMs = Date.now();
    if (Date.now() - busyMs > (input.idleMs ?? Infinity)) return;
    if (events.length === 0) await waitForChange({ root, ms: pollMs, signal });
  }
}

function problemOf(
  cause: { readonly retryable: boolean } & Partial<Pick<UnsupportedSourceError, 'isRecognised'>>,
): LiveFile<never>['problem'] {
  if (cause.isRecognised === false) return 'unknown-format';
  return cause.retryable ? 'unavailable' : 'damaged';
}

/** Files in line are not dealt with: a restart has to see them again. */
function stateWithout({ files }: WatchState, waiting: readonly Waiting[]): WatchState {
  const open = waiting.flatMap(({ file: { name } }) => {
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
  return startLiveStream({
    channelCount: distancesM.length,
    rateHz,
    distanceKm: distancesM.map((m) => m / 1000),
    settings: {
      decimation: Math.max(1, Math.floor(rateHz / CHAIN_HZ)),
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

/** Pieces of at most `most` samples, in order. */
function* cutPacket(packet: FibrePacket, most: number): Generator<FibrePacket> {
  const { channelCount, sampleCount, rateHz, samples, startNs } = packet;
  if (sampleCount <= most) {
    yield packet;
    return;
  }
  for (let from = 0; from < sampleCount; from += most) {
    const count = Math.min(most, sampleCount - from);
    const piece = new Float32Array(channelCount * count);
    for (let c = 0; c < channelCount; c++) {
      const at = c * sampleCount + from;
      piece.set(samples.subarray(at, at + count), c * count);
    }
    const fromNs = BigInt(Math.round((from / rateHz) * 1e9));
    yield { ...packet, samples: piece, sampleCount: count, startNs: startNs + fromNs };
  }
}

/** True when a file that begins then leaves no gap. */
function isNext({ endNs, chain }: LiveStream, startNs: bigint): boolean {
  if (endNs === null) return true;
  // The first difference of a file lies half a sample after its first value, or before it.
  return Number(startNs - endNs) / 1e9 < 0.75 / chain.rateHz;
}
