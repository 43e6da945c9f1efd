/**
 * Factored fast sweeping of the eikonal equation |grad T| = s in three dimensions. The field is
 * T = s0 R tau: s0 R is the time in a medium of the source's slowness, tau is smooth at the source
 * (Fomel, Luo & Zhao 2009, J. Comput. Phys. 228, 6440-6455). Upwind differences of tau, of second
 * order where the two upwind nodes are in order of time. Nodes that cannot change are skipped (locking:
 * Bak, McLaughlin & Renzi 2010, SIAM J. Sci. Comput. 32, 2853-2874).
 *
 * Arrays are [x][y][z], z fastest: `time`, `tau` and `slowness` float64, `active` uint8
 * (0: rests, 1: to be visited, 2: fixed). The caller lays out the memory and fixes the nodes about
 * the source; other nodes begin at 1e30.
 * @module
 */

const FAR: f64 = 1e30;
/** What `look` finds along an axis: derivative = rise x tau + base, its sign, time of the neighbour. */
let rise: f64 = 0;
let base: f64 = 0;
let way: f64 = 0;
let least: f64 = FAR;

/**
 * One round of eight sweeps of order 1 or 2. Steps in km; the source at (sx, sy, sz) in km from
 * the first node; `sourceSlowness` s/km. Times that move by no more than `tolerance` s wake nobody;
 * with `across` those wake too that may look across the source at a later node. Returns the largest move of a time, s.
 */
export function round(
  time: usize,
  tau: usize,
  slowness: usize,
  active: usize,
  nx: i32,
  ny: i32,
  nz: i32,
  hx: f64,
  hy: f64,
  hz: f64,
  sx: f64,
  sy: f64,
  sz: f64,
  sourceSlowness: f64,
  order: i32,
  tolerance: f64,
  across: i32,
): f64 {
  let moved: f64 = 0;
  const strideX = ny * nz;
  for (let direction = 0; direction < 8; direction++) {
    const backX = (direction & 1) != 0;
    const backY = (direction & 2) != 0;
    const backZ = (direction & 4) != 0;
    for (let a = 0; a < nx; a++) {
      const i = backX ? nx - 1 - a : a;
      const dx = <f64>i * hx - sx;
      for (let b = 0; b < ny; b++) {
        const j = backY ? ny - 1 - b : b;
        const dy = <f64>j * hy - sy;
        const row = (i * ny + j) * nz;
        for (let c = 0; c < nz; c++) {
          const k = backZ ? nz - 1 - c : c;
          const at = row + k;
          if (load<u8>(active + <usize>at) != 1) continue;
          store<u8>(active + <usize>at, 0);
          const dz = <f64>k * hz - sz;
          const r = Math.sqrt(dx * dx + dy * dy + dz * dz);
          const t0 = sourceSlowness * r;
          const g = sourceSlowness / r;
          look(time, tau, at, i, nx, strideX, hx, g * dx, t0, order);
          const riseX = rise;
          const baseX = base;
          const wayX = way;
          const leastX = least;
          look(time, tau, at, j, ny, nz, hy, g * dy, t0, order);
          const riseY = rise;
          const baseY = base;
          const wayY = way;
          const leastY = least;
          look(time, tau, at, k, nz, 1, hz, g * dz, t0, order);
          // Nothing upwind is known yet: whoever comes first wakes this node.
          if (leastX >= FAR && leastY >= FAR && least >= FAR) continue;
          const s = load<f64>(slowness + (<usize>at << 3));
          const value = solve(s, riseX, baseX, wayX, leastX, riseY, baseY, wayY, leastY);
          const t = value * t0;
          const before = load<f64>(time + (<usize>at << 3));
          const change = before - t;
          // First order falls monotonically; second order may also rise towards its solution.
          const size = Math.abs(change);
          if (size <= tolerance || (order == 1 && change < 0)) continue;
          store<f64>(time + (<usize>at << 3), t);
          store<f64>(tau + (<usize>at << 3), value);
          if (size > moved) moved = size;
          const since = t < before ? t : before;
          wake(time, active, at, i, nx, strideX, since, across != 0 ? sx / hx : -FAR);
          wake(time, active, at, j, ny, nz, since, across != 0 ? sy / hy : -FAR);
          wake(time, active, at, k, nz, 1, since, across != 0 ? sz / hz : -FAR);
        }
      }
    }
  }
  return moved;
}

/**
 * Rouses the resting neighbours along an axis that are later than `since`: only they look back here,
 * and those within a step of the source along the axis (it lies at `source` steps, -FAR: not wanted),
 * which may look across it at a later neighbour.
 */
function wake(
  time: usize,
  active: usize,
  at: i32,
  index: i32,
  count: i32,
  stride: i32,
  since: f64,
  source: f64,
): void {
  for (let d = 1; d <= 2; d++) {
    if (index >= d) rouse(time, active, at - d * stride, sinceAt(index - d, source, since));
    if (index + d < count) rouse(time, active, at + d * stride, sinceAt(index + d, source, since));
  }
}

function sinceAt(index: i32, source: f64, since: f64): f64 {
  return Math.abs(<f64>index - source) < 1 ? -FAR : since;
}

function rouse(time: usize, active: usize, at: i32, since: f64): void {
  const flag = active + <usize>at;
  if (load<u8>(flag) == 0 && load<f64>(time + (<usize>at << 3)) > since) store<u8>(flag, 1);
}

/** Upwind difference along an axis. `slope` is the derivative of `t0` = s0 R along it. */
function look(
  time: usize,
  tau: usize,
  at: i32,
  index: i32,
  count: i32,
  stride: i32,
  h: f64,
  slope: f64,
  t0: f64,
  order: i32,
): void {
  const low = index > 0 ? load<f64>(time + (<usize>(at - stride) << 3)) : FAR;
  const high = index + 1 < count ? load<f64>(time + (<usize>(at + stride) << 3)) : FAR;
  const side = low <= high ? -1 : 1;
  least = low <= high ? low : high;
  if (least >= FAR) return;
  way = <f64>-side;
  const near = at + side * stride;
  const value = load<f64>(tau + (<usize>near << 3));
  const scale = (way * t0) / h;
  const beyond = index + 2 * side;
  if (order == 2 && beyond >= 0 && beyond < count) {
    const far = near + side * stride;
    if (load<f64>(time + (<usize>far << 3)) <= least) {
      rise = slope + 1.5 * scale;
      base = scale * (0.5 * load<f64>(tau + (<usize>far << 3)) - 2 * value);
      return;
    }
  }
  rise = slope + scale;
  base = -scale * value;
}

/**
 * tau of a node from its axes (the third is in the globals): the largest set of axes, the latest
 * neighbours left out first, whose derivatives all point downwind.
 */
function solve(
  s: f64,
  riseX: f64,
  baseX: f64,
  wayX: f64,
  leastX: f64,
  riseY: f64,
  baseY: f64,
  wayY: f64,
  leastY: f64,
): f64 {
  let hasX = leastX < FAR;
  let hasY = leastY < FAR;
  let hasZ = least < FAR;
  while (true) {
    const count = i32(hasX) + i32(hasY) + i32(hasZ);
    if (count == 1) {
      if (hasX) return (wayX * s - baseX) / riseX;
      if (hasY) return (wayY * s - baseY) / riseY;
      return (way * s - base) / rise;
    }
    let a: f64 = 0;
    let b: f64 = 0;
    let c: f64 = -s * s;
    if (hasX) {
      a += riseX * riseX;
      b += riseX * baseX;
      c += baseX * baseX;
    }
    if (hasY) {
      a += riseY * riseY;
      b += riseY * baseY;
      c += baseY * baseY;
    }
    if (hasZ) {
      a += rise * rise;
      b += rise * base;
      c += base * base;
    }
    const root = b * b - a * c;
    if (root >= 0) {
      const value = (Math.sqrt(root) - b) / a;
      if (
        (!hasX || wayX * (riseX * value + baseX) >= 0) &&
        (!hasY || wayY * (riseY * value + baseY) >= 0) &&
        (!hasZ || way * (rise * value + base) >= 0)
      ) {
        return value;
      }
    }
    const x = hasX ? leastX : -1;
    const y = hasY ? leastY : -1;
    const z = hasZ ? least : -1;
    if (x >= y && x >= z) hasX = false;
    else if (y >= z) hasY = false;
    else hasZ = false;
  }
}
