// Blocked transpose of float32: packets come [time][channel], filters want [channel][time].

/** `from`: [rows][columns], `to`: [columns][rows], both contiguous. */
export function transpose(from: usize, to: usize, rows: i32, columns: i32): void {
  const a = <usize>columns << 2;
  const b = <usize>rows << 2;
  // 16 x 16 values: whole cache lines on both sides.
  for (let r0 = 0; r0 < rows; r0 += 16) {
    const r1 = min(r0 + 16, rows);
    for (let c0 = 0; c0 < columns; c0 += 16) {
      const c1 = min(c0 + 16, columns);
      if (r1 - r0 === 16 && c1 - c0 === 16) {
        for (let r = r0; r < r1; r += 4) {
          for (let c = c0; c < c1; c += 4) {
            square(
              from + <usize>r * a + (<usize>c << 2),
              a,
              to + <usize>c * b + (<usize>r << 2),
              b,
            );
          }
        }
      } else {
        for (let r = r0; r < r1; r++) {
          for (let c = c0; c < c1; c++) {
            store<f32>(
              to + <usize>c * b + (<usize>r << 2),
              load<f32>(from + <usize>r * a + (<usize>c << 2)),
            );
          }
        }
      }
    }
  }
}

// @ts-ignore: decorator of AssemblyScript
@inline function square(from: usize, a: usize, to: usize, b: usize): void {
  const p0 = v128.load(from);
  const p1 = v128.load(from + a);
  const p2 = v128.load(from + a * 2);
  const p3 = v128.load(from + a * 3);
  const lo01 = v128.shuffle<f32>(p0, p1, 0, 4, 1, 5);
  const lo23 = v128.shuffle<f32>(p2, p3, 0, 4, 1, 5);
  const hi01 = v128.shuffle<f32>(p0, p1, 2, 6, 3, 7);
  const hi23 = v128.shuffle<f32>(p2, p3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f64>(lo01, lo23, 0, 2));
  v128.store(to + b, v128.shuffle<f64>(lo01, lo23, 1, 3));
  v128.store(to + b * 2, v128.shuffle<f64>(hi01, hi23, 0, 2));
  v128.store(to + b * 3, v128.shuffle<f64>(hi01, hi23, 1, 3));
}
