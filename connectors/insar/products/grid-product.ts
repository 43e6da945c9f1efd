/**
 * A displacement or phase grid inside an HDF5 file: where its parts are and what they mean.
 * @module
 */
import path from 'node:path';
import { CorruptSourceError } from '../../../core/errors.js';
import type { AttributeValue, Hdf5Reader } from '../../hdf5/hdf5.js';
import type { GeoTransform } from '../tiff/geo.js';
import { isoDate } from './layers.js';

export interface GridProduct {
  readonly product: 'ARIA GUNW' | 'OPERA DISP-S1';
  readonly quantity: 'unwrapped phase' | 'displacement';
  readonly unit: 'rad' | 'm';
  readonly sign: 'away' | 'towards';
  /** Path of the dataset, [rows, columns]. */
  readonly dataset: string;
  /** Path of a quality from 0 to 1; null when there is none. */
  readonly coherence: string | null;
  readonly rows: number;
  readonly columns: number;
  readonly dtype: string;
  readonly nodata: number | null;
  /** Of the grid with its first row in the north. */
  readonly transform: GeoTransform;
  readonly crs: string | null;
  /** True: row 0 of the file is the south edge. */
  readonly isSouthFirst: boolean;
  /** Earlier first; null where neither file nor name says. */
  readonly firstDate: string | null;
  readonly secondDate: string | null;
  readonly wavelengthM: number | null;
  readonly notes: readonly string[];
}

const ARIA = '/science/grids/data';
const ARIA_NAME = /-(\d{8})_(\d{8})-\d{6}-/;
const OPERA_NAME = /_(\d{8})T\d{6}Z_(\d{8})T\d{6}Z_/;
const SENTINEL1_WAVELENGTH_M = 0.05546576;

/** The product in an open file; null when it is none that is known. Throws CorruptSourceError. */
export function gridProductOf(reader: Hdf5Reader): GridProduct | null {
  if (reader.dataset(`${ARIA}/unwrappedPhase`)) return ariaGunw(reader);
  if (reader.dataset('/displacement') && reader.dataset('/x') && reader.dataset('/y')) {
    return operaDisp(reader);
  }
  return null;
}

/**
 * ARIA GUNW (ARIA-tools `product.py`, MintPy `prep_aria.py`): the reference is the LATER date, so that
 * phase counts + towards the satellite; a name with the earlier date first is refused.
 */
function ariaGunw(reader: Hdf5Reader): GridProduct {
  const dataset = `${ARIA}/unwrappedPhase`;
  const name = path.basename(reader.source);
  const match = ARIA_NAME.exec(name);
  const [reference, secondary] = [isoDate(match?.[1]), isoDate(match?.[2])];
  if (reference && secondary && reference <= secondary) {
    throw new CorruptSourceError({
      source: name,
      at: 'file name',
      reason: `reference ${reference} is not later than secondary ${secondary}: the sign of the phase is unknown`,
    });
  }
  return {
    ...{ product: 'ARIA GUNW', quantity: 'unwrapped phase', unit: 'rad', sign: 'towards', dataset },
    ...grid(reader, dataset, `${ARIA}/longitude`, `${ARIA}/latitude`),
    coherence: reader.dataset(`${ARIA}/coherence`) ? `${ARIA}/coherence` : null,
    crs: epsgOf(reader, `${ARIA}/crs`) ?? epsgOf(reader, '/science/grids/data/crs') ?? 'EPSG:4326',
    firstDate: secondary,
    secondDate: reference,
    wavelengthM: numberOf(reader.value('/science/radarMetaData/wavelength')),
    notes: [
      'ARIA GUNW phase is of the later against the earlier date: + towards the satellite, displacement = +wavelength/(4 pi) * phase',
    ],
  };
}

/** OPERA DISP-S1 product specification: metres, + is apparent motion towards the satellite. */
function operaDisp(reader: Hdf5Reader): GridProduct {
  const match = OPERA_NAME.exec(path.basename(reader.source));
  const inside = (field: string): string | null => {
    const text = reader.value(`/identification/${field}`);
    return typeof text === 'string' ? (/^\d{4}-\d{2}-\d{2}/.exec(text)?.[0] ?? null) : null;
  };
  return {
    ...{ product: 'OPERA DISP-S1', quantity: 'displacement', unit: 'm', sign: 'towards' },
    dataset: '/displacement',
    ...grid(reader, '/displacement', '/x', '/y'),
    coherence: reader.dataset('/temporal_coherence') ? '/temporal_coherence' : null,
    crs: epsgOf(reader, '/spatial_ref'),
    firstDate: inside('reference_datetime') ?? isoDate(match?.[1]),
    secondDate: inside('secondary_datetime') ?? isoDate(match?.[2]),
    wavelengthM: SENTINEL1_WAVELENGTH_M,
    notes: ['OPERA DISP-S1 displacement counts + towards the satellite'],
  };
}

const MAX_PIXELS = 2 ** 28;

function grid(
  reader: Hdf5Reader,
  dataset: string,
  xPath: string,
  yPath: string,
): Pick<GridProduct, 'rows' | 'columns' | 'dtype' | 'nodata' | 'transform' | 'isSouthFirst'> {
  const source = path.basename(reader.source);
  const corrupt = (at: string, reason: string): CorruptSourceError =>
    new CorruptSourceError({ source, at, reason });
  const header = reader.dataset(dataset);
  const [rows, columns] = header?.shape ?? [];
  if (!header || header.shape.length !== 2 || !rows || !columns || header.kind !== 'float') {
    throw corrupt(dataset, 'expected a grid of floating-point numbers');
  }
  if (rows * columns > MAX_PIXELS)
    throw corrupt(dataset, `${rows} x ${columns} pixels are too many`);
  const axis = (at: string, size: number): { first: number; step: number } => {
    const length = reader.dataset(at)?.shape[0];
    if (length !== size || size < 2) throw corrupt(at, `${length} places for ${size} pixels`);
    const ends = reader.slice(at, [[0, size]]);
    const first = Number(ends[0]);
    const step = (Number(ends[size - 1]) - first) / (size - 1);
    for (let i = 0; i < size; i++) {
      const off = Math.abs(Number(ends[i]) - first - i * step);
      if (!(off <= 0.01 * Math.abs(step)))
        throw corrupt(at, `the places are not evenly spaced at ${i}`);
    }
    return { first, step };
  };
  const x = axis(xPath, columns);
  const y = axis(yPath, rows);
  if (!(x.step > 0)) throw corrupt(xPath, 'it does not run from west to east');
  const isSouthFirst = y.step > 0;
  const dy = Math.abs(y.step);
  const north = isSouthFirst ? y.first + (rows - 1) * y.step : y.first;
  return {
    ...{ rows, columns, isSouthFirst },
    dtype: `float${8 * header.bytesPerValue}`,
    nodata: numberOf(reader.attributes(dataset)['_FillValue'] ?? null),
    transform: [x.first - x.step / 2, x.step, 0, north + dy / 2, 0, -dy],
  };
}

/** A single number, also from a list of one; null for anything else. */
function numberOf(value: AttributeValue): number | null {
  const one =
    typeof value === 'object' && value !== null ? (value as ArrayLike<unknown>)[0] : value;
  const number = typeof one === 'bigint' ? Number(one) : one;
  return typeof number === 'number' ? number : null;
}

/** The outermost EPSG code in the WKT of a CF grid mapping. */
function epsgOf(reader: Hdf5Reader, mapping: string): string | null {
  let attributes: Readonly<Record<string, AttributeValue>>;
  try {
    attributes = reader.attributes(mapping);
  } catch {
    return null;
  }
  const wkt = attributes['crs_wkt'] ?? attributes['spatial_ref'];
  if (typeof wkt !== 'string') return null;
  const codes = [...wkt.matchAll(/(?:AUTHORITY|ID)\["EPSG",\s*"?(\d+)"?\]/g)];
  const last = codes.at(-1)?.[1];
  // The outermost code closes the text; one further in is that of a part.
  return last && /\]\]\s*$/.test(wkt.slice(codes.at(-1)?.index ?? 0)) ? `EPSG:${last}` : null;
}
