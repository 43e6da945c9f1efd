/** A SeedLink server in, MiniSEED files of a folder out, across breaks of the connection. @module */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, isQuakeError } from '../../core/errors.js';
import {
  seedlinkPackets,
  type SeedlinkServer,
  type SeedlinkStation,
} from '../../connectors/stations/seedlink/stream.js';
import { openSpool } from './spool.js';

/** What is wanted of a server; where it goes on is in the folder. */
export interface ListenInput {
  readonly server: SeedlinkServer;
  readonly stations: readonly Omit<SeedlinkStation, 'after'>[];
  readonly folder: string;
  /** Files are written this often, s. */
  readonly everyS: number;
  readonly signal: AbortSignal;
  /** Told of breaks and refused stations. */
  readonly onNote: (note: string) => void;
  /** Waits between connections, ms: doubled up to the second. */
  readonly retryMs?: { readonly first: number; readonly last: number };
  /** See `seedlinkPackets`. */
  readonly askAfterMs?: number;
}

export interface ListenResult {
  readonly packets: number;
  /** Packets that were no MiniSEED record. */
  readonly refused: number;
  readonly files: number;
  readonly connections: number;
}

const RETRY_MS = { first: 1000, last: 60_000 };
/** Files are written earlier when so much waits. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

/**
 * Listens until `signal` aborts; what waits is written before it returns. A connection that breaks is
 * made anew, and the stream goes on after the last packet that is in a file.
 */
export async function listenToStations(input: ListenInput): Promise<ListenResult> {
  const { server, signal, onNote, everyS, retryMs = RETRY_MS } = input;
  const spool = await openSpool({ folder: input.folder });
  let [packets, refused, files, connections] = [0, 0, 0, 0];
  let waitMs = retryMs.first;
  let writing: Promise<void> = Promise.resolve();
  const flush = (): Promise<void> =>
    (writing = writing.then(async () => {
      files += (await spool.flush()).length;
    }));
  let failed: unknown = null;
  const broken = new AbortController();
  const timer = setInterval(() => {
    flush().catch((error: unknown) => {
      failed = error;
      broken.abort();
    });
  }, everyS * 1000);
  const stop = AbortSignal.any([signal, broken.signal]);
  try {
    while (!stop.aborted) {
      connections++;
      try {
        const stations = input.stations.map((station) => ({
          ...station,
          after: spool.places.get(`${station.network}.${station.station}`) ?? null,
        }));
        const onRefused = (command: string): void => onNote(`the server refuses ${command}`);
        for await (const packet of seedlinkPackets({
          ...{ server, stations, signal: stop, onRefused },
          ...(input.askAfterMs === undefined ? {} : { askAfterMs: input.askAfterMs }),
        })) {
          waitMs = retryMs.first;
          if (spool.add(packet)) packets++;
          else refused++;
          if (spool.waiting() >= MOST_WAITING_BYTES) await flush();
        }
      } catch (error) {
        if (!isQuakeError(error) || !error.retryable) throw error;
        onNote(`${describeError(error)} Trying again in ${waitMs / 1000} s.`);
        // What came must be in files before the places are asked for again.
        await flush();
        await sleep(waitMs, undefined, { signal: stop }).catch(() => undefined);
        waitMs = Math.min(2 * waitMs, retryMs.last);
      }
    }
  } finally {
    clearInterval(timer);
  }
  if (failed instanceof Error) throw failed;
  await flush();
  return { packets, refused, files, connections };
}
