/**
 * In: MQTT 3.1.1 connections. Out: messages to the intake, PUBACK only after the message is on the
 * disk: the broker's authorizePublish runs before the PUBACK, and its callback waits for the commit.
 * Nothing that clients publish is forwarded to other clients.
 * @module
 */
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { UnavailableError } from '../../core/errors.js';
import { errorText, type GatewayLog } from './gateway-log.js';
import type { Intake, Outcome } from './intake.js';
import type { GatewayLimits } from './limits.js';
import { createPacketGuard } from './packet-guard.js';
import { isReceiptTopic } from './topics.js';

export interface Listener {
  readonly port: number;
  clients(): number;
  /** Closes all connections; what was not acknowledged is sent again by its device. */
  close(): Promise<void>;
}

const MAX_SUBSCRIPTIONS = 4;

/** Listens on `host`:`port` (0 = any free port). Throws UnavailableError when it is taken. */
export async function startListener(input: {
  readonly host: string;
  readonly port: number;
  readonly intake: Intake;
  readonly limits: GatewayLimits;
  readonly log: GatewayLog;
}): Promise<Listener> {
  const { intake, limits, log } = input;
  const broker = await Aedes.createBroker({
    maxClientsIdLength: 128,
    // A client id, a topic and its four levels: nothing here needs more.
    maxTopicLevels: 8,
    authorizePublish(client, packet, callback) {
      const { retain, qos } = packet;
      // Nothing is kept for later subscribers, whatever becomes of the message.
      packet.retain = false;
      const payload =
        typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
      const message = {
        topic: packet.topic,
        payload,
        retain: retain === true,
        gone: () => client?.closed === true,
      };
      intake.accept(message, (outcome) => callback(refusal(outcome, qos)));
    },
    authorizeSubscribe(client, subscription, callback) {
      const held = Object.keys((client as { subscriptions?: object }).subscriptions ?? {}).length;
      const allowed = isReceiptTopic(subscription.topic) && held < MAX_SUBSCRIPTIONS;
      callback(null, allowed ? subscription : null);
    },
    authorizeForward: () => null,
  });
  // Without a listener an 'error' of the broker would end the process.
  broker.on('error' as 'closed', (...args: unknown[]) =>
    log.error({ error: errorText(args[0]) }, 'broker error'),
  );

  const server = createServer((socket) => {
    if (broker.connectedClients >= limits.maxClients) {
      log.warn({ clients: broker.connectedClients }, 'too many connections: one refused');
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    guard(socket, limits.maxPacketBytes, () => {
      const reason = `packet larger than ${limits.maxPacketBytes} bytes: connection closed`;
      log.warn({ remote: socket.remoteAddress }, reason);
      intake.refuseUnread(reason);
    });
    broker.handle(socket);
  });
  await listen(server, input.host, input.port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : input.port,
    clients: () => broker.connectedClients,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      await closed;
    },
  };
}

/** Only QoS 1 and 2 promise anything: there a message that was not taken ends the connection. */
function refusal(outcome: Outcome, qos: number): Error | null {
  const taken = outcome.status !== 'shed' && outcome.status !== 'failed';
  return taken || qos === 0 ? null : new Error(`not acknowledged: ${outcome.reason}`);
}

/** Lets the guard see each chunk that the broker reads from the socket. */
function guard(socket: Socket, maxPacketBytes: number, onTooLarge: () => void): void {
  const tooLarge = createPacketGuard(maxPacketBytes);
  const read = socket.read.bind(socket);
  socket.read = (size?: number): Buffer | null => {
    const chunk = read(size) as Buffer | null;
    if (chunk === null || !tooLarge(chunk)) return chunk;
    onTooLarge();
    socket.destroy();
    return null;
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
