/** Server-sent events over a real connection: changes, resuming, trouble, the server's end. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { addSeconds } from '../../../core/time.js';
import { draft } from '../../catalogue/drafts.js';
import { fakeCatalogue, type FakeCatalogue } from './fake-catalogue.js';
import { listen, testApi } from './test-server.js';

const MINUTE_AGO = addSeconds(new Date().toISOString(), -60);
const soon = (): string => addSeconds(new Date().toISOString(), 1);

let fake: FakeCatalogue;
let app: FastifyInstance;
let url: string;
beforeEach(async () => {
  fake = fakeCatalogue();
  app = await testApi(fake);
  url = `${await listen(app)}/api/stream`;
});
afterEach(() => app.close());

interface Message {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string;
}

/** Messages of the stream as they come; comments left out. */
async function* messages(headers: Record<string, string> = {}): AsyncGenerator<Message> {
  const response = await fetch(url, { headers });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  let text = '';
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(bytes).toString('utf8');
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string | undefined =>
        new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      const data = field('data');
      if (data !== undefined) yield { id: field('id'), event: field('event'), data };
    }
  }
}

async function next(stream: AsyncGenerator<Message>): Promise<Message> {
  const { value, done } = await stream.next();
  if (done) throw new Error('the stream ended');
  return value as Message;
}

describe('the event stream', () => {
  it('sends a new event, and its next version, once each', async () => {
    fake.add('qlold', draft(), MINUTE_AGO);
    const stream = messages();
    const first = next(stream);
    const stored = fake.add('qlnew', draft({ magnitude: 5 }), soon());
    expect(await first).toMatchObject({ id: stored.createdAt, event: 'quake' });
    expect(JSON.parse((await first).data)).toMatchObject({ eventId: 'qlnew', versions: 1 });
    fake.add('qlnew', draft({ magnitude: 5.2, run: 'second' }), soon());
    expect(JSON.parse((await next(stream)).data)).toMatchObject({
      eventId: 'qlnew',
      versions: 2,
      preferred: { origin: { magnitude: { mean: 5.2 } } },
    });
    await stream.return(undefined);
  });

  it('goes on where a page lost it', async () => {
    fake.add('qlmissed', draft(), MINUTE_AGO);
    const stream = messages({ 'last-event-id': addSeconds(MINUTE_AGO, -1) });
    expect(JSON.parse((await next(stream)).data)).toMatchObject({ eventId: 'qlmissed' });
    await stream.return(undefined);
  });

  it('treats a page with a strange last id as new', async () => {
    fake.add('qlold', draft(), MINUTE_AGO);
    const stream = messages({ 'last-event-id': 'what' });
    const first = next(stream);
    fake.add('qlnew', draft(), soon());
    expect(JSON.parse((await first).data)).toMatchObject({ eventId: 'qlnew' });
    await stream.return(undefined);
  });

  it('says when the catalogue goes away, and when it is back', async () => {
    const stream = messages();
    const first = next(stream);
    fake.breakWith(new Error('no database'));
    expect(await first).toMatchObject({ event: 'trouble', data: '"no database"' });
    fake.breakWith(null);
    expect(await next(stream)).toMatchObject({ event: 'recovered' });
    await stream.return(undefined);
  });

  it('does not keep the server from stopping', async () => {
    const stream = messages();
    const first = stream.next();
    await expect.poll(() => fake.filters.length).toBeGreaterThan(0);
    await app.close();
    expect(await first).toMatchObject({ done: true });
  });
});
