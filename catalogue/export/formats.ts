/**
 * Which export formats there are. Adding one is a file and a line here.
 * @module
 */
import { encodeArrow } from './arrow.js';
import { encodeCsv } from './csv.js';
import { encodeFdsnText } from './fdsn-text.js';
import { encodeGeoJson } from './geojson.js';
import { encodeQuakeMl } from './quakeml.js';
import type { ExportInput } from './quakes.js';

/** One way to write events. */
export interface ExportFormat {
  readonly mediaType: string;
  /** File name extension without a dot. */
  readonly extension: string;
  /** Pure: the same input gives the same text or bytes. */
  readonly encode: (input: ExportInput) => string | Uint8Array;
}

/** Formats by the name that people type. */
export const EXPORT_FORMATS = {
  quakeml: { mediaType: 'application/xml', extension: 'xml', encode: encodeQuakeMl },
  geojson: { mediaType: 'application/geo+json', extension: 'geojson', encode: encodeGeoJson },
  text: { mediaType: 'text/plain; charset=utf-8', extension: 'txt', encode: encodeFdsnText },
  csv: { mediaType: 'text/csv; charset=utf-8', extension: 'csv', encode: encodeCsv },
  arrow: {
    mediaType: 'application/vnd.apache.arrow.file',
    extension: 'arrow',
    encode: encodeArrow,
  },
} as const satisfies Readonly<Record<string, ExportFormat>>;

/** Name of an export format. */
export type ExportFormatName = keyof typeof EXPORT_FORMATS;

/** True for a name in `EXPORT_FORMATS`. */
export function isExportFormat(name: string): name is ExportFormatName {
  return Object.hasOwn(EXPORT_FORMATS, name);
}
