/**
 * The files a command is about, and how it goes through them: one bad file does not stop the rest.
 * @module
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Option, type Command } from 'commander';
import type { ReadRequest } from '../../../../core/connector.js';
import { describeError, InvalidInputError, isQuakeError } from '../../../../core/errors.js';
import { withDasRecording, type OpenRecording } from '../../../../connectors/das/open-recording.js';
import { listSourceFiles } from '../../../../connectors/source-file.js';
import type { Output } from '../../output.js';
import { errorJson, toJson, type ErrorJson } from './json.js';

/** Options that every command about fibre files takes. */
export interface FileOptions {
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly option?: ReadRequest['options'];
}

/** Adds FILE..., --json, --strict and --option. */
export function fileCommand(parent: Command, name: string, description: string): Command {
  return (
    parent
      .command(name)
      .description(description)
      // Not required here: options that take two values may swallow the files that follow.
      .argument('[file...]', 'files, folders or patterns with * and ?')
      .option('--json', 'print JSON')
      .option('--strict', 'refuse a file whose header contradicts itself')
      .addOption(
        new Option('-o, --option <name=value>', 'reader option, such as unit=rad or rawIndex=1')
          .argParser(collectOption)
          .default({}, 'none'),
      )
  );
}

function collectOption(text: string, before: unknown): ReadRequest['options'] {
  const cut = text.indexOf('=');
  if (cut < 1) {
    throw new InvalidInputError({
      what: `option '${text}'`,
      reason: 'no name and value',
      remedy: 'write it like unit=rad',
    });
  }
  return { ...(before as ReadRequest['options']), [text.slice(0, cut)]: text.slice(cut + 1) };
}

/** Options of the reader. */
export function readerOptions(options: FileOptions): ReadRequest['options'] {
  return { ...options.option, ...(options.strict ? { strict: true } : {}) };
}

/**
 * Files named by paths, folders (every file below, dot files left out) and patterns in the last part
 * of a path. A name that is not there stays, so that its file's error names it.
 */
export async function expandFiles(names: readonly string[]): Promise<string[]> {
  if (names.length === 0) {
    throw new InvalidInputError({
      what: 'arguments',
      reason: 'no file is named',
      remedy: 'name files, folders or patterns',
    });
  }
  const found: string[] = [];
  for (const name of names) found.push(...(await filesOf(name)));
  if (found.length === 0) {
    throw new InvalidInputError({
      what: 'arguments',
      reason: `no file lies in ${names.join(', ')}`,
      remedy: 'name files, folders with files, or patterns',
    });
  }
  return [...new Set(found)];
}

async function filesOf(name: string): Promise<string[]> {
  const here = await stat(name).catch(() => null);
  if (here?.isDirectory()) {
    const inside = await listSourceFiles({ path: name });
    // A folder that is one recording (a Zarr store) is named as it was typed, like a file.
    return inside.length === 1 && inside[0] === path.resolve(name) ? [name] : inside;
  }
  if (here !== null || !/[*?]/.test(path.basename(name))) return [name];
  const folder = path.dirname(name);
  const escaped = path.basename(name).replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`^${escaped.replace(/\*/g, '.*').replace(/\?/g, '.')}$`);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const matching = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .filter((entry) => pattern.test(entry))
    .sort();
  return matching.length > 0 ? matching.map((entry) => path.join(folder, entry)) : [name];
}

/** What a command found out about one file. */
export type FileOutcome<Result> =
  ({ readonly file: string } & Result) | { readonly file: string; readonly error: ErrorJson };

/**
 * Runs `work` on every file. With `json` prints an object for a single FILE argument that is a file,
 * else a list; a bad file is `{file, error}` in it. Without, prints `text` of each. Throws at the end
 * when a file failed, so that the exit code says so.
 */
export async function forEachFile<Result extends object>(
  input: {
    readonly names: readonly string[];
    readonly options: FileOptions;
    readonly output: Output;
    /** What people see of one file. */
    readonly text: (result: Result, file: string) => string;
  },
  work: (open: OpenRecording) => Promise<Result>,
): Promise<void> {
  const { names, options, output } = input;
  const files = await expandFiles(names);
  const isOne = files.length === 1 && files[0] === names[0];
  const outcomes: FileOutcome<Result>[] = [];
  const errors: unknown[] = [];
  for (const file of files) {
    try {
      const request = { path: file, options: readerOptions(options) };
      const result = await withDasRecording(request, work);
      outcomes.push({ file, ...result });
      if (!options.json) output.write(input.text(result, file));
    } catch (error) {
      errors.push(error);
      outcomes.push({ file, error: errorJson(error) });
      if (!isOne) output.error(describeError(error));
    }
  }
  if (options.json) output.write(`${toJson(isOne ? outcomes[0] : outcomes)}\n`);
  if (isOne && errors.length > 0) throw errors[0];
  // An option that no file can be read with is the caller's mistake, not the files'.
  const isMisuse = (error: unknown): boolean =>
    isQuakeError(error) && error._tag === 'InvalidInput';
  if (errors.length === files.length && errors.every(isMisuse)) throw errors[0];
  if (errors.length > 0) throw new Error(`${errors.length} of ${files.length} files failed`);
}
