/**
 * A two-dimensional HDF5 dataset of numbers as the samples of a recording.
 * @module
 */
import { CorruptSourceError } from '../../core/errors.js';
import type { DatasetHeader, Hdf5Reader } from '../hdf5/hdf5.js';
import type { DasRecording, SampleLayout, SampleType } from './recording.js';

/**
 * Layout and reader of the dataset at `path`, `timeAxis` being the axis of time. Throws
 * CorruptSourceError when there is no such dataset or it has not two axes.
 */
export function hdf5Samples(
  reader: Hdf5Reader,
  input: { readonly path: string; readonly timeAxis: 0 | 1 },
): Pick<DasRecording, 'layout' | 'readBlock'> {
  const { path, timeAxis } = input;
  const header = reader.dataset(path);
  if (header === null) {
    throw new CorruptSourceError({ source: reader.source, at: path, reason: 'missing' });
  }
  return {
    layout: hdf5Layout(reader.source, { path, timeAxis, header }),
    readBlock: ({ time, channel }) =>
      reader.read(path, timeAxis === 0 ? [time, channel] : [channel, time]),
  };
}

function hdf5Layout(
  source: string,
  input: { path: string; timeAxis: 0 | 1; header: DatasetHeader },
): SampleLayout {
  const { header, timeAxis, path } = input;
  const [rows, columns] = header.shape;
  if (header.shape.length !== 2 || !rows || !columns) {
    throw new CorruptSourceError({
      source,
      at: path,
      reason: `expected time and channels, found shape [${header.shape.join(', ')}]`,
    });
  }
  const [chunkRows, chunkColumns] = header.chunks ?? [];
  return {
    timeCount: timeAxis === 0 ? rows : columns,
    channelCount: timeAxis === 0 ? columns : rows,
    timeAxis,
    type: sampleType(header),
    chunks:
      chunkRows === undefined || chunkColumns === undefined ? null : [chunkRows, chunkColumns],
  };
}

/** Type of a dataset's values by numpy's name. */
export function sampleType(header: DatasetHeader): SampleType {
  const bits = header.bytesPerValue * 8;
  if (header.kind === 'float') return bits === 64 ? 'float64' : 'float32';
  return `${header.signed ? 'int' : 'uint'}${bits}` as SampleType;
}
