/** Sintela binary files built byte by byte after the layout. @module */

export interface SintelaFile {
  readonly packets: number;
  readonly samples: number;
  readonly channels: number;
  readonly rateHz: number;
  readonly spacingM: number;
  readonly startChannel: number;
  readonly channelStep: number;
  readonly dataType: number;
  readonly startNs: bigint;
  /** Start of a packet other than the regular one, ns. */
  readonly startOf?: (packet: number) => bigint;
  readonly value: (time: number, channel: number) => number;
}

/** A sound file; tests change what they need. */
export const SINTELA: SintelaFile = {
  packets: 4,
  samples: 25,
  channels: 7,
  rateHz: 100,
  spacingM: 1.5,
  startChannel: 40,
  channelStep: 2,
  dataType: 4,
  startNs: 1_700_000_000_123_456_789n,
  value: (time, channel) => Math.fround(Math.sin(time) * 3 + channel),
};

/** The file's bytes. */
export function sintelaBytes(file: SintelaFile): Buffer {
  const { packets, samples, channels } = file;
  return Buffer.concat(
    Array.from({ length: packets }, (_, p) => {
      const bytes = Buffer.alloc(96 + samples * channels * 4);
      [0x11223344, 96, 3].forEach((word, i) => bytes.writeUInt32LE(word, i * 4));
      bytes.writeBigUInt64LE(BigInt(p * samples), 12);
      const regular = file.startNs + BigInt(Math.round((p * samples * 1e9) / file.rateHz));
      bytes.writeBigUInt64LE(file.startOf?.(p) ?? regular, 20);
      bytes.writeUInt32LE(channels, 28);
      bytes.writeUInt32LE(samples, 32);
      [file.rateHz, file.spacingM, 10].forEach((value, i) => bytes.writeFloatLE(value, 36 + i * 4));
      bytes.writeUInt32LE(file.startChannel, 52);
      bytes.writeUInt32LE(file.channelStep, 56);
      bytes.writeUInt8(file.dataType, 76);
      for (let t = 0; t < samples; t++) {
        for (let c = 0; c < channels; c++) {
          bytes.writeFloatLE(file.value(p * samples + t, c), 96 + (t * channels + c) * 4);
        }
      }
      return bytes;
    }),
  );
}
