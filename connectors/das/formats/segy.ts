/**
 * SEG-Y files, revisions 0, 1, 2 and 2.1: one trace a channel.
 * @module
 */
import { isoToNs } from '../../../core/time.js';
import { withBinaryFile, type BinaryFile } from '../../binary-file.js';
import { assumption, disagreement, note, type AuditEntry } from '../audit.js';
import type { DasFormat } from '../das-format.js';
import { channelGeometry } from '../geometry/geometry-options.js';
import { readMatrix, sampleArray, transposed } from '../matrix-file.js';
import type { DasOptions } from '../options.js';
import type { DasRecording, SampleArray, SampleBlock } from '../recording.js';
import { segyClock } from './segy-clock.js';
import { readSegyFileHeader, segyByteOrder, type SegyFileHeader } from './segy-file-header.js';
import { segySamples } from './segy-samples.js';
import { readSegyTraces, type SegyTraces } from './segy-trace-headers.js';
import { storedConversion } from '../stored-conversion.js';

const FORMAT = 'das/segy';

/** Trace value measurement units (bytes 203-204 of the trace header). */
const UNITS: Readonly<Record<number, string>> = {
  1: 'Pa',
  2: 'V',
  3: 'mV',
  4: 'A',
  5: 'm',
  6: 'm/s',
  7: 'm/s^2',
  8: 'N',
  9: 'W',
};

/** Reads traces as channels; see DasOptions for the options. */
export const segyFormat: DasFormat = {
  format: FORMAT,
  title: 'DAS, SEG-Y revisions 0 to 2.1',
  probe: ({ head, bytes }) => Promise.resolve(probeSegy(head, bytes)),
  withRecording: ({ file, options }, use) =>
    withBinaryFile(file, async (binary) => use(await segyRecording(binary, options))),
};

/** The format has no magic: the binary header must make sense and a text header stand before it. */
function probeSegy(head: Uint8Array, bytes: number): number {
  if (head.length < 3600) return 0;
  const view = new DataView(head.buffer, head.byteOffset + 3200, 400);
  const order = segyByteOrder(view);
  if (order === null) return 0;
  const little = order === 'little';
  const minor = view.getUint8(301);
  const isHeader =
    view.getUint8(300) <= 2 &&
    (minor <= 3 || minor === 100) &&
    view.getUint16(302, little) <= 1 &&
    view.getInt16(304, little) >= -1;
  if (!isHeader) return 0;
  // Text headers are lines of 80 that begin with C, in EBCDIC or ASCII.
  const isText = head[0] === 0xc3 || head[0] === 0x43;
  const samples = view.getUint16(20, little);
  const size = [0, 4, 4, 2, 4, 4, 8, 3, 1, 8, 4, 2, 8, 0, 0, 3, 1][view.getUint16(24, little)] ?? 0;
  const isExact = samples > 0 && (bytes - 3600) % (240 + samples * size) === 0;
  return isText ? (isExact ? 0.95 : 0.8) : isExact ? 0.6 : 0;
}

async function segyRecording(file: BinaryFile, options: DasOptions): Promise<DasRecording> {
  const { source } = file;
  const header = await readSegyFileHeader(file);
  const traces = await readSegyTraces(file, header);
  const startNs = options.startTime === undefined ? null : isoToNs(options.startTime);
  const clock = segyClock({ source, traces, startNs });
  const { channelCount } = clock;
  const geometry = await channelGeometry({
    options,
    channelIds: Array.from({ length: channelCount }, (_, i) => String(i)),
    fileDistancesM: cumulative(traces, channelCount),
    fileWords: 'group coordinates (bytes 81-88)',
  });
  const unit = UNITS[traces.unitCode] ?? null;
  const rateHz = clock.runs[0]?.rateHz ?? 1e6 / traces.intervalUs;
  const gaugeLengthM = options.gaugeLengthM ?? null;
  const { type } = header.encoding;
  const conversion = storedConversion({
    options,
    unit,
    type,
    rateHz,
    gaugeLengthM,
    refractiveIndex: null,
  });
  return {
    format: FORMAT,
    version: header.revision,
    layout: {
      timeCount: (traces.count / channelCount) * traces.samplesPerTrace,
      channelCount,
      timeAxis: 0,
      type,
      chunks: null,
    },
    runs: clock.runs,
    conversion,
    storedUnit: unit,
    gaugeLengthM,
    firstChannel: 0,
    ...geometry.place,
    facts: {
      encoding: header.encoding.name,
      byteOrder: header.isLittleEndian ? 'little-endian' : 'big-endian',
      traces: traces.count,
    },
    audit: [...shapeAudit(header, traces), ...clock.audit, ...geometry.audit, ...conversion.audit],
    readBlock: (block) => readBlock(file, { header, traces, channelCount }, block),
  };
}

/** Distance along the line of receivers; null where all coordinates are the same or missing. */
function cumulative({ x, y }: SegyTraces, channelCount: number): Float64Array | null {
  const out = new Float64Array(channelCount);
  for (let i = 1; i < channelCount; i++) {
    const step = Math.hypot(
      (x[i] as number) - (x[i - 1] as number),
      (y[i] as number) - (y[i - 1] as number),
    );
    if (!(step > 0)) return null;
    out[i] = (out[i - 1] as number) + step;
  }
  return channelCount > 1 ? out : null;
}

function shapeAudit(header: SegyFileHeader, traces: SegyTraces): AuditEntry[] {
  const audit: AuditEntry[] = [];
  const { samplesPerTrace, intervalUs, stated } = traces;
  const samples = {
    'bytes 3221-3222 or 3269-3272': header.samplesPerTrace,
    'trace 0 bytes 115-116': stated.samples,
  };
  const isOther = (value: number, used: number): boolean => value !== 0 && value !== used;
  // 65535 samples are the most that a trace header can say.
  const isLong = samplesPerTrace > 0xffff;
  if (
    isOther(header.samplesPerTrace, samplesPerTrace) ||
    (!isLong && isOther(stated.samples, samplesPerTrace))
  ) {
    const why = 'only with this length do whole traces fill the file';
    audit.push(disagreement('shape', samples, samplesPerTrace, why));
  }
  if (stated.intervalUs !== 0 && Math.abs(stated.intervalUs - intervalUs) > 0.5) {
    const found = { 'file header, us': header.intervalUs, 'trace 0, us': stated.intervalUs };
    const why = 'the file header holds for all traces';
    audit.push(disagreement('sampling-interval', found, intervalUs, why));
  }
  if (traces.otherShapes > 0) {
    const found = { 'traces with another length or interval': traces.otherShapes };
    audit.push(disagreement('shape', found, samplesPerTrace, 'the traces lie at equal steps'));
  }
  if (header.extraTraceHeaders > 0) {
    const found = { 'bytes 3507-3508': header.extraTraceHeaders };
    audit.push(note('shape', found, null, 'further trace headers are skipped'));
  }
  if (header.revision === '0.0') {
    const why = 'the file does not say; fields of later revisions are not read';
    audit.push(assumption('shape', { 'bytes 3501-3502': 0 }, 'revision 0', why));
  }
  return audit;
}

async function readBlock(
  file: BinaryFile,
  content: { header: SegyFileHeader; traces: SegyTraces; channelCount: number },
  block: SampleBlock,
): Promise<SampleArray> {
  const { header, traces, channelCount } = content;
  const { encoding } = header;
  const [from, to] = block.time;
  const width = block.channel[1] - block.channel[0];
  const length = traces.samplesPerTrace;
  const out = sampleArray(encoding.type, (to - from) * width);
  for (let part = Math.floor(from / length); part * length < to; part++) {
    const start = part * length;
    const columns = [Math.max(from, start) - start, Math.min(to, start + length) - start] as const;
    const first = part * channelCount;
    const bytes = await readMatrix(
      file,
      {
        offset: header.firstTrace + first * traces.stride + traces.headerBytes,
        rowStride: traces.stride,
        bytesPerValue: encoding.bytes,
        at: `samples of traces from ${first + block.channel[0]}`,
      },
      { rows: block.channel, columns },
    );
    const values = segySamples(bytes, encoding, header.isLittleEndian);
    const inOrder = transposed(values, width, columns[1] - columns[0]);
    out.set(inOrder as never, (start + columns[0] - from) * width);
  }
  return out;
}
