/**
 * Sintela binary files, version 3.
 * @module
 */
import { withBinaryFile, type BinaryFile } from '../../binary-file.js';
import { assumption, disagreement, note, type AuditEntry } from '../audit.js';
import { runsOfBlocks } from '../block-runs.js';
import type { DasFormat } from '../das-format.js';
import { readMatrix, samplesFromBytes } from '../matrix-file.js';
import type { DasOptions } from '../options.js';
import type { DasRecording, SampleArray, SampleBlock } from '../recording.js';
import {
  readSintelaPackets,
  SINTELA_HEADER_BYTES,
  SINTELA_SYNC,
  type SintelaPackets,
} from './sintela-packets.js';
import { storedConversion } from '../stored-conversion.js';

const FORMAT = 'das/sintela-binary';

/** Meaning of `data_type` and the unit of its values, as dascore and Sintela's header name them. */
const DATA_TYPES: Readonly<Record<number, readonly [name: string, unit: string]>> = {
  0: ['phase', 'rad'],
  1: ['phase difference', 'rad'],
  2: ['phase rate', 'rad/s'],
  3: ['strain', 'microstrain'],
  4: ['strain rate', 'microstrain/s'],
};

/** Reads packets of float32 [sample, channel]; see DasOptions for the options. */
export const sintelaFormat: DasFormat = {
  format: FORMAT,
  title: 'DAS, Sintela binary version 3',
  probe: ({ head }) => {
    if (head.length < 12) return Promise.resolve(0);
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    if (view.getUint32(0, true) !== SINTELA_SYNC) return Promise.resolve(0);
    const isOurs = view.getUint32(8, true) === 3 && view.getUint32(4, true) === 96;
    return Promise.resolve(isOurs ? 1 : 0.5);
  },
  withRecording: ({ file, options }, use) =>
    withBinaryFile(file, async (binary) => use(await sintelaRecording(binary, options))),
};

async function sintelaRecording(file: BinaryFile, options: DasOptions): Promise<DasRecording> {
  const packets = await readSintelaPackets(file);
  const { header, startsNs } = packets;
  const { channelCount, samplesPerPacket, rateHz } = header;
  const clock = runsOfBlocks({
    source: file.source,
    at: 'start_time_ns',
    rateHz,
    startsNs,
    counts: samplesPerPacket,
  });
  const [name, unit] = DATA_TYPES[header.dataType] ?? ['unknown', null];
  const gaugeLengthM =
    options.gaugeLengthM ?? (header.gaugeLengthM > 0 ? header.gaugeLengthM : null);
  const conversion = storedConversion({
    options,
    // A difference of phase is neither phase nor its rate: over what, the header does not say.
    unit: header.dataType === 1 ? null : unit,
    type: 'float32',
    rateHz: clock.runs[0]?.rateHz ?? rateHz,
    gaugeLengthM,
    refractiveIndex: null,
  });
  const step = header.channelStep === 0 ? 1 : header.channelStep;
  return {
    format: FORMAT,
    version: '3',
    layout: {
      timeCount: startsNs.length * samplesPerPacket,
      channelCount,
      timeAxis: 0,
      type: 'float32',
      chunks: null,
    },
    runs: clock.runs,
    conversion,
    storedUnit: unit,
    gaugeLengthM,
    firstChannel: header.startChannel,
    firstDistanceM: header.startChannel * header.baseSpacingM,
    spacingM: step * header.baseSpacingM,
    distancesM: null,
    facts: { dataType: name, packets: startsNs.length, gpsStatus: header.gpsStatus },
    audit: [...headerAudit(packets), ...clock.audit, ...conversion.audit],
    readBlock: (block) => readBlock(file, packets, block),
  };
}

function headerAudit(packets: SintelaPackets): AuditEntry[] {
  const { header, sampleNumbers, otherGpsStatus } = packets;
  const audit: AuditEntry[] = [];
  if (header.channelStep === 0) {
    const why = 'a step of no channel is none: every channel is taken for recorded';
    audit.push(assumption('channel-spacing', { channel_step: 0 }, 1, why));
  }
  if (!(header.gaugeLengthM > 0)) {
    const found = { gauge_length: String(header.gaugeLengthM) };
    audit.push(assumption('gauge-length', found, null, 'not a length: the gauge is unknown'));
  }
  if (DATA_TYPES[header.dataType] === undefined) {
    const found = { data_type: header.dataType };
    audit.push(assumption('units', found, null, 'the type is not known, nor is the unit'));
  }
  if (otherGpsStatus > 0) {
    const found = {
      'gps_status of packet 0': header.gpsStatus,
      'packets that differ': otherGpsStatus,
    };
    audit.push(note('clock-lock', found, null, 'the GPS status changes within the file'));
  }
  const step = BigInt(header.samplesPerPacket);
  for (let i = 1; i < sampleNumbers.length; i++) {
    const lost = (sampleNumbers[i] as bigint) - (sampleNumbers[i - 1] as bigint) - step;
    if (lost === 0n) continue;
    const found = { [`sample_count of packet ${i}`]: Number(sampleNumbers[i]) };
    const why = `the number of the sample is off by ${lost}; the start times decide on gaps`;
    audit.push(disagreement('gap', found, null, why));
    break;
  }
  return audit;
}

async function readBlock(
  file: BinaryFile,
  packets: SintelaPackets,
  block: SampleBlock,
): Promise<SampleArray> {
  const { samplesPerPacket, channelCount } = packets.header;
  const [from, to] = block.time;
  const width = block.channel[1] - block.channel[0];
  const out = new Float32Array((to - from) * width);
  for (let packet = Math.floor(from / samplesPerPacket); ; packet++) {
    const start = packet * samplesPerPacket;
    if (start >= to) return out;
    const rows: [number, number] = [
      Math.max(from, start) - start,
      Math.min(to, start + samplesPerPacket) - start,
    ];
    const bytes = await readMatrix(
      file,
      {
        offset: packet * packets.packetBytes + SINTELA_HEADER_BYTES,
        rowStride: channelCount * 4,
        bytesPerValue: 4,
        at: `packet ${packet} samples`,
      },
      { rows, columns: block.channel },
    );
    const values = samplesFromBytes(bytes, 'float32', true) as Float32Array;
    out.set(values, (start + rows[0] - from) * width);
  }
}
