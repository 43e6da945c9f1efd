/** A small Silixa TDMS file built byte by byte after NI's description. @module */

/** Two segments of four int16 channels, in chunks of 50 samples. */
export function tdmsBytes(): Buffer {
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    return bytes;
  };
  const u64 = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    return bytes;
  };
  const text = (value: string): Buffer => Buffer.concat([u32(value.length), Buffer.from(value)]);
  const real = (name: string, value: number): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return Buffer.concat([text(name), u32(10), bytes]);
  };
  const properties = [
    real('SamplingFrequency[Hz]', 1000),
    real('SpatialResolution[m]', 1),
    real('Fibre Length Multiplier', 1.02),
    real('Start Distance (m)', -12),
    real('GaugeLength', 10),
    Buffer.concat([text('GPSTimeStamp'), u32(0x44), u64(0n), u64(3_642_136_730n)]),
    Buffer.concat([text('Acoustic Output'), u32(0x20), text('Differential')]),
  ];
  const channels = [0, 1, 2, 3].map((c) =>
    Buffer.concat([text(`/'Measurement'/'${c}'`), u32(20), u32(2), u32(1), u64(50n), u32(0)]),
  );
  const metadata = Buffer.concat([
    u32(5),
    text('/'),
    u32(0xffffffff),
    u32(properties.length),
    ...properties,
    ...channels,
  ]);
  const segment = (toc: number, meta: Buffer, samples: number): Buffer => {
    const data = Buffer.alloc(samples * 4 * 2);
    for (let i = 0; i < samples * 4; i++) data.writeInt16LE((i * 37) % 3000, i * 2);
    const lead = [u64(BigInt(meta.length + data.length)), u64(BigInt(meta.length))];
    return Buffer.concat([Buffer.from('TDSm'), u32(toc), u32(4713), ...lead, meta, data]);
  };
  return Buffer.concat([segment(0x0e, metadata, 120), segment(0x08, Buffer.alloc(0), 60)]);
}
