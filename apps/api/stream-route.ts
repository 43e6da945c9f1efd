/**
 * Server-sent events: one `quake` message a new origin version, so that pages follow without
 * asking; `trouble` and `recovered` when the catalogue goes away and comes back. The last id lets a
 * page that lost its connection go on where it was.
 * @module
 */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { describeError } from '../../core/errors.js';
import { addSeconds, isoToNs, type IsoTime } from '../../core/time.js';
import type { ApiInput } from './api-input.js';

const POLL_MS = 1000;

export function addStreamRoute(app: FastifyInstance, input: ApiInput): void {
  const { catalogue } = input;
  const pollMs = input.streamPollMs ?? POLL_MS;

  const open = new Set<ServerResponse>();
  // A stream never ends by itself, and the server would wait for it.
  app.addHook('preClose', async () => {
    for (const stream of open) stream.end();
  });

  app.get('/api/stream', (request, reply) => {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      connection: 'keep-alive',
      'x-content-type-options': 'nosniff',
    });
    // Headers alone may stay in a buffer: the page counts as connected with the first bytes.
    const send = (text: string): void => {
      if (!raw.writableEnded && !raw.destroyed) raw.write(text);
    };
    send('retry: 2000\n\n');
    open.add(raw);
    const sent = new Map<string, number>();
    let since = startOf(request.headers['last-event-id']);
    let busy = false;
    let isWell = true;
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
          send(`id: ${preferred.createdAt}\nevent: quake\ndata: ${JSON.stringify(quake)}\n\n`);
          if (preferred.createdAt > since) since = preferred.createdAt;
        }
        send(isWell ? ': still here\n\n' : 'event: recovered\ndata: true\n\n');
        isWell = true;
      } catch (error) {
        if (isWell) {
          request.log.warn(error, 'event stream');
          send(`event: trouble\ndata: ${JSON.stringify(describeError(error))}\n\n`);
        }
        isWell = false;
      } finally {
        busy = false;
      }
    };
    const timer = setInterval(() => void look(), pollMs);
    void look();
    raw.on('close', () => {
      clearInterval(timer);
      open.delete(raw);
    });
  });
}

/** Time of the last message a page got; now for a new page or an id that is not ours. */
function startOf(lastId: unknown): IsoTime {
  try {
    if (typeof lastId === 'string') return isoToNs(lastId) >= 0n ? lastId : nowIso();
  } catch {
    // Falls through: the page is treated as new.
  }
  return nowIso();
}

const nowIso = (): IsoTime => new Date().toISOString();
