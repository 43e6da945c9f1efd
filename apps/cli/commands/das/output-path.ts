/** Names of files that commands about fibre recordings write. @module */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { makeOutFolder } from '../../out-folder.js';
import { InvalidInputError } from '../../../../core/errors.js';

/** Formats that `das convert` writes. */
export const TARGETS = ['arrow', 'prodml', 'miniseed', 'zarr'] as const;
export type Target = (typeof TARGETS)[number];

export const EXTENSIONS: Readonly<Record<Target, string>> = {
  arrow: '.arrow',
  prodml: '.prodml.h5',
  miniseed: '.mseed',
  zarr: '.zarr',
};

/**
 * `out` for a single file, a name in the folder `out` for several, beside the file without `out`.
 * Throws InvalidInputError when the result would be the file itself, or takes the place of what is
 * no file, such as a device.
 */
export async function outputPath(input: {
  readonly file: string;
  readonly out: string | undefined;
  readonly isOne: boolean;
  readonly extension: string;
}): Promise<string> {
  const { file, out, isOne, extension } = input;
  const name = path.basename(file).replace(/\.[^.]+$/, '') + extension;
  let result = path.join(path.dirname(file), name);
  if (out !== undefined) {
    const isFolder =
      !isOne || /[/\\]$/.test(out) || ((await stat(out).catch(() => null))?.isDirectory() ?? false);
    // A Zarr store is a folder itself.
    const inside = isFolder && !(isOne && out.endsWith(extension));
    if (inside) await makeOutFolder(out);
    result = inside ? path.join(out, name) : out;
  }
  const there = await stat(result).catch(() => null);
  const isReplaceable = there === null || there.isFile() || there.isDirectory();
  if (isReplaceable && path.resolve(result) !== path.resolve(file)) return result;
  throw new InvalidInputError({
    what: '--out',
    reason: `${result} is ${isReplaceable ? 'the file that is read' : 'no file'}`,
    remedy: 'choose another name',
  });
}
