/**
 * Loads h5wasm once a thread.
 *
 * Its build is one JavaScript file of 4 MB that needs no translation, but a TypeScript loader hook
 * (tsx) rewrites it on every start: seconds and hundreds of megabytes in each worker thread. A hook
 * registered later is asked first, so this one hands these files to Node as they are.
 * @module
 */
import * as nodeModule from 'node:module';
import type * as H5wasm from 'h5wasm/node';

const HOOK = `
import { readFile } from 'node:fs/promises';
export async function load(url, context, next) {
  const [file] = url.split('?');
  if (!/\\/h5wasm\\/dist\\/node\\/[a-z0-9_]+\\.js$/.test(file)) return next(url, context);
  return { format: 'module', source: await readFile(new URL(file)), shortCircuit: true };
}`;

let loading: Promise<typeof H5wasm> | null = null;

/** The module, ready for use. */
export async function loadH5wasm(): Promise<typeof H5wasm> {
  loading ??= load();
  return loading;
}

async function load(): Promise<typeof H5wasm> {
  nodeModule.register(`data:text/javascript,${encodeURIComponent(HOOK)}`);
  const h5wasm = await import('h5wasm/node');
  await h5wasm.ready;
  return h5wasm;
}
