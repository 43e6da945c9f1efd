/**
 * Unit, constants and options of a file in, the conversion of its stored values out: the step that
 * all formats share.
 * @module
 */
import type { DasOptions } from './options.js';
import { bytesPerSample, type SampleType } from './recording.js';
import { statedConversion } from './stated-unit.js';
import { strainRateConversion, type Conversion, type ConversionInput } from './units.js';

/** The conversion; what the options state wins over the file. */
export function storedConversion(input: {
  readonly options: DasOptions;
  /** The file's unit text; null when it states none. */
  readonly unit: string | null;
  readonly type: SampleType;
  readonly rateHz: number;
  readonly gaugeLengthM: number | null;
  /** Group refractive index by the file; null when it states none. */
  readonly refractiveIndex: number | null;
  /** The file's own words, where `unit` is put differently. */
  readonly fileUnit?: string | null;
  readonly microstrainPerRadian?: ConversionInput['microstrainPerRadian'];
}): Conversion {
  const { options, unit, type } = input;
  const conversion = strainRateConversion({
    unit: options.unit ?? unit,
    isInteger: !type.startsWith('float'),
    bytesPerValue: bytesPerSample(type),
    rateHz: input.rateHz,
    gaugeLengthM: input.gaugeLengthM,
    refractiveIndex: options.refractiveIndex ?? input.refractiveIndex,
    wavelengthNm: options.wavelengthNm ?? 1550,
    photoelastic: options.photoelastic ?? 0.78,
    microstrainPerRadian: input.microstrainPerRadian ?? null,
  });
  return statedConversion(conversion, { options, fileUnit: input.fileUnit ?? unit });
}
