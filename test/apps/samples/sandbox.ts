/** Folders, sets and a file server for the tests of sample data. @module */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SampleFile, SampleSet } from '../../../apps/samples/sample-set.js';

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A folder that the test removes with `remove`. */
export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'samples-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function writeAt(file: string, content: string | Uint8Array): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** A set of small files, each at `<base>/<path>` when it has a public address. */
export function testSet(input: {
  contents: Readonly<Record<string, string>>;
  base?: string;
  changes?: Partial<SampleSet>;
  fileChanges?: Readonly<Record<string, Partial<SampleFile>>>;
}): SampleSet {
  return {
    name: 'test-set',
    title: 'a set',
    licence: 'CC0-1.0',
    citation: 'nobody',
    mirror: 'place/set',
    isSingleFile: false,
    files: Object.entries(input.contents).map(([name, content]) => ({
      path: name,
      bytes: Buffer.byteLength(content),
      sha256: sha256(content),
      ...(input.base === undefined ? {} : { urls: [`${input.base}${name}`] }),
      ...input.fileChanges?.[name],
    })),
    ...input.changes,
  };
}

/** A server on this machine; `requests` lists path and range of each. */
export async function fileServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ base: string; requests: string[]; close: () => Promise<void> }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push([request.url, request.headers.range].filter(Boolean).join(' '));
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}/`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
