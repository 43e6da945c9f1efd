/**
 * Loads h5wasm, once a thread, with the compression filters of h5wasm-plugins.
 *
 * Its build is one JavaScript file of 4 MB that needs no translation, but a TypeScript loader hook
 * (tsx) rewrites it on every start: seconds and hundreds of megabytes in each worker thread. A hook
 * registered later is asked first, so this one hands these files to Node as they are.
 *
 * A trap inside WebAssembly leaves the library's memory in an unknown state, and its heap never
 * shrinks. Such an instance is given up and the next file gets a new one.
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

/** A heap that grew beyond this is given back by giving up the instance. */
const MAX_HEAP_BYTES = 1024 * 1024 * 1024;

/** An instance of the library and how many files are open in it. */
export interface H5Instance {
  readonly h5: typeof H5wasm;
  /** What `h5.ready` gave. */
  readonly module: H5Module;
  readonly users: { count: number };
}

export type H5Module = Awaited<typeof H5wasm.ready>;

const broken = new WeakSet<object>();
let current: Promise<H5Instance> | null = null;
let generation = 0;

/** The module, ready for use. */
export async function loadH5wasm(): Promise<typeof H5wasm> {
  return (await sound()).h5;
}

/** An instance to open a file in; give it back with `releaseH5wasm`. */
export async function acquireH5wasm(): Promise<H5Instance> {
  const instance = await sound();
  instance.users.count += 1;
  return instance;
}

/** Gives an instance back; the last user of a broken one frees its memory. */
export function releaseH5wasm(instance: H5Instance): void {
  const { module, users } = instance;
  users.count -= 1;
  if (module.HEAPU8.length > MAX_HEAP_BYTES) markBroken(module);
  if (users.count === 0 && broken.has(module)) dispose(instance);
}

/** The next file is opened in a new instance. */
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

async function sound(): Promise<H5Instance> {
  for (;;) {
    const loaded = (current ??= load());
    const instance = await loaded;
    if (!broken.has(instance.module)) return instance;
    // Another caller may have replaced it while this one waited.
    if (current === loaded) current = null;
    if (instance.users.count === 0) dispose(instance);
  }
}

/** The loader keeps a module for ever; without its properties it keeps no memory of the library. */
function dispose(instance: H5Instance): void {
  if (!('FS' in instance.module)) return;
  for (const part of [instance.module.FS, instance.module] as object[]) {
    for (const name of Object.getOwnPropertyNames(part)) Reflect.deleteProperty(part, name);
  }
}

async function load(): Promise<H5Instance> {
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
  return { h5, module, users: { count: 0 } };
}
