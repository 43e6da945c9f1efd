/** Types of the set-up's parts, for the tests, which are TypeScript; the set-up itself is plain. */

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly show?: boolean;
  readonly timeoutMs?: number;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type RunProgram = (
  file: string,
  args: readonly string[],
  options?: RunOptions,
) => Promise<RunResult>;

export interface Reporter {
  readonly isTty: boolean;
  line(text: string): void;
  progress(state: { label: string; done: number; total: number }): void;
}

export interface SetupContext {
  readonly root: string;
  readonly cache: string;
  readonly stateDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: string;
  readonly arch: string;
  readonly nodeVersion: string;
  readonly fetch: typeof globalThis.fetch;
  readonly run: RunProgram;
  readonly reporter: Reporter;
}

export interface ToolResult {
  readonly path: string;
  readonly version: string | null;
  readonly from: string;
  readonly flavour?: string;
}

export interface StepOutcome {
  readonly name?: string;
  readonly title?: string;
  readonly ready: boolean;
  readonly result?: ToolResult | null;
  readonly detail?: string;
  readonly reason?: string;
  readonly remedy?: string;
  readonly note?: string;
  readonly isDegraded?: boolean;
  readonly seconds?: number;
}

export interface Step {
  readonly name: string;
  readonly title: string;
  inspect(context: SetupContext): Promise<StepOutcome>;
  install(context: SetupContext): Promise<StepOutcome>;
}
