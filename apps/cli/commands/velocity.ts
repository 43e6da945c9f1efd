/** Velocity models as the command line names them. @module */
import { readFile } from 'node:fs/promises';
import { isNllGridName, readNllGrid } from '../../../connectors/velocity/nll-grid.js';
import { InvalidInputError, UnavailableError } from '../../../core/errors.js';
import type { VelocityGrid } from '../../../core/velocity-grid.js';
import { layersOfGrid } from '../../../models/traveltime/grid-layers.js';
import { namedModel } from '../../../models/traveltime/named-model.js';
import { parseVelocity } from '../../../models/traveltime/parse-velocity.js';
import type { VelocityModel } from '../../../models/traveltime/velocity-model.js';

/** What `--velocity` takes, for help texts. */
export const VELOCITY_HELP =
  'iasp91, ak135, southern-california, central-us, constant:VP[:VP/VS], or a file: CSV depth,vp,vs, NonLinLoc LAYER, nd, tvel, or a NonLinLoc grid (.P.mod.hdr with .buf)';

/** Layers, or a grid whose times are swept. */
export type Velocity =
  | { readonly name: string; readonly layers: VelocityModel; readonly grid?: undefined }
  | { readonly name: string; readonly grid: VelocityGrid; readonly layers?: undefined };

/** A bundled model, a constant, a layered file or a NonLinLoc grid; undefined is iasp91. */
export async function velocityOf(name: string | undefined): Promise<Velocity> {
  if (name !== undefined && isNllGridName(name)) {
    const grid = await readNllGrid({ path: name });
    const layers = layersOfGrid(grid);
    return layers ? { name: layers.name, layers } : { name: grid.name, grid };
  }
  const layers = await bundledOrText(name);
  return { name: layers.name, layers };
}

/** The same where only layers will do. */
export async function layersOf(name: string | undefined): Promise<VelocityModel> {
  const { layers } = await velocityOf(name);
  if (layers) return layers;
  throw new InvalidInputError({
    what: '--velocity',
    reason: `${name ?? ''} is a three-dimensional grid`,
    remedy: 'give a layered model here; locate and associate take grids',
  });
}

async function bundledOrText(name = 'iasp91'): Promise<VelocityModel> {
  return namedModel(name) ?? parseVelocity({ name, text: await textOf(name) });
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
