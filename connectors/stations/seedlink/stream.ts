/**
 * A SeedLink 3 server and stations in, their packets as they come out: HELLO, STATION, SELECT, DATA, END.
 * IRIS/GFZ, "SeedLink protocol" 3.1, multi-station mode.
 * @module
 */
import { connect, type Socket } from 'node:net';
import { UnavailableError } from '../../../core/errors.js';
import { packetFramer, nextSequence, type SeedlinkPacket } from './packets.js';

/** One station and what of it is wanted. */
export interface SeedlinkStation {
  readonly network: string;
  readonly station: string;
  /** Channel patterns, `HN?` or with location `00HN?`. */
  readonly selectors: readonly string[];
  /** Last packet that was kept; null begins with the next one. */
  readonly after: { readonly sequence: number; readonly timeNs: bigint } | null;
}

export interface SeedlinkServer {
  readonly host: string;
  readonly port: number;
}

/** Answers come within this, and packets or answers to our question, s. */
const ANSWER_S = 30;
/** A quiet server is asked who it is after this long; a dead connection shows. */
const ASK_AFTER_MS = 60_000;
const MAX_LINE = 1024;

/**
 * Packets of one connection, until `signal` aborts. Stations that the server does not have go to
 * `onRefused`. Throws UnavailableError (retryable) when the server cannot be reached, refuses every
 * station, breaks off, falls silent or sends what is not SeedLink.
 */
export async function* seedlinkPackets(input: {
  readonly server: SeedlinkServer;
  readonly stations: readonly SeedlinkStation[];
  readonly signal: AbortSignal;
  readonly onRefused: (command: string) => void;
  /** A quiet server is asked who it is after this long, and given up after as long again; default 60 s. */
  readonly askAfterMs?: number;
}): AsyncGenerator<SeedlinkPacket> {
  const { server, signal, askAfterMs = ASK_AFTER_MS } = input;
  const socket = connect({ host: server.host, port: server.port, noDelay: true });
  const stop = (): unknown => socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  let isAsked = true;
  socket.on('timeout', () => {
    if (isAsked) socket.destroy(new Error('no answer'));
    else socket.write('INFO ID\r\n');
    isAsked = true;
  });
  socket.setTimeout(ANSWER_S * 1000);
  try {
    const pieces = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const left = await negotiate(socket, pieces, input);
    isAsked = false;
    socket.setTimeout(askAfterMs);
    const frame = packetFramer();
    yield* frame(left);
    for (;;) {
      const { value, done } = await pieces.next();
      if (done === true) break;
      isAsked = false;
      yield* frame(value);
    }
    if (!signal.aborted) throw new Error('the server closed the connection');
  } catch (cause) {
    if (signal.aborted) return;
    throw new UnavailableError({
      what: `SeedLink server ${server.host}:${server.port}`,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'check the address, and that the server serves these stations',
      retryable: true,
      cause,
    });
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

/** Asks for the stations; gives the bytes that came after the last answer. */
async function negotiate(
  socket: Socket,
  pieces: AsyncIterator<Buffer>,
  input: {
    readonly stations: readonly SeedlinkStation[];
    readonly onRefused: (command: string) => void;
  },
): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  const line = async (): Promise<string> => {
    for (;;) {
      const end = bytes.indexOf('\n');
      if (end >= 0) {
        const text = bytes.toString('latin1', 0, end).trimEnd();
        bytes = bytes.subarray(end + 1);
        return text;
      }
      if (bytes.length > MAX_LINE) throw new Error('an answer without an end');
      const { value, done } = await pieces.next();
      if (done === true) throw new Error('the server closed the connection');
      bytes = Buffer.concat([bytes, value]);
    }
  };
  const ask = async (command: string): Promise<boolean> => {
    socket.write(`${command}\r\n`);
    const answer = await line();
    if (answer !== 'OK' && !answer.startsWith('ERROR')) {
      throw new Error(`it answers ${command} with '${legible(answer)}'`);
    }
    if (answer !== 'OK') input.onRefused(command);
    return answer === 'OK';
  };
  socket.write('HELLO\r\n');
  const hello = await line();
  if (!/^seedlink/i.test(hello)) throw new Error(`it answers HELLO with '${legible(hello)}'`);
  await line();
  let accepted = 0;
  for (const { network, station, selectors, after } of input.stations) {
    if (!(await ask(`STATION ${station} ${network}`))) continue;
    let selected = selectors.length === 0 ? 1 : 0;
    for (const selector of selectors) if (await ask(`SELECT ${selector}`)) selected++;
    if (selected > 0 && (await ask(dataCommand(after)))) accepted++;
  }
  if (accepted === 0) throw new Error('it accepts none of the stations');
  socket.write('END\r\n');
  return bytes;
}

/** The time beside the number lets a server that began to count anew find the place. */
function dataCommand(after: SeedlinkStation['after']): string {
  if (after === null) return 'DATA';
  const sequence = nextSequence(after.sequence).toString(16).toUpperCase().padStart(6, '0');
  const time = new Date(Number(after.timeNs / 1_000_000n)).toISOString();
  const fields = time.slice(0, 19).split(/[-T:]/).map(Number);
  return `DATA ${sequence} ${fields.join(',')}`;
}

/** A line of anything for a terminal: its beginning, without bytes that steer one. */
function legible(line: string): string {
  return line.slice(0, 80).replaceAll(/[^\x20-\x7e]/g, '.');
}
