// What is known of one stream while it is inflated, at fixed addresses: up to 65,536 they belong to the tables.

/** Tables of the two lanes: literals and lengths by 11 bits, distances by 8, with room for longer codes. */
export const TABLES: usize = 16;
export const LANE: usize = 26_112;
export const DISTANCE_TABLE: usize = 17_408;
export const LANES: usize = 57_344;
/** Fields of a lane. */
export const FROM: usize = 0;
export const BIT: usize = 4;
export const BITS: usize = 8;
export const TO: usize = 12;
export const OUT: usize = 16;
export const LIMIT: usize = 20;
export const LAST: usize = 24;
export const OPEN: usize = 28;
export const LANE_FIELDS: usize = 64;

/** At least 57 bits from bit `bit` on. */
// @ts-ignore: decorator of AssemblyScript
@inline export function word(from: usize, bit: u32): u64 {
  return load<u64>(from + (bit >> 3)) >> (bit & 7);
}
