/**
 * Programs of a measurement. In: a script beside this file. Out: its lines of JSON. @module
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { GATEWAY_NODE_ARGS } from '../../../apps/gateway/node-args.js';

export interface Program {
  /** The next line it prints. */
  line<T>(): Promise<T>;
  /** Asks for a line by a line. */
  ask<T>(): Promise<T>;
  /** Ends its standard input and waits for its end. */
  end(): Promise<void>;
}

/** Starts a script; the gateway as in production. */
export function startProgram(
  script: string,
  args: readonly (string | number)[],
  nodeArgs: readonly string[] = [],
): Program {
  const file = path.join(import.meta.dirname, script);
  const own = script === 'gateway-process.ts' ? GATEWAY_NODE_ARGS : [];
  const child = spawn(
    process.execPath,
    [...own, ...nodeArgs, '--import', 'tsx', file, ...args.map(String)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async <T>(): Promise<T> => {
    const next = await lines.next();
    if (next.done) throw new Error(`${script} ended`);
    return JSON.parse(next.value) as T;
  };
  return {
    line,
    ask: async <T>() => {
      child.stdin.write('\n');
      return line<T>();
    },
    async end() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await gone;
    },
  };
}

/** What `gateway-process.ts` says of itself. */
export interface GatewaySample {
  readonly acknowledged: number;
  readonly sealed: number;
  readonly rejected: number;
  readonly shed: number;
  readonly backlogBytes: number;
  /** Since the gateway began to open its parts, s. */
  readonly sinceStartS: number;
  readonly cpuS: number;
  readonly threadsS: { readonly main: number; readonly sealing: number };
  readonly rssMiB: number;
}
