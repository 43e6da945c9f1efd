/**
 * Server-sent events: one `event` message a new origin version, so that pages follow without
 * asking. The last id lets a page that lost its connection go on where it was.
 * @module
 */
import type { FastifyInstance } from 'fastify';
import { addSeconds, type IsoTime } from '../../core/time.js';
import type { ApiInput } from './server.js';

const POLL_MS = 1000;

export function addStreamRoute(app: FastifyInstance, input: ApiInput): void {
  const { catalogue } = input;
  const pollMs = input.streamPollMs ?? POLL_MS;

  app.get('/api/stream', (request, reply) => {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      connection: 'keep-alive',
    });
    const lastId = request.headers['last-event-id'];
    const sent = new Map<string, number>();
    let since: IsoTime = typeof lastId === 'string' ? lastId : new Date().toISOString();
    let busy = false;
    const look = async (): Promise<void> => {
      if (busy) return;
      busy = true;
      try {
        // Looks back a little: a transaction may commit after a later one was seen.
        const changed = await catalogue.listEvents({
          updatedAfter: addSeconds(since, -10),
          limit: 1000,
        });
        for (const quake of changed) {
          const { eventId, versions, preferred } = quake;
          if (sent.get(eventId) === versions) continue;
          sent.set(eventId, versions);
          raw.write(`id: ${preferred.createdAt}\nevent: quake\ndata: ${JSON.stringify(quake)}\n\n`);
          if (preferred.createdAt > since) since = preferred.createdAt;
        }
        if (changed.length === 0) raw.write(': still here\n\n');
      } catch (error) {
        request.log.warn(error, 'event stream');
      } finally {
        busy = false;
      }
    };
    const timer = setInterval(() => void look(), pollMs);
    void look();
    raw.on('close', () => clearInterval(timer));
  });
}
