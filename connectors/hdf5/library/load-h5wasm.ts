/**
 * Loads h5wasm, once a thread, with the compression filters of h5wasm-plugins.
 *
 * Its build is one JavaScript file of 4 MB that needs no translation, but a TypeScript loader hook
 * (tsx) rewrites it on every start: seconds and hundreds of megabytes in each worker thread. A hook
 * registered later is asked first, so this one hands these files to Node as they are.
 *
 * A trap inside WebAssembly leaves the library's memory in an unknown state: such an instance is
 * given up and the next caller gets a new one.
 * @module
 */
import * as nodeModule from 'node:module';
import path from 'node:path';
import type * as H5wasm from 'h5wasm/node';

const HOOK = `
import { readFile } from 'node:fs/promises';
export async function load(url, context, next) {
  const [file] = url.split('?');
  if (!/\\/h5wasm\\/dist\\/node\\/[a-z0-9_]+\\.js$/.test(file)) return next(url, context);
  return { format: 'module', source: await readFile(new URL(file)), shortCircuit: true };
}`;

/** What `h5.ready` gives. */
export type H5Module = Awaited<typeof H5wasm.ready>;

const broken = new WeakSet<object>();
let current: Promise<typeof H5wasm> | null = null;
let generation = 0;

/** The module, ready for use. */
export async function loadH5wasm(): Promise<typeof H5wasm> {
  const loaded = (current ??= load());
  const h5 = await loaded;
  if (!broken.has(await h5.ready)) return h5;
  // Another caller may have replaced it while this one waited.
  if (current === loaded) current = null;
  return loadH5wasm();
}

/** The next caller of `loadH5wasm` gets a new instance. */
export function markBroken(module: object): void {
  broken.add(module);
}

/** True after `markBroken`. */
export function isBroken(module: object): boolean {
  return broken.has(module);
}

/** Folder of the compression filters. */
export function filterFolder(): string {
  const { resolve } = nodeModule.createRequire(import.meta.url);
  return path.join(path.dirname(resolve('h5wasm-plugins/package.json')), 'plugins');
}

async function load(): Promise<typeof H5wasm> {
  if (generation === 0) {
    nodeModule.register(`data:text/javascript,${encodeURIComponent(HOOK)}`);
  }
  const url = import.meta.resolve('h5wasm/node');
  const query = generation === 0 ? '' : `?instance=${generation}`;
  generation += 1;
  const h5 = (await import(/* @vite-ignore */ `${url}${query}`)) as typeof H5wasm;
  const module = await h5.ready;
  // Filters come from the package alone: the default places may hold anything.
  module.insert_plugin_search_path(filterFolder(), 0);
  while (module.get_plugin_search_paths().length > 1) module.remove_plugin_search_path(1);
  return h5;
}
