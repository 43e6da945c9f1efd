/**
 * A gateway as its own process, for measurements: folder in, `{port, healthPort}` on standard output,
 * then runs until its standard input ends and prints what it spent as JSON.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { silentLog } from '../../../apps/gateway/gateway-log.js';
import { startGateway } from '../../../apps/gateway/gateway.js';
import type { ObjectStore } from '../../../core/artifact.js';

const [dir = '', mqttUrl] = process.argv.slice(2);
const storeDir = path.join(dir, 'store');
await mkdir(storeDir, { recursive: true });
/** Segments go to real files, as in production; the index is a counter. */
const store: Pick<ObjectStore, 'put'> = {
  async put({ key, kind, bytes }) {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await writeFile(path.join(storeDir, `${sha256}.arrow`), bytes);
    return { key, sha256, bytes: bytes.length, kind };
  },
};
let rows = 0;
const alerts: object[] = [];
const before = process.cpuUsage();
const startedMs = performance.now();
const gateway = await startGateway({
  port: 0,
  walDir: path.join(dir, 'wal'),
  store: store as ObjectStore,
  catalogue: {
    addSegment(segment) {
      rows++;
      return Promise.resolve({ ...segment, id: rows });
    },
    quarantine: () => Promise.resolve(),
  },
  regions: ['city'],
  log: silentLog,
  crowds: {
    boundsOf: () => ({ west: -99.6, east: -98.6, south: 19, north: 19.9 }),
    onAlert: (_, { latitude, longitude, magnitude }) =>
      alerts.push({ atMs: Date.now(), latitude, longitude, magnitude }),
  },
  ...(mqttUrl ? { mqttUrl } : {}),
  limits: { deviceRateHz: 1e9, deviceBurst: 1e9 },
});
console.log(JSON.stringify({ port: gateway.port, healthPort: gateway.healthPort }));
process.stdin.resume();
process.stdin.on('data', () => {
  const cpu = process.cpuUsage(before);
  const { acknowledged, sealed, rejected, shed, backlogBytes, crowds } = gateway.stats();
  console.log(
    JSON.stringify({
      acknowledged,
      sealed,
      rejected,
      shed,
      backlogBytes,
      rows,
      alerts,
      crowds,
      sinceStartS: (performance.now() - startedMs) / 1000,
      cpuS: (cpu.user + cpu.system) / 1e6,
      threadsS: threadsS(),
      rssMiB: process.memoryUsage().rss / 2 ** 20,
    }),
  );
});
process.stdin.on('end', () => void gateway.stop().then(() => process.exit(0)));

/** Processor time of the main thread and of the busiest other one (which seals), s; Linux. */
function threadsS(): { main: number; sealing: number } {
  const spent = new Map<string, number>();
  for (const tid of readdirSync('/proc/self/task')) {
    // Fields 14 and 15, counted after the name in brackets: ticks of 10 ms (proc(5)).
    const stat = readFileSync(`/proc/self/task/${tid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    spent.set(tid, (Number(fields[11]) + Number(fields[12])) / 100);
  }
  const main = spent.get(String(process.pid)) ?? 0;
  spent.delete(String(process.pid));
  return { main, sealing: Math.max(0, ...spent.values()) };
}
