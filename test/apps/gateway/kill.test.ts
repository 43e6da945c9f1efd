import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { phoneTopic } from '../../../apps/gateway/topics.js';
import { phoneRecordKey } from '../../../connectors/phones/identity.js';
import { parsePhoneMessage } from '../../../connectors/phones/message.js';
import { readReplay } from '../../../connectors/phones/openeew-replay.js';
import { publishRecords } from '../../../connectors/phones/publish.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { fileFakes } from './file-fakes.js';
import { eventually } from './mqtt-clients.js';

let dir = '';
let child: ChildProcess | null = null;

beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'gateway-kill-'));
});
afterEach(async () => {
  await kill();
  rmSync(dir, { recursive: true });
});

interface Ports {
  readonly port: number;
  readonly healthPort: number;
}

function startProcess(port: number): Promise<Ports> {
  const script = fileURLToPath(new URL('./gateway-process.ts', import.meta.url));
  const started = spawn(process.execPath, ['--import', 'tsx', script, dir, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  return new Promise((resolve, reject) => {
    let text = '';
    started.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf('\n');
      if (end >= 0) resolve(JSON.parse(text.slice(0, end)) as Ports);
    });
    started.once('exit', (code) => reject(new Error(`gateway process ended with ${code}`)));
  });
}

async function kill(): Promise<void> {
  const victim = child;
  child = null;
  if (!victim || victim.exitCode !== null || victim.signalCode !== null) return;
  const gone = new Promise((resolve) => victim.once('exit', resolve));
  victim.kill('SIGKILL');
  await gone;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

describeWithSamples('a gateway killed with -9 while devices send', ['mems-openeew'], () => {
  it('loses no acknowledged record and doubles none', async () => {
    const port = await freePort();
    await startProcess(port);
    const { messages } = await readReplay({ folder: samplePath('mems-openeew/2018-02-16') });
    let acknowledged = 0;
    let paused: Promise<void> = Promise.resolve();
    async function* stream(): AsyncGenerator<(typeof messages)[number]> {
      for (const message of messages) {
        await paused;
        yield message;
      }
    }
    const published = publishRecords({
      url: `mqtt://127.0.0.1:${port}`,
      topicOf: (message) => phoneTopic('mexico', message.deviceId),
      records: stream(),
      speed: Infinity,
      onProgress: (counts) => (acknowledged = counts.acknowledged),
    });
    for (const [round, at] of [1000, 2500, 4000, 5500].entries()) {
      await eventually(() => acknowledged >= at);
      await kill();
      const durable = acknowledged;
      // Nothing sends while the first restart is looked at: what was acknowledged must be there.
      let release: () => void = () => undefined;
      if (round === 0) paused = new Promise((resolve) => (release = resolve));
      const { healthPort } = await startProcess(port);
      const flush = await fetch(`http://127.0.0.1:${healthPort}/flush`, { method: 'POST' });
      expect(flush.status).toBe(200);
      expect(fileFakes(path.join(dir, 'fakes')).records().length).toBeGreaterThanOrEqual(durable);
      release();
    }
    const counts = await published;
    expect(counts.acknowledged).toBe(messages.length);
    expect(counts.reconnects).toBeGreaterThanOrEqual(4);
    const { healthPort } = await startedPorts(port);
    await fetch(`http://127.0.0.1:${healthPort}/flush`, { method: 'POST' });

    const truth = messages.flatMap((m) => {
      const parsed = parsePhoneMessage(m.payload);
      return parsed.ok ? parsed.records.map(phoneRecordKey) : [];
    });
    const sealed = fileFakes(path.join(dir, 'fakes')).records().map(phoneRecordKey);
    expect(new Set(sealed)).toEqual(new Set(truth));
    expect(sealed).toHaveLength(truth.length);
    // Six starts of a process, each many seconds when other programs want the processors.
  }, 180_000);

  /** One more kill, with nothing on its way: the rest is sealed by the restart. */
  async function startedPorts(port: number): Promise<Ports> {
    await kill();
    return startProcess(port);
  }
});
