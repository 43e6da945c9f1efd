/**
 * The stack by a fused compute kernel under WebGPU: moved-out rows are never written, only the best
 * cell at each time comes back.
 * @module
 */
import { UnavailableError } from '../../core/errors.js';
import { SHADER, STACK_SHADER } from './stack-shader.js';
import { stackResult, type StackPlan, type StackResult } from './stack.js';

/** Bytes of terms, and of what chunks found, at once; every device binds at least 128 MiB. */
const MOST_BYTES = 64 * 2 ** 20;
/** Workgroups along one axis that every device takes. */
const MOST_CHUNKS = 65_535;
const TERM_BYTES = 8;
const PAIR_BYTES = 8;
const LEAST_KEY = -(2 ** 31);
/** GPUBufferUsage, which Dawn does not make global by itself. */
const USAGE = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;
const MAP_READ = 1;

/** A compiled kernel on a device. */
export interface WebGpuStack {
  readonly run: (plan: StackPlan) => Promise<StackResult>;
}

/** Compiles the kernel for a device. Rejects with UnavailableError when the device refuses it. */
export async function webGpuStack(device: GPUDevice): Promise<WebGpuStack> {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code: STACK_SHADER });
  const entry = (type: GPUBufferBindingType, binding: number): GPUBindGroupLayoutEntry => ({
    binding,
    visibility: 4,
    buffer: { type },
  });
  const layout = device.createBindGroupLayout({
    entries: (
      [
        'uniform',
        'read-only-storage',
        'read-only-storage',
        'read-only-storage',
        'storage',
        'storage',
      ] as const
    ).map(entry),
  });
  const pipeline = (entryPoint: string): GPUComputePipeline =>
    device.createComputePipeline({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint },
    });
  const passes = [pipeline('stackChunk'), pipeline('mergeChunks')] as const;
  await throwRefusal(device, 'the stack kernel');
  return { run: (plan) => runStackWebGpu({ device, layout, passes, plan }) };
}

async function runStackWebGpu(input: {
  readonly device: GPUDevice;
  readonly layout: GPUBindGroupLayout;
  readonly passes: readonly [GPUComputePipeline, GPUComputePipeline];
  readonly plan: StackPlan;
}): Promise<StackResult> {
  const { device, layout, plan } = input;
  const { sensorCount, cellCount } = plan;
  const count = plan.times.count;
  if (cellCount === 0 || sensorCount === 0 || count === 0) {
    return stackResult(plan, new Int32Array(count));
  }
  device.pushErrorScope('validation');
  device.pushErrorScope('out-of-memory');
  const made: GPUBuffer[] = [];
  const buffer = (size: number, usage: number): GPUBuffer => {
    const one = device.createBuffer({ size: Math.ceil(size / 16) * 16, usage });
    made.push(one);
    return one;
  };
  const filled = (data: ArrayBufferView<ArrayBuffer>, usage: number): GPUBuffer => {
    const one = buffer(data.byteLength, usage | USAGE.copyTarget);
    device.queue.writeBuffer(one, 0, data);
    return one;
  };
  try {
    const span = SHADER.threads * SHADER.perThread;
    const blocks = Math.ceil(count / span);
    const stride = plan.pooledCount + span;
    const rows = filled(paddedRows(plan, stride), USAGE.storage);
    const start = new Int32Array(2 * count);
    for (let k = 0; k < count; k++) start[2 * k] = LEAST_KEY;
    const best = filled(start, USAGE.storage | USAGE.copySource);
    const perRun = cellsPerRun(sensorCount, count);
    for (let from = 0; from < cellCount; from += perRun) {
      const to = Math.min(cellCount, from + perRun);
      const chunks = Math.ceil((to - from) / SHADER.chunkCells);
      const { group: perFold, start: exponent } = plan.fold;
      const shape = [count, to - from, 2 * sensorCount, perFold, from, chunks, exponent, 0];
      const resources = [
        filled(Uint32Array.from(shape), USAGE.uniform),
        rows,
        filled(packedTerms(plan, stride, from, to), USAGE.storage),
        filled(packedWeights(plan, from, to), USAGE.storage),
        buffer(PAIR_BYTES * chunks * count, USAGE.storage),
        best,
      ];
      const group = device.createBindGroup({
        layout,
        entries: resources.map((one, binding) => ({ binding, resource: { buffer: one } })),
      });
      const encoder = device.createCommandEncoder();
      const [stack, merge] = input.passes;
      for (const [pipeline, x, y] of [
        [stack, blocks, chunks],
        [merge, Math.ceil(count / SHADER.threads), 1],
      ] as const) {
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(x, y);
        pass.end();
      }
      device.queue.submit([encoder.finish()]);
    }
    const answer = buffer(PAIR_BYTES * count, USAGE.mapRead | USAGE.copyTarget);
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(best, 0, answer, 0, PAIR_BYTES * count);
    device.queue.submit([encoder.finish()]);
    await throwRefusal(device, 'memory of the stack');
    await throwRefusal(device, 'a pass of the stack');
    await answer.mapAsync(MAP_READ);
    const pairs = new Int32Array(answer.getMappedRange());
    const cell = Int32Array.from({ length: count }, (_, k) => pairs[2 * k + 1] as number);
    return stackResult(plan, cell);
  } finally {
    for (const one of made) one.destroy();
  }
}

function cellsPerRun(sensorCount: number, times: number): number {
  const chunks = Math.min(MOST_CHUNKS, Math.floor(MOST_BYTES / (PAIR_BYTES * times)));
  const cells = Math.floor(MOST_BYTES / (2 * TERM_BYTES * sensorCount));
  return Math.max(1, Math.min(cells, chunks * SHADER.chunkCells));
}

/** Rows with room for a whole workgroup beyond every shift. */
function paddedRows(plan: StackPlan, stride: number): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(plan.sensorCount * stride);
  for (let s = 0; s < plan.sensorCount; s++) {
    const row = plan.excess.subarray(s * plan.pooledCount, (s + 1) * plan.pooledCount);
    rows.set(row, s * stride);
  }
  return rows;
}

/** (offset in the rows, 1 / w as bits) of P and S, [cell, sensor, phase]. */
function packedTerms(
  plan: StackPlan,
  stride: number,
  from: number,
  to: number,
): Uint32Array<ArrayBuffer> {
  const { sensorCount, shiftP, shiftS, weightP, weightS } = plan;
  const terms = new Uint32Array(4 * (to - from) * sensorCount);
  const floats = new Float32Array(terms.buffer);
  let k = 0;
  for (let c = from; c < to; c++) {
    for (let s = 0; s < sensorCount; s++) {
      const i = c * sensorCount + s;
      terms[k] = s * stride + (shiftP[i] as number);
      floats[k + 1] = 1 / (weightP[i] as number);
      terms[k + 2] = s * stride + (shiftS[i] as number);
      floats[k + 3] = 1 / (weightS[i] as number);
      k += 4;
    }
  }
  return terms;
}

function packedWeights(plan: StackPlan, from: number, to: number): Int32Array<ArrayBuffer> {
  const packed = new Int32Array(2 * (to - from));
  const floats = new Float32Array(packed.buffer);
  for (let c = from; c < to; c++) {
    packed[2 * (c - from)] = plan.fold.wholes[c] as number;
    floats[2 * (c - from) + 1] = plan.fold.rests[c] as number;
  }
  return packed;
}

async function throwRefusal(device: GPUDevice, what: string): Promise<void> {
  const error = await device.popErrorScope();
  if (!error) return;
  throw new UnavailableError({
    what: `${what} on WebGPU`,
    reason: error.message.split('\n')[0] ?? 'the device refuses it',
    remedy: 'set QUAKELOOM_BACKEND=tensorflow-cpu to compute without the GPU',
    retryable: false,
  });
}
