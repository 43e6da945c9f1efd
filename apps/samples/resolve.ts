/** Source URIs to local paths. @module */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UnavailableError } from '../../core/errors.js';

const MIRROR: Readonly<Record<string, string>> = {
  'mems-openeew-2018-02-16': 'mems-openeew/2018-02-16',
  'mexico-city-2018': 'insar/mexico-city-2018',
  'brady-2016': 'das/brady_eq_daspy_example_f32.h5',
  'napa-2014': 'felt/napa-nc72282711',
};

export function createSourceResolver(options: { dataDir?: string | undefined }) {
  return async (input: { uri: string }): Promise<string> => {
    if (input.uri.startsWith('file:')) return fileURLToPath(input.uri);
    const [name = '', ...rest] = input.uri.replace('dataset:', '').split('/');
    const full = path.resolve(options.dataDir ?? '', MIRROR[name] ?? 'none', ...rest);
    if (existsSync(full)) return full;
    throw new UnavailableError({
      what: input.uri,
      reason: 'not in the mirror',
      remedy: 'set QUAKELOOM_DATA',
      retryable: false,
    });
  };
}
