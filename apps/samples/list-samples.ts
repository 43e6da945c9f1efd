/** What sample data there is, and where each set would come from now. @module */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { isIntact, isSealed } from './cached-file.js';
import { SAMPLE_SETS } from './registry.js';
import { createSourceResolver, defaultSampleCache } from './resolve.js';
import type { SampleSet } from './sample-set.js';

/** The first place that would be asked and has the set, or might have it. */
export type SampleOrigin = 'mirror' | 'cache' | 'package' | 'public address' | 'nowhere';

export interface SampleListing {
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  readonly citation: string;
  readonly origin: SampleOrigin;
  /** The folder of the mirror or cache, the package, or the first public address; else empty. */
  readonly from: string;
  /** To be downloaded when not here yet: the archive for a package, the files otherwise. */
  readonly bytes: number;
}

/** All sets. Looks only at this machine: nothing is asked over the network. */
export async function listSamples(input: {
  dataDir?: string | undefined;
  cacheDir?: string | undefined;
}): Promise<SampleListing[]> {
  const cacheDir = input.cacheDir ?? defaultSampleCache();
  return Promise.all(
    SAMPLE_SETS.map(async (set) => {
      const { name, title, licence, citation } = set;
      const { origin, from } = await originOf({ set, dataDir: input.dataDir, cacheDir });
      const bytes =
        origin === 'package' && set.package
          ? set.package.bytes
          : set.files.reduce((sum, file) => sum + file.bytes, 0);
      return { name, title, licence, citation, origin, from, bytes };
    }),
  );
}

/** Brings a set here and gives its path. Errors of createSourceResolver. */
export async function getSample(input: {
  name: string;
  dataDir?: string | undefined;
  cacheDir?: string | undefined;
  onProgress?: (note: string) => void;
}): Promise<string> {
  const resolve = createSourceResolver({ dataDir: input.dataDir, cacheDir: input.cacheDir });
  return resolve({
    uri: `dataset:${input.name}`,
    ...(input.onProgress ? { onProgress: input.onProgress } : {}),
  });
}

async function originOf(input: {
  set: SampleSet;
  dataDir: string | undefined;
  cacheDir: string;
}): Promise<{ origin: SampleOrigin; from: string }> {
  const { set, dataDir, cacheDir } = input;
  if (dataDir !== undefined) {
    const mirror = path.resolve(dataDir, set.mirror);
    const files = set.files.map((file) =>
      set.isSingleFile
        ? mirror
        : path.resolve(dataDir, file.mirrorPath ?? path.join(set.mirror, file.path)),
    );
    if ((await Promise.all(files.map(exists))).every(Boolean)) {
      return { origin: 'mirror', from: mirror };
    }
  }
  const folder = path.join(cacheDir, set.name);
  const cached = await Promise.all(
    set.files.map((file) => {
      const target = path.join(folder, file.path);
      return set.conversion
        ? isSealed(target)
        : isIntact({ file: target, sha256: file.sha256, gzip: file.gzip });
    }),
  );
  if (cached.every(Boolean)) return { origin: 'cache', from: folder };
  if (set.package) return { origin: 'package', from: set.package.requirement };
  const urls = set.files.map((file) => file.urls?.[0]);
  if (urls.every((url) => url !== undefined)) {
    return { origin: 'public address', from: urls[0] as string };
  }
  return { origin: 'nowhere', from: '' };
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
