/**
 * In: the tags of an image. Out: how its pixels are stored, checked: what cannot be read exactly is
 * refused here, before any pixel is touched.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import { COMPRESSIONS, hasPredictor } from './codecs.js';
import type { TiffDirectory } from './directory.js';

export type SampleType =
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'float16'
  | 'float32'
  | 'float64'
  | 'complex64'
  | 'complex128';

/** Layout of the blocks (strips or tiles) of an image. */
export interface BlockLayout {
  readonly compression: number;
  /** 1 none, 2 differences of samples, 3 of bytes of floating-point numbers. */
  readonly predictor: number;
  /** Pixels of a block. */
  readonly rows: number;
  readonly columns: number;
  /** Samples of a pixel inside a block: the bands, or 1 when bands are stored apart. */
  readonly samples: number;
  readonly dtype: SampleType;
  readonly littleEndian: boolean;
  /** LercParameters tag: version and additional compression. */
  readonly lerc: readonly number[] | undefined;
}

/** One image of a TIFF: the raster itself, an overview or a mask. */
export interface TiffImage {
  readonly rows: number;
  readonly columns: number;
  readonly bands: number;
  readonly dtype: SampleType;
  readonly compression: string;
  readonly predictor: number;
  readonly isTiled: boolean;
  readonly layout: BlockLayout;
  /** Blocks in a row of blocks, and in a column. */
  readonly across: number;
  readonly down: number;
  readonly littleEndian: boolean;
  /** Bits of NewSubfileType: 1 overview, 4 mask. */
  readonly subfile: number;
  /** Offset and size of each block, all bands' blocks one after another when stored apart. */
  blocks(): Promise<{ readonly offsets: readonly number[]; readonly sizes: readonly number[] }>;
}

/** Bytes of a block after decompression, at most. */
export const MAX_BLOCK_BYTES = 2 ** 29;
const MAX_SIDE = 2 ** 31;

const FORMATS: Readonly<Record<number, string>> = {
  ...{ 1: 'uint', 2: 'int', 3: 'float', 6: 'complex' },
};
const TYPES: readonly string[] = [
  ...['uint8', 'uint16', 'uint32', 'int8', 'int16', 'int32', 'float16', 'float32', 'float64'],
  ...['complex64', 'complex128'],
];

/** Photometric interpretations whose samples stand for other numbers (TIFF 6.0 sections 16, 21, 23). */
const COLOURS: Readonly<Record<number, string>> = {
  ...{ 5: 'CMYK', 6: 'YCbCr', 8: 'CIELab', 9: 'ICCLab', 10: 'ITULab' },
};

/** Bytes of one sample. */
export function sampleBytes(dtype: SampleType): number {
  return Number(/\d+$/.exec(dtype)?.[0]) / 8;
}

/** Storage of an image. Throws UnsupportedSourceError or CorruptSourceError with the tag. */
export async function describeImage(
  directory: TiffDirectory,
  input: { readonly source: string; readonly littleEndian: boolean },
): Promise<TiffImage> {
  const { source, littleEndian } = input;
  const refuse = (reason: string, remedy: string): UnsupportedSourceError =>
    new UnsupportedSourceError({ source, reason, remedy });
  const corrupt = (tag: number, reason: string): CorruptSourceError =>
    new CorruptSourceError({ source, at: `TIFF tag ${tag}`, reason });
  const first = async (tag: number): Promise<number | undefined> =>
    (await directory.numbers(tag))?.[0];
  const one = async (tag: number): Promise<number> => {
    const value = await first(tag);
    if (value === undefined) throw corrupt(tag, 'it is missing');
    return value;
  };
  const columns = await one(256);
  const rows = await one(257);
  if (rows < 1 || columns < 1 || rows > MAX_SIDE || columns > MAX_SIDE) {
    throw corrupt(rows < 1 || rows > MAX_SIDE ? 257 : 256, `${rows} x ${columns} pixels`);
  }
  const compression = (await first(259)) ?? 1;
  const known = COMPRESSIONS[compression];
  if (!known) {
    throw refuse(`TIFF compression ${compression}`, 'convert it to DEFLATE with gdal_translate');
  }
  if (((await first(266)) ?? 1) !== 1) {
    throw refuse('its bits are stored in reverse (FillOrder 2)', 'convert it with gdal_translate');
  }
  const colours = COLOURS[(await first(262)) ?? 1];
  if (colours) throw refuse(`a picture in ${colours} colours`, 'give the numbers themselves');
  const bands = (await first(277)) ?? 1;
  if (bands < 1 || bands > 65_535) throw corrupt(277, `${bands} samples a pixel`);
  const dtype = await sampleType(directory, refuse);
  const planar = (await first(284)) ?? 1;
  if (planar !== 1 && planar !== 2) throw corrupt(284, `planar configuration ${planar}`);
  const isTiled = directory.has(322);
  const blockColumns = isTiled ? await one(322) : columns;
  const blockRows = isTiled ? await one(323) : Math.min(rows, (await first(278)) ?? rows);
  const samples = planar === 1 ? bands : 1;
  const bytes = blockRows * blockColumns * samples * sampleBytes(dtype);
  if (!(blockRows >= 1 && blockColumns >= 1)) {
    throw corrupt(isTiled ? 322 : 278, `blocks of ${blockRows} x ${blockColumns} pixels`);
  }
  if (bytes > MAX_BLOCK_BYTES && !(compression === 1 && !isTiled)) {
    const most = `at most ${MAX_BLOCK_BYTES} bytes`;
    throw refuse(`blocks of ${bytes} bytes`, `tile it with gdal_translate -of COG; ${most}`);
  }
  const predictor = hasPredictor(compression) ? ((await first(317)) ?? 1) : 1;
  if (![1, 2, 3].includes(predictor) || (predictor === 3 && !dtype.startsWith('float'))) {
    throw corrupt(317, `predictor ${predictor} of ${dtype}`);
  }
  if (predictor === 2 && dtype.startsWith('complex')) {
    throw refuse(
      'predictor 2 of complex numbers',
      'convert it with gdal_translate -co PREDICTOR=1',
    );
  }
  if (compression === 34887 && (samples > 1 || dtype.startsWith('complex'))) {
    throw refuse('LERC of several samples a pixel', 'convert it to DEFLATE with gdal_translate');
  }
  const across = Math.ceil(columns / blockColumns);
  const down = Math.ceil(rows / blockRows);
  const count = across * down * (planar === 1 ? 1 : bands);
  const tags = isTiled ? ([324, 325] as const) : ([273, 279] as const);
  return {
    ...{ rows, columns, bands, dtype, predictor, isTiled, across, down, littleEndian },
    compression: known,
    layout: {
      ...{ compression, predictor, samples, dtype, littleEndian },
      rows: blockRows,
      columns: blockColumns,
      lerc: await directory.numbers(50674),
    },
    subfile: (await first(254)) ?? 0,
    blocks: async () => {
      const offsets = await directory.numbers(tags[0]);
      const sizes = await directory.numbers(tags[1]);
      if (!offsets || !sizes || offsets.length < count || sizes.length < count) {
        const listed = Math.min(offsets?.length ?? 0, sizes?.length ?? 0);
        throw corrupt(tags[0], `${count} blocks are needed, ${listed} are listed`);
      }
      return { offsets, sizes };
    },
  };
}

async function sampleType(
  directory: TiffDirectory,
  refuse: (reason: string, remedy: string) => UnsupportedSourceError,
): Promise<SampleType> {
  const allBits = (await directory.numbers(258)) ?? [1];
  const allFormats = (await directory.numbers(339)) ?? [1];
  const [bits, format] = [allBits[0] as number, allFormats[0] as number];
  if (allBits.some((b) => b !== bits) || allFormats.some((f) => f !== format)) {
    throw refuse('bands of different types', 'give one file a band');
  }
  const type = `${FORMATS[format] ?? 'format'}${bits}`;
  if (!TYPES.includes(type)) {
    throw refuse(
      `samples of ${bits} bits in format ${format}${format === 5 ? ' (complex integers)' : ''}`,
      'convert it to float32 with gdal_translate -ot Float32',
    );
  }
  return type as SampleType;
}
