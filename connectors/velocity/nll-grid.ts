/**
 * NonLinLoc velocity grids: `<root>.hdr` and `<root>.buf` of P, and of S where it is there, in;
 * velocities on a grid out.
 * @module
 */
import { createHash } from 'node:crypto';
import { access, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { CorruptSourceError, UnavailableError, UnsupportedSourceError } from '../../core/errors.js';
import type { VelocityGrid } from '../../core/velocity-grid.js';
import { parseGridHeader, type GridHeader } from './grid-header.js';
import { velocitiesOf } from './grid-values.js';

/** Vp / Vs where there is no grid of S. */
const DEFAULT_VP_VS = 1.73;
/** A header is a few lines. */
const MAX_HEADER_BYTES = 65_536;

/** True for a name that `readNllGrid` takes. */
export function isNllGridName(name: string): boolean {
  return /\.(hdr|buf)$/i.test(name);
}

/**
 * Reads `<root>.P.mod.hdr` (or its `.buf`) and the grid of S beside it (`.P.` replaced by `.S.`; without
 * it Vs = Vp / 1.73). The header's first line is `nx ny nz x y z dx dy dz TYPE [FLOAT|DOUBLE]`, a line
 * `TRANSFORM` names the projection; the buffer has nx ny nz values, z fastest (NonLinLoc GridLib.c).
 * Types: VELOCITY, VELOCITY_METERS, SLOWNESS, SLOW_LEN, VEL2, SLOW2, SLOW2_METERS. Other byte order is
 * recognised. Throws UnavailableError, CorruptSourceError naming line or node, UnsupportedSourceError.
 */
export async function readNllGrid(input: { readonly path: string }): Promise<VelocityGrid> {
  const root = input.path.replace(/\.(hdr|buf)$/i, '');
  const p = await readOne(root);
  const other = path.join(path.dirname(root), path.basename(root).replace(/\.P\./, '.S.'));
  const hasS = other !== root && (await exists(`${other}.hdr`));
  const s = hasS ? await readOne(other) : null;
  if (s) checkSame(root, p.header, other, s.header);
  const vsKmS = s?.velocity ?? p.velocity.map((v) => v / DEFAULT_VP_VS);
  if (s) checkSlower(other, p.velocity, vsKmS, p.header);
  const hash = createHash('sha256').update(p.hash);
  return {
    name: path.basename(input.path),
    shape: p.header.shape,
    projection: p.header.projection,
    vpKmS: p.velocity,
    vsKmS,
    sha256: hash.update(s?.hash ?? `vp/vs ${DEFAULT_VP_VS}`).digest('hex'),
    notes: s ? [] : [`${path.basename(root)}: no grid of S beside it, Vs is Vp / ${DEFAULT_VP_VS}`],
  };
}

interface OneGrid {
  readonly header: GridHeader;
  readonly velocity: Float32Array<ArrayBuffer>;
  readonly hash: string;
}

async function readOne(root: string): Promise<OneGrid> {
  const headerFile = `${root}.hdr`;
  const text = (await bytesOf(headerFile, MAX_HEADER_BYTES)).toString('latin1');
  const header = parseGridHeader({ source: headerFile, text });
  const values = header.shape.nodes[0] * header.shape.nodes[1] * header.shape.nodes[2];
  const need = values * header.valueBytes;
  const file = `${root}.buf`;
  // The limit before the read: the header already bounds it.
  const bytes = await bytesOf(file, need);
  if (bytes.length < need) {
    throw new CorruptSourceError({
      source: file,
      at: `byte ${bytes.length}`,
      reason: `it ends there; the header tells of ${values} values, ${need} bytes`,
    });
  }
  return {
    header,
    velocity: velocitiesOf({ source: file, header, bytes }),
    hash: createHash('sha256').update(text).update(bytes).digest('hex'),
  };
}

/** The file, which must not be longer than `limit`. */
async function bytesOf(file: string, limit: number): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > limit) {
      throw new CorruptSourceError({
        source: file,
        at: `byte ${limit}`,
        reason: `it goes on to byte ${size}, where ${limit} bytes are the most that belong there`,
      });
    }
    const handle = await open(file, 'r');
    try {
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof CorruptSourceError) throw cause;
    throw new UnavailableError({
      what: file,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'give a NonLinLoc grid: <root>.hdr with <root>.buf beside it',
      retryable: false,
      cause,
    });
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function checkSame(p: string, a: GridHeader, s: string, b: GridHeader): void {
  const places = (header: GridHeader): string => JSON.stringify([header.shape, header.projection]);
  if (places(a) === places(b)) return;
  throw new UnsupportedSourceError({
    source: `${s}.hdr`,
    reason: `its nodes or projection are not those of ${p}.hdr`,
    remedy: 'make the grids of P and S on the same nodes',
  });
}

function checkSlower(
  root: string,
  p: Float32Array,
  s: Float32Array,
  { shape: { nodes } }: GridHeader,
): void {
  const i = s.findIndex((value, k) => !(value < (p[k] as number)));
  if (i < 0) return;
  const [, ny, nz] = nodes;
  throw new CorruptSourceError({
    source: `${root}.buf`,
    at: `node x ${Math.floor(i / (ny * nz))}, y ${Math.floor(i / nz) % ny}, z ${i % nz} (from 0)`,
    reason: `S of ${String(s[i])} km/s is not slower than P of ${String(p[i])} km/s`,
  });
}
