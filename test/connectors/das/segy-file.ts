/** A small SEG-Y revision 2 file built byte by byte after the standard. @module */

/** Six traces of 30 IBM floats, big-endian. */
export function segyBytes(): Buffer {
  const traces = 6;
  const samples = 30;
  const stride = 240 + samples * 4;
  const bytes = Buffer.alloc(3600 + traces * stride);
  bytes.fill(0x40, 0, 3200);
  bytes[0] = 0xc3;
  bytes.writeUInt16BE(2000, 3216);
  bytes.writeUInt16BE(samples, 3220);
  bytes.writeUInt16BE(1, 3224);
  bytes.writeUInt32BE(0x01020304, 3296);
  bytes.writeUInt8(2, 3500);
  bytes.writeUInt16BE(1, 3502);
  for (let i = 0; i < traces; i++) {
    const at = 3600 + i * stride;
    bytes.writeUInt16BE(samples, at + 114);
    bytes.writeUInt16BE(2000, at + 116);
    [2021, 100, 3, 4, 5, 4].forEach((value, k) => bytes.writeUInt16BE(value, at + 156 + 2 * k));
    bytes.writeInt32BE(i * 10, at + 80);
    for (let t = 0; t < samples; t++) bytes.writeUInt32BE(0x41100000 + t * 999, at + 240 + t * 4);
  }
  return bytes;
}
