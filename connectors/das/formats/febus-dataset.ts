/**
 * The waveform dataset of a Febus zone, told from spectra and energies that the interrogator may
 * write in its place.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import { note, type AuditEntry } from '../audit.js';
import type { DatasetHeader, Hdf5Reader } from '../../hdf5/hdf5.js';

/** Products of processing on board, which are no waveforms. */
const NO_WAVEFORM = /psd|spectr|fft|energy|band|power|rms|variance|event|class/i;

/**
 * The zone's dataset. Throws UnsupportedSourceError when there are only spectra or other processed
 * data, CorruptSourceError when there is none or it has not three axes.
 */
export function febusDataset(
  reader: Hdf5Reader,
  zone: string,
): {
  readonly name: string;
  readonly path: string;
  readonly header: DatasetHeader;
  readonly audit: readonly AuditEntry[];
} {
  const { source } = reader;
  const names = reader.children(zone);
  const waveforms = names.filter((name) => !NO_WAVEFORM.test(name));
  const [name] = waveforms;
  if (name === undefined) {
    if (names.length === 0)
      throw new CorruptSourceError({ source, at: zone, reason: 'no dataset' });
    throw new UnsupportedSourceError({
      source,
      reason: `${zone} holds only ${names.join(', ')}: processed data, which are no waveforms`,
      remedy: 'export strain rate from the interrogator',
    });
  }
  const path = `${zone}/${name}`;
  const header = reader.dataset(path);
  if (header === null) throw new CorruptSourceError({ source, at: path, reason: 'not a dataset' });
  if (header.shape.length !== 3 || header.shape.some((length) => length < 1)) {
    throw new CorruptSourceError({
      source,
      at: path,
      reason: `expected [block, time, channel], found shape [${header.shape.join(', ')}]`,
    });
  }
  if (names.length === 1) return { name, path, header, audit: [] };
  const why = 'the first waveform of the zone; other datasets were not read';
  return {
    name,
    path,
    header,
    audit: [note('selection', { [zone]: names.join(', ') }, name, why)],
  };
}
