/**
 * Counts after a feed that is down for ten minutes of stream time and a listener that is killed with -9, against an
 * unbroken run: `node --import tsx bench/reports/restart.ts`. Writes restart.json beside it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { WebSocketServer } from 'ws';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** One post in two seconds: 2000 posts are 67 minutes of stream time. */
const POSTS = 2000;
const STEP_US = 2_000_000;
const START_US = 1_700_000_000_000_000;
const folder = mkdtempSync(path.join(tmpdir(), 'reports-restart-'));

const frames = Array.from({ length: POSTS }, (_, i) =>
  JSON.stringify({
    did: `did:plc:${i}`,
    time_us: START_US + (i + 1) * STEP_US,
    kind: 'commit',
    commit: {
      // Every tenth frame deletes a post that was counted before.
      operation: i % 10 === 9 ? 'delete' : 'create',
      collection: 'app.bsky.feed.post',
      rkey: String(i % 10 === 9 ? i - 4 : i),
      ...(i % 10 === 9
        ? {}
        : { record: { text: 'earthquake! my house is shaking', langs: ['en'] } }),
    },
  }).replace(`did:plc:${i}"`, `did:plc:${i % 10 === 9 ? i - 4 : i}"`),
);

/** Sends what comes after the cursor; refuses everybody while `isDown`. */
class Feed {
  isDown = false;
  readonly #server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  readonly #perTick: number;
  constructor(perTick: number, upTo: () => number) {
    this.#perTick = perTick;
    this.#server.on('connection', (socket, request) => {
      if (this.isDown) return socket.terminate();
      const cursor = Number(new URL(request.url ?? '', 'ws://x').searchParams.get('cursor') ?? 0);
      let next = frames.findIndex((_, i) => START_US + (i + 1) * STEP_US > cursor);
      const timer = setInterval(() => {
        if (this.isDown) socket.terminate();
        for (let k = 0; k < this.#perTick && next >= 0 && next < upTo(); k++) {
          socket.send(frames[next++] as string);
        }
      }, 20);
      socket.on('close', () => clearInterval(timer));
    });
  }
  get url(): string {
    return `jetstream=ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/s`;
  }
  close(): void {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
  }
}

function listen(url: string, state: string): ChildProcess {
  const args = [
    '--import',
    'tsx',
    'apps/cli/main.ts',
    'reports',
    'listen',
    '--feed',
    url,
    '--state',
    state,
  ];
  return spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Saved {
  readonly cursors: Readonly<Record<string, string>>;
  readonly counter: { readonly counts: [string, number][] };
}
const read = (file: string): Saved | null => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Saved;
  } catch {
    return null;
  }
};
async function until(file: string, post: number): Promise<void> {
  for (;;) {
    const cursor = Number(Object.values(read(file)?.cursors ?? {})[0] ?? 0);
    if (cursor >= START_US + post * STEP_US) return;
    await pause(50);
  }
}
const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => child.once('exit', () => resolve()));

async function run(name: string, breaks: boolean): Promise<[string, number][]> {
  const state = path.join(folder, `${name}.json`);
  let sendable = POSTS;
  const feed = new Feed(breaks ? 5 : 100, () => sendable);
  await pause(300);
  if (breaks) sendable = 900;
  let child = listen(feed.url, state);
  if (breaks) {
    await until(state, 400);
    child.kill('SIGKILL');
    await ended(child);
    child = listen(feed.url, state);
    await until(state, 700);
    // Down while 300 posts, ten minutes of stream time, are written.
    feed.isDown = true;
    await pause(1500);
    sendable = 1200;
    await pause(500);
    sendable = POSTS;
    feed.isDown = false;
  }
  // The last save comes with the end of the process.
  await until(state, POSTS - 150);
  await pause(3000);
  child.kill('SIGTERM');
  await ended(child);
  feed.close();
  return [...(read(state)?.counter.counts ?? [])].sort();
}

const whole = await run('whole', false);
const broken = await run('broken', true);
const total = (counts: [string, number][]): number => counts.reduce((sum, [, n]) => sum + n, 0);
const result = {
  posts: POSTS,
  expected: POSTS * 0.8,
  unbroken: total(whole),
  broken: total(broken),
  minutes: whole.length,
  isEqual: JSON.stringify(whole) === JSON.stringify(broken),
};
writeFileSync(new URL('./restart.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
console.log(JSON.stringify(result));
rmSync(folder, { recursive: true });
