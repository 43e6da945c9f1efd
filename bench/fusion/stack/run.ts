/**
 * Throughput of the stack, rows x cells x samples a second: the SIMD kernel on one and two threads,
 * the WGSL kernel where there is a GPU, TensorFlow.js and pyrocko's parstack, on the same numbers in
 * the same run, alternating, the least time of each; results compared. Prints JSON:
 * `node --import tsx bench/fusion/stack/run.ts [rounds]`.
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createComputePool } from '../../../apps/threads/pool.js';
import { ensurePeers } from '../../../infra/peers.mjs';
import { loadBackend } from '../../../models/backend.js';
import { openGpuDevice } from '../../../models/backend/webgpu.js';
import { stackParallel } from '../../../models/detection/stack-parallel.js';
import { runStackSimd, shareStackPlan } from '../../../models/detection/stack-simd.js';
import { runStack } from '../../../models/detection/stack-tensor.js';
import { webGpuStack } from '../../../models/detection/stack-webgpu.js';
import type { StackPlan, StackResult } from '../../../models/detection/stack.js';
import { logRows, phaseShifts, scene, someCells, type SceneShape } from './scene.js';

const SHAPES: readonly (SceneShape & { readonly what: string })[] = [
  { what: '16 min at 1 Hz', sensors: 30, cells: 20_000, times: 992, samplesPerS: 1 },
  { what: '1 h at 10 Hz', sensors: 30, cells: 500, times: 36_000, samplesPerS: 10 },
];
/** TensorFlow.js is given every so many cells only: all of them would take minutes. */
const TENSOR_SHARE = 40;
const rounds = Number(process.argv[2] ?? 5);

interface Timing {
  readonly wallS: number;
  readonly cpuS: number;
}

const lone = createComputePool({ size: 1 });
const pair = createComputePool({ size: 2 });
const { tf, name: tensorBackend } = await loadBackend();
const gpu = await openGpuDevice({ allowSoftware: false });
const gpuStack = gpu.ok ? await webGpuStack(gpu.device) : null;
const load = [loadavg()[0]];
const results = [];
for (const shape of SHAPES) results.push(await measure(shape));
load.push(loadavg()[0]);
await Promise.all([lone.close(), pair.close()]);
console.log(
  JSON.stringify(
    { rounds, load, tensorBackend, gpu: gpu.ok ? gpu.label : 'none', results },
    null,
    1,
  ),
);
process.exit(0);

async function measure(shape: (typeof SHAPES)[number]): Promise<Record<string, unknown>> {
  // In shared memory, as parstack's arrays are in its own: neither copies them in the time taken.
  const plan = shareStackPlan(scene(shape));
  const few = someCells(plan, TENSOR_SHARE);
  const peer = await startPeer(plan);
  let ours = runStackSimd(plan);
  const cases: Record<string, { work: number; run: () => Promise<Timing> }> = {
    simd1: {
      work: 1,
      run: () => timed(async () => (ours = await stackParallel({ pool: lone, parts: 1, plan }))),
    },
    parstackFloat32x1: { work: 1, run: () => peer.ask('float32 1') },
    simd2: {
      work: 1,
      run: () => timed(() => stackParallel({ pool: pair, parts: 2, plan })),
    },
    parstackFloat32x2: { work: 1, run: () => peer.ask('float32 2') },
    parstackFloat64x1: { work: 1, run: () => peer.ask('float64 1') },
    parstackFloat64x2: { work: 1, run: () => peer.ask('float64 2') },
    tensorFlow: { work: 1 / TENSOR_SHARE, run: () => timed(() => runStack(tf, few)) },
    ...(gpuStack ? { wgsl: { work: 1, run: () => timed(() => gpuStack.run(plan)) } } : {}),
  };
  const times: Record<string, Timing[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, { run }] of Object.entries(cases)) {
      // TensorFlow.js is slower by two orders: one run tells as much.
      if (name === 'tensorFlow' && round > 0) continue;
      (times[name] ??= []).push(await run());
    }
  }
  // Equal outputs: the last run in each precision against the kernel.
  const equality: Record<string, unknown> = {};
  for (const precision of ['float32', 'float64'] as const) {
    await peer.ask(`${precision} 2`);
    equality[precision] = compare(ours, await peer.check(plan.times.count));
  }
  peer.end();
  const samples = plan.cellCount * plan.sensorCount * 2 * plan.times.count;
  const rates = Object.fromEntries(
    Object.entries(times).map(([name, all]) => {
      const work = (samples * (cases[name]?.work ?? 1)) / 1e9;
      return [
        name,
        {
          gPerS: work / Math.min(...all.map((t) => t.wallS)),
          gPerCpuS: work / Math.min(...all.map((t) => t.cpuS)),
        },
      ];
    }),
  );
  const rate = (name: string): number => rates[name]?.gPerS ?? Number.NaN;
  const perCpu = (name: string): number => rates[name]?.gPerCpuS ?? Number.NaN;
  return {
    what: shape.what,
    rows: 2 * plan.sensorCount,
    cells: plan.cellCount,
    times: plan.times.count,
    rates,
    wgsl: rates['wgsl'] ?? 'not measured: no GPU',
    ratios: {
      oneThread: rate('simd1') / rate('parstackFloat32x1'),
      oneThreadOfCpuTime: perCpu('simd1') / perCpu('parstackFloat32x1'),
      twoThreadsOfCpuTime: perCpu('simd2') / perCpu('parstackFloat32x2'),
      twoThreads: rate('simd2') / rate('parstackFloat32x2'),
      oneThreadFloat64: rate('simd1') / rate('parstackFloat64x1'),
      tensorFlow: rate('simd1') / rate('tensorFlow'),
    },
    equality,
    peer: peer.version,
  };
}

async function timed(run: () => Promise<unknown>): Promise<Timing> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const wallS = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { wallS, cpuS: (user + system) / 1e6 };
}

function compare(ours: StackResult, theirs: StackResult): Record<string, number> {
  let largest = 0;
  let otherCells = 0;
  for (let k = 0; k < ours.best.length; k++) {
    largest = Math.max(largest, Math.abs((ours.best[k] as number) - (theirs.best[k] as number)));
    if (ours.cell[k] !== theirs.cell[k]) otherCells++;
  }
  return { largestDifferenceNats: largest, otherCells, largestNats: Math.max(...ours.best) };
}

interface Peer {
  readonly version: string;
  readonly ask: (command: string) => Promise<Timing>;
  readonly check: (times: number) => Promise<StackResult>;
  readonly end: () => void;
}

async function startPeer(plan: StackPlan): Promise<Peer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-stack-'));
  const file = (name: string): string => path.join(folder, name);
  writeFileSync(file('rows'), logRows(plan));
  writeFileSync(file('shifts'), phaseShifts(plan));
  const numbers = [plan.cellCount, 2 * plan.sensorCount, plan.pooledCount, plan.times.count].map(
    String,
  );
  const script = fileURLToPath(new URL('peer.py', import.meta.url));
  const child = spawn(ensurePeers(), [script, file('rows'), file('shifts'), ...numbers], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, unknown>> => {
    const line = await lines.next();
    if (line.done) throw new Error('the peer ended');
    return JSON.parse(line.value) as Record<string, unknown>;
  };
  const { pyrocko } = await next();
  return {
    version: `pyrocko ${String(pyrocko)}`,
    ask: async (command) => {
      child.stdin.write(`${command}\n`);
      return (await next()) as unknown as Timing;
    },
    check: async (times) => {
      child.stdin.write(`check ${file('best')}\n`);
      await next();
      const bytes = new Uint8Array(readFileSync(file('best'))).buffer;
      return {
        best: new Float32Array(bytes, 0, times),
        cell: new Int32Array(bytes, 4 * times, times),
        cellSensorSamples: 0,
      };
    },
    end: () => {
      child.stdin.end();
      rmSync(folder, { recursive: true });
    },
  };
}
