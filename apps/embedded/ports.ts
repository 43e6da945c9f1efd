/**
 * Ports on 127.0.0.1. In: the wanted ports by name and those of the last start; out: a free port
 * for each name, the same ones at the next start.
 * @module
 */
import net from 'node:net';
import path from 'node:path';
import { InvalidInputError } from '../../core/errors.js';
import { PortTakenError } from './errors.js';
import { homePaths, readJson, writeWhole } from './home.js';
import { describePortHolder } from './port-holder.js';

/** The only address that the embedded stack listens on. */
export const LOOPBACK = '127.0.0.1';

/** A port that something wants to listen on. */
export interface PortWish {
  readonly name: string;
  /** Tried first when nothing is remembered; the next free one is taken when it is not free. */
  readonly preferred: number;
  /** Named by the user: this one or an error, never another. */
  readonly explicit?: number;
}

/** How many ports after the preferred one are tried. */
const TRIES = 200;

/**
 * Chooses a free port for every wish, no port twice, and remembers the chosen ones (but not the
 * explicit ones) in `<home>/run/ports.json`. Says in one line when a port is not the usual one.
 * Throws PortTakenError when an explicit port is taken, InvalidInputError when it is no port.
 */
export async function choosePorts(input: {
  readonly home: string;
  readonly wishes: readonly PortWish[];
  readonly log: (line: string) => void;
}): Promise<Readonly<Record<string, number>>> {
  const file = path.join(homePaths(input.home).run, 'ports.json');
  const remembered = (readJson(file) ?? {}) as Record<string, unknown>;
  const chosen: Record<string, number> = {};
  const kept: Record<string, unknown> = { ...remembered };

  for (const wish of input.wishes.filter((each) => each.explicit !== undefined)) {
    chosen[wish.name] = await explicitPort(wish, Object.values(chosen));
  }
  for (const wish of input.wishes.filter((each) => each.explicit === undefined)) {
    const last = remembered[wish.name];
    const usual = isPort(last) ? last : wish.preferred;
    // Ports that a later wish will want again are left to it.
    const reserved = input.wishes
      .filter((other) => other !== wish && !(other.name in chosen))
      .map((other) => (isPort(remembered[other.name]) ? remembered[other.name] : other.preferred));
    const port = await nextFreePort({ usual, taken: Object.values(chosen), reserved });
    if (port !== usual) {
      const holder = Object.values(chosen).includes(usual)
        ? 'this stack'
        : describePortHolder(usual);
      input.log(`port ${usual} for ${wish.name} is taken by ${holder}; using ${port}`);
    }
    chosen[wish.name] = port;
    kept[wish.name] = port;
  }
  writeWhole(file, `${JSON.stringify(kept, null, 2)}\n`);
  return chosen;
}

/** True when nothing accepts connections on the port and it can be listened on, on 127.0.0.1. */
export async function isPortFree(port: number): Promise<boolean> {
  // Listening alone is no proof: some systems allow it beside a listener on all addresses.
  return !(await isListening(port)) && (await canListen(port));
}

async function explicitPort(wish: PortWish, taken: readonly number[]): Promise<number> {
  const port = wish.explicit;
  if (!isPort(port)) {
    throw new InvalidInputError({
      what: `port for ${wish.name}`,
      reason: `${port} is not a port`,
      remedy: 'give a whole number from 1 to 65535',
    });
  }
  if (taken.includes(port)) {
    throw new PortTakenError({ name: wish.name, port, holder: 'another part of this stack' });
  }
  if (!(await isPortFree(port))) {
    throw new PortTakenError({ name: wish.name, port, holder: describePortHolder(port) });
  }
  return port;
}

async function nextFreePort(input: {
  readonly usual: number;
  readonly taken: readonly number[];
  readonly reserved: readonly unknown[];
}): Promise<number> {
  const first = input.usual;
  for (let port = first; port < Math.min(first + TRIES, 65_536); port++) {
    if (input.taken.includes(port) || (port !== first && input.reserved.includes(port))) continue;
    if (await isPortFree(port)) return port;
  }
  throw new PortTakenError({
    name: 'the embedded stack',
    port: first,
    holder: `other programs, and so are the ${TRIES} after it`,
  });
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535;
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}

/** True when something accepts connections on the port of 127.0.0.1. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: LOOPBACK });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
