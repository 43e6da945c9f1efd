/**
 * TensorFlow.js on WebGPU, which Dawn (npm `webgpu`) brings to Node through Vulkan, Metal or D3D12.
 * In: whether a software adapter will do; out: the tensor library computing there, or a bare device for
 * kernels of our own.
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import { failed, requirePackage, requireTensorFlow } from './attempt.js';
import type { Attempt } from './attempt.js';

/** An adapter of Dawn, or why there is none. */
type Adapter =
  | {
      readonly ok: true;
      readonly gpu: GPU;
      readonly adapter: GPUAdapter;
      readonly label: string;
    }
  | { readonly ok: false; readonly reason: string };

/** A device for kernels of our own, or why there is none. */
export type GpuDevice =
  | { readonly ok: true; readonly device: GPUDevice; readonly label: string }
  | { readonly ok: false; readonly reason: string };

/** Devices die with the instance of Dawn that made them. */
const kept: unknown[] = [];

/** Tries WebGPU. Software adapters (SwiftShader, llvmpipe) are slower than the native CPU library. */
export async function loadWebGpu(options: { readonly allowSoftware: boolean }): Promise<Attempt> {
  try {
    const found = await findAdapter(options);
    if (!found.ok) return found;
    exposeGpu(found.gpu);
    const tf = requireTensorFlow();
    requirePackage('@tensorflow/tfjs-backend-webgpu');
    if (!(await tf.setBackend('webgpu'))) return { ok: false, reason: 'it does not start' };
    const description = `TensorFlow.js ${tf.version_core} on WebGPU (${found.label})`;
    return { ok: true, tf, description };
  } catch (error) {
    return failed(error);
  }
}

/** Opens a device without TensorFlow.js. */
export async function openGpuDevice(options: {
  readonly allowSoftware: boolean;
}): Promise<GpuDevice> {
  try {
    const found = await findAdapter(options);
    if (!found.ok) return found;
    const device = await found.adapter.requestDevice();
    kept.push(found.gpu);
    return { ok: true, device, label: found.label };
  } catch (error) {
    return failed(error);
  }
}

async function findAdapter(options: { readonly allowSoftware: boolean }): Promise<Adapter> {
  // Dawn prints warnings of its own where no driver is, so it is not asked without a reason.
  if (!options.allowSoftware && !hasGpuDevice()) {
    return { ok: false, reason: 'this machine shows no GPU (/dev/dri, /dev/nvidia0, /dev/dxg)' };
  }
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return { ok: false, reason: 'Dawn finds no adapter (no Vulkan driver?)' };
  const { description, device, vendor } = adapter.info;
  const label = description || [vendor, device].filter(Boolean).join(' ');
  if (!options.allowSoftware && isSoftware(adapter.info)) {
    return { ok: false, reason: `its only adapter is software (${label})` };
  }
  return { ok: true, gpu, adapter, label };
}

/** False only where it is sure that no GPU driver is loaded: on Linux without device files. */
function hasGpuDevice(): boolean {
  if (process.platform !== 'linux') return true;
  const hasRenderNode =
    existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
  return hasRenderNode || existsSync('/dev/nvidia0') || existsSync('/dev/dxg');
}

/** Adapters that run on the CPU say so by the WebGPU flag or by their names. */
function isSoftware(info: GPUAdapterInfo): boolean {
  const text = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|software/i.test(text);
}

/** The backend asks the global navigator, which Node has from version 21, read-only. */
function exposeGpu(gpu: GPU): void {
  if (typeof navigator === 'undefined') {
    Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  } else {
    Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  }
}
