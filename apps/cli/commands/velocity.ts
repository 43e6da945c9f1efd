/** Velocity models as the command line names them. @module */
import { readFile } from 'node:fs/promises';
import { InvalidInputError, UnavailableError } from '../../../core/errors.js';
import { parseVelocity } from '../../../models/traveltime/parse-velocity.js';
import {
  constantModel,
  earthModel,
  type VelocityModel,
} from '../../../models/traveltime/velocity-model.js';

const DEFAULT_VP_VS = 1.73;

/** `iasp91`, `ak135`, `constant:VP[:VP/VS]`, else a file; undefined is iasp91. */
export async function velocityOf(name: string | undefined): Promise<VelocityModel> {
  if (name === undefined || name === 'iasp91') return earthModel('iasp91');
  if (name === 'ak135') return earthModel('ak135');
  if (name.startsWith('constant:')) {
    const [vpKmS = Number.NaN, vpVs = DEFAULT_VP_VS] = name.slice(9).split(':').map(Number);
    if (vpKmS > 0 && vpVs > 1) return constantModel({ vpKmS, vpVs });
    throw new InvalidInputError({
      what: '--velocity',
      reason: `'${name}' is not constant:VP or constant:VP:VP/VS`,
      remedy: 'give km/s and a ratio over 1, for example constant:6:1.75',
    });
  }
  return parseVelocity({ name, text: await textOf(name) });
}

/** Text of a file that an option names. */
export async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UnavailableError({
      what: file,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'check that the file exists and can be read',
      retryable: false,
      cause,
    });
  });
}
