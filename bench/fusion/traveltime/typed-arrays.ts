/** The kernel of models/kernels/assembly/sweep.ts on TypedArrays, to tell what the kernel saves. @module */

const FAR = 1e30;

/** One round of eight sweeps; arguments as in the kernel, arrays in place of addresses. */
export function roundOnArrays(input: {
  readonly time: Float64Array;
  readonly tau: Float64Array;
  readonly slowness: Float64Array;
  readonly active: Uint8Array;
  readonly nodes: readonly [number, number, number];
  readonly stepKm: readonly [number, number, number];
  readonly source: readonly [number, number, number];
  readonly sourceSlowness: number;
  readonly order: 1 | 2;
  readonly tolerance: number;
}): number {
  const { time, tau, slowness, active, sourceSlowness, order, tolerance } = input;
  const [nx, ny, nz] = input.nodes;
  const [hx, hy, hz] = input.stepKm;
  const [sx, sy, sz] = input.source;
  const strides = [ny * nz, nz, 1] as const;
  const rise = new Float64Array(3);
  const base = new Float64Array(3);
  const way = new Float64Array(3);
  const least = new Float64Array(3);

  const look = (
    a: number,
    at: number,
    index: number,
    count: number,
    h: number,
    slope: number,
    t0: number,
  ): void => {
    const stride = strides[a] as number;
    const low = index > 0 ? (time[at - stride] as number) : FAR;
    const high = index + 1 < count ? (time[at + stride] as number) : FAR;
    const side = low <= high ? -1 : 1;
    const first = low <= high ? low : high;
    least[a] = first;
    if (first >= FAR) return;
    way[a] = -side;
    const near = at + side * stride;
    const scale = (-side * t0) / h;
    const beyond = index + 2 * side;
    if (
      order === 2 &&
      beyond >= 0 &&
      beyond < count &&
      (time[near + side * stride] as number) <= first
    ) {
      rise[a] = slope + 1.5 * scale;
      base[a] = scale * (0.5 * (tau[near + side * stride] as number) - 2 * (tau[near] as number));
      return;
    }
    rise[a] = slope + scale;
    base[a] = -scale * (tau[near] as number);
  };

  const solve = (s: number): number => {
    let mask = 0;
    for (let a = 0; a < 3; a++) if ((least[a] as number) < FAR) mask |= 1 << a;
    for (;;) {
      if (mask === 1 || mask === 2 || mask === 4) {
        const a = mask >> 1;
        return ((way[a] as number) * s - (base[a] as number)) / (rise[a] as number);
      }
      let [p, q, r] = [0, 0, -s * s];
      for (let a = 0; a < 3; a++) {
        if (!(mask & (1 << a))) continue;
        const [m, n] = [rise[a] as number, base[a] as number];
        p += m * m;
        q += m * n;
        r += n * n;
      }
      const root = q * q - p * r;
      let worst = -1;
      let latest = -1;
      let isDownwind = root >= 0;
      const value = isDownwind ? (Math.sqrt(root) - q) / p : 0;
      for (let a = 0; a < 3; a++) {
        if (!(mask & (1 << a))) continue;
        if ((way[a] as number) * ((rise[a] as number) * value + (base[a] as number)) < 0) {
          isDownwind = false;
        }
        if ((least[a] as number) > latest) {
          latest = least[a] as number;
          worst = a;
        }
      }
      if (isDownwind) return value;
      mask &= ~(1 << worst);
    }
  };

  const wake = (at: number, index: number, count: number, stride: number, since: number): void => {
    for (let d = 1; d <= 2; d++) {
      if (index >= d) rouse(at - d * stride, since);
      if (index + d < count) rouse(at + d * stride, since);
    }
  };
  const rouse = (at: number, since: number): void => {
    if (active[at] === 0 && (time[at] as number) > since) active[at] = 1;
  };

  let moved = 0;
  for (let direction = 0; direction < 8; direction++) {
    for (let a = 0; a < nx; a++) {
      const i = direction & 1 ? nx - 1 - a : a;
      const dx = i * hx - sx;
      for (let b = 0; b < ny; b++) {
        const j = direction & 2 ? ny - 1 - b : b;
        const dy = j * hy - sy;
        const row = (i * ny + j) * nz;
        for (let c = 0; c < nz; c++) {
          const k = direction & 4 ? nz - 1 - c : c;
          const at = row + k;
          if (active[at] !== 1) continue;
          active[at] = 0;
          const dz = k * hz - sz;
          const r = Math.sqrt(dx * dx + dy * dy + dz * dz);
          const t0 = sourceSlowness * r;
          const g = sourceSlowness / r;
          look(0, at, i, nx, hx, g * dx, t0);
          look(1, at, j, ny, hy, g * dy, t0);
          look(2, at, k, nz, hz, g * dz, t0);
          if (
            (least[0] as number) >= FAR &&
            (least[1] as number) >= FAR &&
            (least[2] as number) >= FAR
          )
            continue;
          const value = solve(slowness[at] as number);
          const t = value * t0;
          const before = time[at] as number;
          const size = Math.abs(before - t);
          if (size <= tolerance || (order === 1 && t > before)) continue;
          time[at] = t;
          tau[at] = value;
          if (size > moved) moved = size;
          const since = t < before ? t : before;
          wake(at, i, nx, strides[0], since);
          wake(at, j, ny, strides[1], since);
          wake(at, k, nz, 1, since);
        }
      }
    }
  }
  return moved;
}
