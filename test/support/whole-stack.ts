/**
 * Programs of Quakeloom as a person starts them, each on a temporary home folder of its own. In: a
 * script and its arguments; out: its process, what it printed, and what of it is left.
 * @module
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runningStack } from '../../apps/embedded/addresses.js';
import { HOME_MARK, readChildRecords } from '../../apps/embedded/children.js';
import { homePaths } from '../../apps/embedded/home.js';
import { isAlive, type ProcessIdentity } from '../../apps/embedded/process-identity.js';
import { until } from '../../apps/demo/wait.js';
import { samplePath } from './sample-data.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Ports of the stacks of this process. Not the defaults, which a stack beside the tests would take
 * in the instant in which a killed process does not listen, nor ports of outgoing connections.
 */
const FIRST_PORT = 20_000 + 10 * (process.pid % 1000);
const PORTS = Object.fromEntries(
  ['API', 'MQTT', 'GATEWAY', 'TEMPORAL', 'TEMPORAL_UI', 'POSTGRES'].map((name, i) => [
    `QUAKELOOM_${name}_PORT`,
    String(FIRST_PORT + i),
  ]),
);

export interface TemporaryHome {
  readonly home: string;
  readonly remove: () => void;
}

/** A home folder for a test, readable for PostgreSQL's user; `remove` ends what still runs on it. */
export function temporaryHome(name: string): TemporaryHome {
  const home = mkdtempSync(path.join(tmpdir(), `quakeloom-${name}-`));
  chmodSync(home, 0o755);
  return {
    home,
    remove: () => {
      for (const { pid } of processesOf(home)) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended by itself.
        }
      }
      rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/** A started program. */
export interface Program {
  readonly pid: number;
  /** Everything it has printed so far. */
  output(): string;
  /** Of that, what went to standard output. */
  stdout(): string;
  /** Resolves once it has ended: its exit code, or 128 + signal number as a shell would say. */
  readonly ended: Promise<number>;
  signal(name: NodeJS.Signals): void;
}

/** Starts `node --import tsx <script>` on a home folder; one stack of a test file at a time. */
export function startProgram(input: {
  readonly home: string;
  /** Relative to the project. */
  readonly script: string;
  readonly args?: readonly string[];
}): Program {
  const child = spawn(process.execPath, ['--import', 'tsx', input.script, ...(input.args ?? [])], {
    cwd: ROOT,
    env: environment(input.home),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 1)));
  });
  return {
    pid: child.pid ?? -1,
    output: () => output,
    stdout: () => stdout,
    ended,
    signal: (name) => void child.kill(name),
  };
}

/** The settings of a test: its own home and the sample data, nothing else from outside. */
function environment(home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(QUAKELOOM_|TEMPORAL_|VITEST|NODE_OPTIONS)/.test(name) &&
      !['DATABASE_URL', 'MQTT_URL', 'OBJECT_STORE_URL', 'NODE_ENV'].includes(name),
  );
  return {
    ...Object.fromEntries(kept),
    ...PORTS,
    QUAKELOOM_HOME: home,
    QUAKELOOM_DATA: samplePath('.'),
    // One thread leaves the other core to the servers on a small machine.
    QUAKELOOM_COMPUTE_THREADS: '1',
  };
}

/** Waits until the stack on a home folder answers; fails at once when its program ended. */
export async function stackIsUp(home: string, program: Program): Promise<void> {
  let code: number | null = null;
  void program.ended.then((value) => (code = value));
  const started = await until({
    what: 'the stack',
    timeoutS: 120,
    ask: async () => (code !== null || runningStack(home) !== null ? true : null),
  });
  if (code !== null || !started)
    throw new Error(`the program ended (${code}):\n${program.output()}`);
}

/** The process that a stack runs under a name, if one lives. */
export function childOf(home: string, name: string): ProcessIdentity | null {
  const records = readChildRecords(homePaths(home).run);
  return records.find((record) => record.name === name && isAlive(record)) ?? null;
}

/** Kills a child of a stack with -9 and waits until another process has taken its place. */
export async function killChild(home: string, name: string): Promise<void> {
  const victim = childOf(home, name);
  if (!victim) throw new Error(`${name} does not run`);
  process.kill(victim.pid, 'SIGKILL');
  await until({
    what: `${name} after its death`,
    timeoutS: 60,
    ask: async () => {
      const next = childOf(home, name);
      return next && next.pid !== victim.pid ? true : null;
    },
  });
}

/** Living processes that a stack on this home folder has started, and theirs. Linux only. */
export function processesOf(home: string): { readonly pid: number; readonly command: string }[] {
  const marks = [`${HOME_MARK}=${home}`, `QUAKELOOM_HOME=${home}`];
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (!marks.some((mark) => variables.includes(mark))) return [];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      // A zombie has no command line any more.
      return command === '' ? [] : [{ pid, command }];
    } catch {
      return [];
    }
  });
}
