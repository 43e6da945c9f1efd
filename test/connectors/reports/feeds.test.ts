import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compressUsingDict, createCCtx } from '@bokuweb/zstd-wasm';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { jetstreamUrl, parseJetstream } from '../../../connectors/reports/feeds/jetstream.js';
import { parsePostLine } from '../../../connectors/reports/feeds/json-lines.js';
import {
  parseMastodonEvent,
  parseMastodonFrame,
} from '../../../connectors/reports/feeds/mastodon.js';
import { readFeed, type FeedSource } from '../../../connectors/reports/feeds/reader.js';
import { zstdFrames } from '../../../connectors/reports/feeds/zstd-frames.js';
import { createSseDecoder } from '../../../connectors/reports/feeds/sse.js';
import { sseFrames, webSocketFrames } from '../../../connectors/reports/feeds/transports.js';
import {
  createUptimeLog,
  sharedUpSeconds,
  upSeconds,
} from '../../../connectors/reports/feeds/uptime.js';

const NOW_S = 1_800_000_000;
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function commit(rkey: number, operation: string, timeUs: number): string {
  return JSON.stringify({
    did: 'did:plc:x',
    time_us: timeUs,
    kind: 'commit',
    commit: {
      operation,
      collection: 'app.bsky.feed.post',
      rkey: String(rkey),
      ...(operation === 'delete'
        ? {}
        : { record: { text: `earthquake ${rkey}`, langs: ['en-US'] } }),
    },
  });
}

describe('frames of feeds', () => {
  it('Jetstream create, update, delete, other kinds and refusals', () => {
    const at = 1_700_000_000_000_000;
    expect(parseJetstream(commit(1, 'create', at), NOW_S)).toMatchObject({
      ok: true,
      cursor: String(at),
      event: { kind: 'post', id: 'at:did:plc:x/1', languages: ['en'], timeS: at / 1e6 },
    });
    expect(parseJetstream(commit(1, 'update', at), NOW_S)).toMatchObject({
      event: { isUpdate: true },
    });
    expect(parseJetstream(commit(1, 'delete', at), NOW_S)).toMatchObject({
      event: { kind: 'delete', id: 'at:did:plc:x/1' },
    });
    expect(parseJetstream(`{"kind":"identity","time_us":${at}}`, NOW_S)).toMatchObject({
      event: { kind: 'other' },
    });
    const reasons = ['{', '[]', '{"time_us":"x"}', commit(1, 'create', 4e15), 'x'.repeat(2 ** 21)];
    expect(reasons.map((frame) => parseJetstream(frame, NOW_S))).toEqual([
      { ok: false, reason: 'not JSON' },
      { ok: false, reason: 'not a JSON object' },
      { ok: false, reason: 'time_us: not a time' },
      { ok: false, reason: 'time_us: in the future' },
      { ok: false, reason: 'frame longer than 1 MiB' },
    ]);
    expect(jetstreamUrl({ base: 'wss://h/subscribe', cursor: '7000000' })).toBe(
      'wss://h/subscribe?wantedCollections=app.bsky.feed.post&cursor=2000000',
    );
  });

  it('Mastodon over WebSocket and as events', () => {
    const payload = JSON.stringify({
      id: '77',
      created_at: '2024-01-01T00:00:00.000Z',
      content: '<p>earthquake!</p>',
      language: 'en',
      account: { acct: 'a', bot: true },
      reblog: null,
    });
    const frame = JSON.stringify({ stream: ['public'], event: 'update', payload });
    expect(parseMastodonFrame(frame, NOW_S, 'm.example')).toMatchObject({
      event: { kind: 'post', id: 'm.example/77', isBot: true, isRepeat: false },
    });
    const of = (event: string, data: string) =>
      parseMastodonEvent({ event, data, nowS: NOW_S, host: 'm' });
    expect(of('status.update', payload)).toMatchObject({ event: { isUpdate: true } });
    expect(of('delete', '77')).toMatchObject({ event: { kind: 'delete', id: 'm/77' } });
    expect(of('delete', '../x')).toMatchObject({ ok: false });
    expect(of('filters_changed', '')).toMatchObject({ event: { kind: 'other' } });
    expect(of('update', payload.replace('2024', '2924'))).toMatchObject({
      reason: 'created_at: in the future',
    });
  });

  it('no text makes a parser throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (frame) => {
        for (const parse of [parseJetstream, parsePostLine]) {
          expect(typeof parse(frame, NOW_S).ok).toBe('boolean');
        }
        expect(typeof parseMastodonFrame(frame, NOW_S, 'h').ok).toBe('boolean');
      }),
    );
  });

  it('server-sent events in pieces, comments, and an event over the limit', () => {
    const text =
      ':hi\r\nevent: update\r\ndata: a\r\ndata: b\r\n\r\ndata: x\n\nevent: delete\ndata: 1\n\n';
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
        const decoder = createSseDecoder();
        const events = [];
        for (let at = 0, i = 0; at < text.length; at += sizes[i++ % sizes.length] as number) {
          events.push(...decoder.push(text.slice(at, at + (sizes[i % sizes.length] as number))));
        }
        expect(events).toEqual([
          { event: 'update', data: 'a\nb' },
          { event: 'message', data: 'x' },
          { event: 'delete', data: '1' },
        ]);
      }),
    );
    const small = createSseDecoder(10);
    expect(small.push(`data: ${'x'.repeat(50)}\n\ndata: y\n\n`)).toEqual([
      { event: 'message', data: 'y' },
    ]);
    expect(small.dropped()).toBe(1);
  });
});

describe('reading a feed for ever', () => {
  /** A Jetstream that holds 60 posts, replays from the cursor and cuts every connection after 25. */
  async function jetstream(isSilent = false): Promise<{ url: string; connections: () => number }> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    closers.push(() => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
    let connections = 0;
    server.on('connection', (socket, request) => {
      connections++;
      if (isSilent && connections === 1) return;
      const from = Number(new URL(request.url ?? '', 'ws://x').searchParams.get('cursor') ?? 0);
      let sent = 0;
      for (let i = 1; i <= 60; i++) {
        const at = i * 1_000_000;
        if (at <= from) continue;
        if (!isSilent && sent++ >= 25) return socket.close();
        socket.send(i % 20 === 0 ? '{broken' : commit(i, 'create', at));
      }
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    return { url: `ws://127.0.0.1:${port}/subscribe`, connections: () => connections };
  }

  function source(url: string): FeedSource {
    return {
      name: 'test',
      replays: true,
      parse: parseJetstream,
      connect: ({ cursor, signal }) =>
        webSocketFrames({ url: jetstreamUrl({ base: url, cursor }), signal }),
    };
  }

  it('resumes without a gap after each break; broken frames are counted', async () => {
    const server = await jetstream();
    const stop = new AbortController();
    const seen = new Set<string>();
    const result = await readFeed({
      source: source(server.url),
      cursor: null,
      signal: stop.signal,
      wait: () => Promise.resolve(),
      take: (event) => {
        seen.add(event.id);
        if (event.id.endsWith('/59')) stop.abort();
      },
    });
    expect(seen.size).toBe(57);
    expect(result.connections).toBeGreaterThanOrEqual(3);
    expect(result.refused['not JSON']).toBeGreaterThanOrEqual(2);
  });

  it('leaves a half-open connection and comes back', async () => {
    const server = await jetstream(true);
    const stop = new AbortController();
    const lost: string[] = [];
    await readFeed({
      source: source(server.url),
      cursor: null,
      signal: stop.signal,
      idleS: 0.2,
      wait: () => Promise.resolve(),
      onLost: (reason) => lost.push(reason),
      take: (event) => {
        if (event.id.endsWith('/59')) stop.abort();
      },
    });
    expect(server.connections()).toBe(2);
    expect(lost[0]).toBe('silent or stopped');
  });

  it('waits longer after each failure', async () => {
    const stop = new AbortController();
    const waits: number[] = [];
    await readFeed({
      source: source('ws://127.0.0.1:1/'),
      cursor: null,
      signal: stop.signal,
      wait: (ms) => {
        waits.push(ms);
        if (waits.length === 5) stop.abort();
        return Promise.resolve();
      },
      take: () => undefined,
    });
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000]);
  });

  it('server-sent events over HTTP', async () => {
    const server: Server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(':thump\n\nevent: delete\ndata: 5\n\n');
    });
    closers.push(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const frames = [];
    const signal = new AbortController().signal;
    for await (const frame of sseFrames({ url: `http://127.0.0.1:${port}/`, signal })) {
      if (frame !== null) frames.push(parseMastodonFrame(frame, NOW_S, 'h'));
    }
    expect(frames).toMatchObject([{ ok: true, event: { kind: 'delete', id: 'h/5' } }]);
  });

  it('10 MB posts, invalid UTF-8, binary, the future: counted, and the feed goes on', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    closers.push(() => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
    let connections = 0;
    server.on('connection', (socket) => {
      connections++;
      socket.send(commit(1, 'create', 1e6).replace('earthquake', 'x'.repeat(10_000_000)));
      const invalid = Buffer.from(commit(2, 'create', 2e6).replace('earthquake', 'quake %%'));
      invalid.fill(0xff, invalid.indexOf('%%'), invalid.indexOf('%%') + 2);
      socket.send(invalid, { binary: false });
      socket.send(Buffer.from([1, 2, 3]), { binary: true });
      socket.send(Buffer.from([0xff, 0xfe, 0x7b]), { binary: false });
      socket.send(commit(3, 'create', 4e15));
      socket.send(commit(4, 'create', 4e6).replace('earthquake', '\u202e\u2066<b>earthquake</b>'));
      socket.send(commit(5, 'create', 5e6));
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const stop = new AbortController();
    const texts: string[] = [];
    const result = await readFeed({
      source: source(`ws://127.0.0.1:${port}/s`),
      cursor: null,
      signal: stop.signal,
      take: (event) => {
        if (event.kind === 'post') texts.push(event.text);
        if (event.id.endsWith('/5')) stop.abort();
      },
    });
    expect(connections).toBe(1);
    expect(texts).toHaveLength(3);
    expect(texts[0]).toContain('\ufffd');
    expect(result.refused).toEqual({
      'frame longer than 1 MiB': 1,
      'not JSON': 1,
      'time_us: in the future': 1,
    });
  });

  it('frames compressed with a dictionary; a damaged one and a bomb are refused', async () => {
    const dictionary = Buffer.from(commit(0, 'create', 1e6).repeat(20));
    const decode = await zstdFrames(dictionary);
    const context = createCCtx();
    const pack = (text: string): Uint8Array =>
      compressUsingDict(context, Buffer.from(text), dictionary, 3);
    const frame = commit(7, 'create', 7e6);
    expect(decode(pack(frame))).toBe(frame);
    expect(pack(frame).length).toBeLessThan(frame.length / 2);
    expect(decode(pack('x'.repeat(5_000_000)))).toBeNull();
    expect(() => decode(Buffer.from('nothing of zstd'))).toThrow('zstd');
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    closers.push(() => server.close());
    server.on('connection', (socket, request) => {
      expect(request.url).toContain('compress=true');
      for (const bytes of [Buffer.from('garbage!'), pack('x'.repeat(5e6)), pack(frame)]) {
        socket.send(bytes, { binary: true });
      }
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const stop = new AbortController();
    const base = `ws://127.0.0.1:${port}/s`;
    const { refused } = await readFeed({
      source: {
        ...source(base),
        connect: ({ cursor, signal }) =>
          webSocketFrames({
            url: jetstreamUrl({ base, cursor, isCompressed: true }),
            signal,
            decode,
          }),
      },
      cursor: null,
      signal: stop.signal,
      take: () => stop.abort(),
    });
    expect(refused).toEqual({ 'not JSON': 1, 'frame longer than 1 MiB': 1 });
  });

  it('a feed that is down is unknown', () => {
    const log = createUptimeLog({ idleS: 30 });
    for (const t of [0, 10, 20]) log.seen(t);
    log.lost(25);
    log.seen(100);
    log.seen(200);
    expect(log.intervals()).toEqual([
      { startS: 0, endS: 20 },
      { startS: 100, endS: 100 },
      { startS: 200, endS: 200 },
    ]);
    log.lost(201);
    log.resumed(300);
    expect(upSeconds(log.intervals(), 0, 1000)).toBe(120);
  });
});

describe('what breaks leave unknown', () => {
  async function resumeAt(firstS: number): Promise<{ known: number; refused: unknown }> {
    const uptime = createUptimeLog({ idleS: 60, intervals: [{ startS: 1000, endS: 2000 }] });
    const stop = new AbortController();
    const result = await readFeed({
      source: {
        name: 'x',
        replays: true,
        parse: parseJetstream,
        cursorS: (cursor) => Number(cursor) / 1e6,
        connect: async function* () {
          yield await Promise.resolve(null);
          yield commit(1, 'create', firstS * 1e6);
        },
      },
      cursor: String(2000 * 1e6),
      signal: stop.signal,
      uptime,
      nowS: () => 2600,
      take: () => stop.abort(),
    });
    return { known: upSeconds(uptime.intervals(), 1000, 2600), refused: result.refused };
  }

  it('a replay covers a break, but not with a cursor that was too old', async () => {
    expect(await resumeAt(2001)).toEqual({ known: 1600, refused: {} });
    expect(await resumeAt(2590)).toEqual({
      known: 1000,
      refused: { 'cursor too old: a part of the break is unknown': 1 },
    });
  });

  it('a feed that is down takes its share of the posts away', () => {
    const up = (endS: number) => createUptimeLog({ idleS: 9, intervals: [{ startS: 0, endS }] });
    const feeds = [
      { uptime: up(100), posts: 899 },
      { uptime: up(50), posts: 99 },
    ];
    expect(sharedUpSeconds(feeds, 0, 100)).toBeCloseTo(95, 10);
  });
});
