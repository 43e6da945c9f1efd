/** `quakeloom bench`: runs the benchmark of the fused posterior and writes its report. @module */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Argument, type Command } from 'commander';
import { UnavailableError } from '../../../core/errors.js';
import { makeOutFolder } from '../out-folder.js';
import { print, type Output } from '../output.js';

interface BenchOptions {
  readonly out: string;
  readonly peers: boolean;
  readonly reportOnly?: boolean;
  readonly json?: boolean;
}

/** Shortest first, so that a report is soon worth reading. */
const PARTS = ['a', 'locate', 'dense', 'b', 'italy', 'salton'] as const;
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export function addBenchCommand(program: Command, output: Output): void {
  program
    .command('bench')
    .description('measure the fused posterior beside its peers: one HTML report, one JSON')
    .addArgument(new Argument('[parts...]', 'what to run; all when left out').choices(PARTS))
    .option('--out <dir>', 'folder for report.html, report.json and the parts', 'bench-report')
    .option('--no-peers', 'run ours alone; the report says that peers were not run')
    .option('--report-only', 'write the report from parts measured before')
    .option('--json', 'print the report as JSON')
    .action(async (parts: readonly string[], options: BenchOptions) => {
      const out = path.resolve(options.out);
      const results = path.join(out, 'parts');
      await makeOutFolder(results);
      const wanted = options.reportOnly ? [] : parts.length > 0 ? parts : PARTS;
      const failed: string[] = [];
      for (const part of wanted) {
        output.error(`${part} ...`);
        const systems = options.peers ? 'pyocto,gamma,real' : 'none';
        // A process for each: memory and CPU seconds are its own, and one failure leaves the rest.
        const { code, errors } = await run('bench/fusion/run.ts', [part, systems, results]);
        if (code !== 0) failed.push(`${part}: ${errors}`);
      }
      for (const line of failed) output.error(`not measured: ${line}`);
      const written = await run('bench/fusion/report/write.ts', [results, out]);
      if (written.code !== 0) {
        throw new UnavailableError({
          what: 'benchmark report',
          reason: written.errors,
          remedy: 'run it from a checkout, where bench/ is',
          retryable: false,
        });
      }
      const text = await readFile(path.join(out, 'report.json'), 'utf8');
      const report = JSON.parse(text) as { readonly parts: readonly unknown[] };
      print(
        output,
        options.json,
        report,
        `Wrote ${path.join(out, 'report.html')} and report.json.\n`,
      );
      if (failed.length > 0 || report.parts.length === 0) {
        throw new UnavailableError({
          what: failed.length > 0 ? `${failed.length} of ${wanted.length} parts` : 'benchmark',
          reason: failed.length > 0 ? 'they were not measured' : `no part is in ${results}`,
          remedy: 'name the folder of the data sets in QUAKELOOM_DATA, and run the missing parts',
          retryable: false,
        });
      }
    });
}

/** Runs a TypeScript program of the checkout; gives its exit code and its last line of complaint. */
function run(program: string, args: readonly string[]): Promise<{ code: number; errors: string }> {
  const loader = pathToFileURL(path.join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', loader, path.join(ROOT, program), ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TSX_TSCONFIG_PATH: path.join(ROOT, 'tsconfig.json') },
    });
    let errors = '';
    child.stderr.on(
      'data',
      (part: Buffer) => (errors = `${errors}${part.toString()}`.slice(-4000)),
    );
    child.on('error', (error) => resolve({ code: 1, errors: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, errors: complaint(errors) }));
  });
}

/** The line that names the error, or the last one. */
function complaint(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (
    lines.find((line) => /Error: /.test(line)) ??
    lines.at(-1) ??
    'it failed without a word'
  ).trim();
}
