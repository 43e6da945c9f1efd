/**
 * DASVader files: Julia's JLD2, which is HDF5 behind 512 bytes of its own, with object references
 * where Julia has references. `writejdl` deflates every array as one chunk. Layout: DASVader.jl
 * `src/filemanagement.jl` (structs `iDAS` and `attb`), dascore `io/dasvader`, JLD2 `src/datasets.jl`.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import { assumption, note, type AuditEntry } from '../audit.js';
import { uniformRun } from '../time-stamps.js';
import type { DasFormat } from '../das-format.js';
import type { DatasetStorage } from '../../hdf5/storage.js';
import { withHdf5, type Hdf5ByAddress, type Hdf5Reader, type Hdf5Record } from '../../hdf5/hdf5.js';
import { juliaRange, juliaTimeNs, type JuliaRange } from './julia-values.js';
import type { DasOptions } from '../options.js';
import { probeHdf5 } from '../../hdf5/probe.js';
import type { DasRecording } from '../recording.js';
import { storedConversion } from '../stored-conversion.js';
import { timeAxisOf } from '../time-axis.js';

const FORMAT = 'das/dasvader';
const ROOT = '/dDAS';
/** Name of the samples, by version, and the axis of time in HDF5's order (the reverse of Julia's). */
const SAMPLES = [
  { name: 'data', timeAxis: 1 },
  { name: 'strainrate', timeAxis: 0 },
] as const;
/** DASVader reads Febus files and plots what it holds as `StrainRate [nm/m/s]`. */
const UNIT = 'nanostrain/s';

/** Reads `dDAS`; see DasOptions for the options. */
export const dasvaderFormat: DasFormat = {
  format: FORMAT,
  title: 'DAS, DASVader (Julia JLD2)',
  probe: (file) =>
    probeHdf5(file, (reader) => {
      const fields = reader.children('/').includes('dDAS')
        ? reader.record(ROOT)?.fields
        : undefined;
      const hasAxes = ['time', 'htime', 'offset'].every((name) => fields?.has(name) === true);
      return hasAxes && SAMPLES.some(({ name }) => fields?.has(name) === true) ? 1 : 0;
    }),
  withRecording: ({ file, options }, use) =>
    withHdf5(file, (reader) => use(recordingOf(reader, options))),
};

function recordingOf(reader: Hdf5Reader, options: DasOptions): DasRecording {
  const { source, byAddress } = reader;
  const record = reader.record(ROOT);
  if (record === null || byAddress === null) {
    throw new CorruptSourceError({ source, at: ROOT, reason: 'no record of a DASVader file' });
  }
  const kind = SAMPLES.find(({ name }) => record.fields.has(name));
  if (kind === undefined) throw corrupt(source, 'data', 'missing');
  const audit: AuditEntry[] = [];
  const time = rangeOf(source, record, 'time');
  const offset = rangeOf(source, record, 'offset');
  const address = referenceOf(source, record, kind.name);
  const storage = byAddress.storage(address);
  if (storage === null) {
    throw new UnsupportedSourceError({
      source,
      reason: `${ROOT}.${kind.name} is stored in a layout or type that cannot be followed`,
      remedy: 'write the file without compression from Julia (jldsave(...; compress = false))',
    });
  }
  const found = timeAxisOf({
    source,
    at: `${ROOT}.${kind.name}`,
    shape: storage.shape,
    samples: [{ at: `${ROOT}.time`, length: time.length }],
    channels: [{ at: `${ROOT}.offset`, length: offset.length }],
    usual: kind.timeAxis,
  });
  const rateHz = 1 / time.step;
  const run = uniformRun({
    startNs: startOf(source, record, byAddress) + BigInt(Math.round(time.first * 1e9)),
    rateHz,
    sampleCount: storage.shape[found.timeAxis] as number,
  });
  if (options.unit === undefined) {
    const why = 'the file states no unit; DASVader writes what Febus gives: nanostrain/s';
    audit.push(assumption('units', { unit: null }, UNIT, why));
  }
  const gaugeLengthM = options.gaugeLengthM ?? gaugeOf(source, record, byAddress);
  if (gaugeLengthM === null && record.fields.has('atrib')) {
    const why = "no gauge length was found there; option 'gaugeLengthM' can state it";
    audit.push(note('gauge-length', { [`${ROOT}.atrib.GaugeLength`]: null }, null, why));
  }
  const conversion = storedConversion({
    options,
    unit: UNIT,
    type: storage.type,
    rateHz,
    gaugeLengthM,
    refractiveIndex: null,
  });
  return {
    format: FORMAT,
    version: null,
    ...samplesOf(byAddress, { address, storage, timeAxis: found.timeAxis }),
    runs: run,
    conversion,
    storedUnit: UNIT,
    gaugeLengthM,
    firstChannel: 0,
    firstDistanceM: offset.first,
    spacingM: offset.step,
    distancesM: null,
    facts: { dataset: `${ROOT}.${kind.name}` },
    audit: [...audit, ...found.audit, ...conversion.audit],
  };
}

function samplesOf(
  byAddress: Hdf5ByAddress,
  input: { address: number; storage: DatasetStorage; timeAxis: 0 | 1 },
): Pick<DasRecording, 'layout' | 'readBlock'> {
  const { address, storage, timeAxis } = input;
  const chunk = storage.layout.kind === 'chunked' ? storage.layout.chunk : null;
  return {
    layout: {
      timeCount: storage.shape[timeAxis] as number,
      channelCount: storage.shape[1 - timeAxis] as number,
      timeAxis,
      type: storage.type,
      chunks: chunk === null ? null : [chunk[0] as number, chunk[1] as number],
    },
    readBlock: ({ time, channel }) =>
      byAddress.read(address, timeAxis === 0 ? [time, channel] : [channel, time]),
  };
}

function rangeOf(source: string, record: Hdf5Record, name: string): JuliaRange {
  const field = record.fields.get(name);
  const range = field === undefined ? null : juliaRange(field);
  if (range === null || !(range.step > 0)) {
    throw corrupt(source, name, 'no ascending StepRangeLen of Float64');
  }
  return range;
}

function referenceOf(source: string, record: Hdf5Record, name: string): number {
  const field = record.fields.get(name);
  const address = field?.byteLength === 8 ? field.getBigUint64(0, true) : null;
  if (address === null || address > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw corrupt(source, name, 'no object reference');
  }
  return Number(address);
}

/** Time of the first sample: the first of `htime`, to which `time` is relative. */
function startOf(source: string, record: Hdf5Record, byAddress: Hdf5ByAddress): bigint {
  const first = byAddress.bytes(referenceOf(source, record, 'htime'), 8);
  if (first === null) throw corrupt(source, 'htime', 'no list of DateTime');
  return juliaTimeNs(first.getBigInt64(0, true));
}

/** `atrib.GaugeLength`, a Vector{Float64} of one value, m; null when it is not there. */
function gaugeOf(source: string, record: Hdf5Record, byAddress: Hdf5ByAddress): number | null {
  if (record.fields.get('atrib')?.byteLength !== 8) return null;
  const atrib = referenceOf(source, record, 'atrib');
  const list = byAddress.member(atrib, 'GaugeLength', 8)?.getBigUint64(0, true);
  if (list === undefined || list > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  if (byAddress.storage(Number(list))?.type !== 'float64') return null;
  const metres = byAddress.bytes(Number(list), 8)?.getFloat64(0, true) ?? NaN;
  return metres > 0 && Number.isFinite(metres) ? metres : null;
}

function corrupt(source: string, name: string, reason: string): CorruptSourceError {
  return new CorruptSourceError({ source, at: `${ROOT}.${name}`, reason });
}
