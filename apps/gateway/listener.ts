/**
 * The gateway's own MQTT listener (3.1.1 and 5). In: connections of devices. Out: messages to the
 * intake, each PUBACK only after its message is on the disk. Nothing that clients publish is
 * forwarded to other clients; a device can hear its receipts and its configuration.
 * @module
 */
import { createServer, type Server } from 'node:net';
import { UnavailableError } from '../../core/errors.js';
import { errorText, type GatewayLog } from './gateway-log.js';
import type { Intake } from './intake.js';
import type { GatewayLimits } from './limits.js';
import { openSession, type Session, type SessionHost } from './session.js';

export interface Listener {
  readonly port: number;
  clients(): number;
  /** Closes all connections; what was not acknowledged is sent again by its device. */
  close(): Promise<void>;
}

/** How often connections are looked at that went silent. */
const SWEEP_MS = 5000;
/** A connection that has not introduced itself within this is closed. */
const GREETING_MS = 10_000;

/** Listens on `host`:`port` (0 = any free port). Throws UnavailableError when it is taken. */
export async function startListener(input: {
  readonly host: string;
  readonly port: number;
  readonly intake: Intake;
  readonly limits: GatewayLimits;
  readonly log: GatewayLog;
  /** Configuration for a topic, JSON; null for none. */
  readonly configOf: (topic: string) => string | null;
}): Promise<Listener> {
  const { intake, limits, log } = input;
  const sessions = new Set<Session>();
  const byId = new Map<string, Session>();
  let waiting: Session[] = [];
  const flush = (): void => {
    const all = waiting;
    waiting = [];
    for (const session of all) session.flush();
  };
  const host: Omit<SessionHost, 'onTooLarge'> = {
    maxPacketBytes: limits.maxPacketBytes,
    accept: (message, done) => intake.accept(message, done),
    onConnected(session) {
      // MQTT 3.1.1, section 3.1.4: the newer connection of a client id wins.
      byId.get(session.clientId)?.close();
      byId.set(session.clientId, session);
    },
    onAcknowledgements(session) {
      // All outcomes of a commit come in one turn of the event loop.
      if (waiting.push(session) === 1) setImmediate(flush);
    },
    configOf: input.configOf,
  };

  const server = createServer({ noDelay: true }, (socket) => {
    if (sessions.size >= limits.maxClients) {
      log.warn({ clients: sessions.size }, 'too many connections: one refused');
      socket.destroy();
      return;
    }
    const remote = socket.remoteAddress;
    const session = openSession(socket, {
      ...host,
      onTooLarge() {
        const reason = `packet larger than ${limits.maxPacketBytes} bytes: connection closed`;
        log.warn({ remote }, reason);
        intake.refuseUnread(reason);
      },
    });
    sessions.add(session);
    socket.once('close', () => {
      sessions.delete(session);
      if (byId.get(session.clientId) === session) byId.delete(session.clientId);
    });
  });
  await listen(server, input.host, input.port);
  const sweep = setInterval(() => {
    const now = Date.now();
    for (const session of sessions) {
      const silentMs = now - session.lastHeardMs;
      const patienceMs = session.isConnected ? session.keepaliveS * 1500 : GREETING_MS;
      if (patienceMs > 0 && silentMs > patienceMs) session.close();
    }
  }, SWEEP_MS);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : input.port,
    clients: () => sessions.size,
    async close() {
      clearInterval(sweep);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      await closed;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new UnavailableError({
          what: `MQTT port ${port} on ${host}`,
          reason: errorText(cause),
          remedy: 'stop what listens there, or give the gateway another port',
          retryable: false,
          cause,
        }),
      ),
    );
    server.listen(port, host, () => resolve());
  });
}
