// The checksum of zlib streams (RFC 1950 section 8.2), 16 bytes at a time.

/** Adler-32 of `length` bytes. */
export function adler32(from: usize, length: u32): u32 {
  let a: u32 = 1;
  let b: u32 = 0;
  let at = from;
  let left = length;
  const high = i16x8(16, 15, 14, 13, 12, 11, 10, 9);
  const low = i16x8(8, 7, 6, 5, 4, 3, 2, 1);
  while (left >= 16) {
    // So many bytes that no sum overflows.
    const words = min(left, 5536) >> 4;
    let sums = i32x4.splat(0);
    let before = i32x4.splat(0);
    let weighed = i32x4.splat(0);
    for (let i: u32 = 0; i < words; i++) {
      const bytes = v128.load(at);
      at += 16;
      before = i32x4.add(before, sums);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes)));
      weighed = i32x4.add(weighed, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(bytes), high));
      weighed = i32x4.add(weighed, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(bytes), low));
    }
    b = (b + a * (words << 4) + (sum(before) << 4) + sum(weighed)) % 65_521;
    a = (a + sum(sums)) % 65_521;
    left -= words << 4;
  }
  for (; left > 0; left--) {
    a += load<u8>(at++);
    b += a;
  }
  a %= 65_521;
  b %= 65_521;
  return (b << 16) | a;
}

// @ts-ignore: decorator of AssemblyScript
@inline function sum(x: v128): u32 {
  return (
    i32x4.extract_lane(x, 0) + i32x4.extract_lane(x, 1) + i32x4.extract_lane(x, 2) + i32x4.extract_lane(x, 3)
  );
}
