/**
 * Chooses what stacks. On a GPU the fused kernel, through WebGPU; TensorFlow.js where a CUDA GPU is
 * not shown to WebGPU. On a CPU the SIMD kernel; TensorFlow.js where that is not compiled. All give the
 * same cells but where two are equal within rounding (see `StackResult`).
 * @module
 */
import { UnavailableError } from '../../core/errors.js';
import { openGpuDevice } from '../backend/webgpu.js';
import { hasStackKernel, runStackSimd } from './stack-simd.js';
import { runStack, type TensorFlow } from './stack-tensor.js';
import { webGpuStack } from './stack-webgpu.js';
import type { StackPlan, StackResult } from './stack.js';

/** A loaded tensor library with its name (`BackendName`). */
export interface StackBackend {
  readonly tf: TensorFlow;
  readonly name: string;
}

/** Something that stacks. */
export interface StackEngine {
  /** `webgpu-kernel`, `simd-kernel`, or the name of the tensor backend. */
  readonly name: string;
  readonly run: (plan: StackPlan) => Promise<StackResult>;
}

const engines = new WeakMap<TensorFlow, Promise<StackEngine>>();

/**
 * The engine of this thread that goes with a backend (a CPU that was asked for stays one); later
 * calls get the same one. A software adapter is taken only when the backend is WebGPU already,
 * because somebody asked for it.
 */
export function stackEngine(backend: StackBackend): Promise<StackEngine> {
  let engine = engines.get(backend.tf);
  if (!engine) {
    engine = chooseEngine(backend);
    engines.set(backend.tf, engine);
  }
  return engine;
}

/** The stack by TensorFlow.js. */
export function tensorEngine(backend: StackBackend): StackEngine {
  return { name: backend.name, run: (plan) => runStack(backend.tf, plan) };
}

/** The stack by the SIMD kernel. */
export const simdEngine: StackEngine = {
  name: 'simd-kernel',
  run: (plan) => Promise.resolve(runStackSimd(plan)),
};

async function chooseEngine(backend: StackBackend): Promise<StackEngine> {
  if (backend.name === 'webgpu' || backend.name === 'tensorflow-cuda') {
    const gpu = await gpuEngine(backend.name === 'webgpu');
    return gpu ?? tensorEngine(backend);
  }
  return hasStackKernel() ? simdEngine : tensorEngine(backend);
}

async function gpuEngine(allowSoftware: boolean): Promise<StackEngine | null> {
  const opened = await openGpuDevice({ allowSoftware });
  if (!opened.ok) return null;
  try {
    const stack = await webGpuStack(opened.device);
    return { name: 'webgpu-kernel', run: stack.run };
  } catch (error) {
    if (error instanceof UnavailableError) return null;
    throw error;
  }
}
