/**
 * What a stored DAS value means, and how it becomes strain rate in microstrain/s: a vendor's unit
 * text and instrument constants in, a conversion out. What cannot be converted stays as counts.
 * @module
 */

/** How stored values become samples: `factor * value`, after a difference in time if asked for. */
export interface Conversion {
  readonly component: 'strain-rate' | 'strain' | 'phase' | 'velocity' | 'raw';
  readonly units: 'microstrain/s' | 'm/s' | 'counts';
  readonly factor: number;
  /**
   * True: a sample is the difference of two neighbours times the rate, and belongs to the instant
   * between them (the values are strain or phase, not their rate).
   */
  readonly difference: boolean;
  /** Differences are taken modulo this many counts; null where values do not wrap. */
  readonly wrapCounts: number | null;
  readonly audit: readonly string[];
}

export interface ConversionInput {
  /** The file's unit text, null when it states none. */
  readonly unit: string | null;
  readonly isInteger: boolean;
  readonly bytesPerValue: number;
  readonly rateHz: number;
  readonly gaugeLengthM: number | null;
  /** Group refractive index of the fibre; null when unknown. */
  readonly refractiveIndex: number | null;
  /** Optical wavelength, nm. */
  readonly wavelengthNm: number;
  /** Photoelastic scaling factor of the fibre (zeta). */
  readonly photoelastic: number;
}

/** Microstrain in one unit of a strain text. */
const STRAIN_UNITS: Readonly<Record<string, number>> = {
  strain: 1e6,
  'm/m': 1e6,
  microstrain: 1,
  'micro-strain': 1,
  ustrain: 1,
  ue: 1,
  'um/m': 1,
  nanostrain: 1e-3,
  'nano-strain': 1e-3,
  nstrain: 1e-3,
  ne: 1e-3,
  'nm/m': 1e-3,
  picostrain: 1e-6,
  'pm/m': 1e-6,
};

/** Optical path change of one turn of Silixa's iDAS, nm, and its counts a turn. */
const SILIXA_NM_PER_TURN = 116;
const SILIXA_COUNTS_PER_TURN = 8192;

/**
 * Decides the conversion. Sources: strain = lambda / (4 pi n L zeta) * phase, Lindsey et al. 2020,
 * eq. 3; Silixa iDAS counts: 116 nm * f_s / (L * 2^13) a count, as in DAS4Whales `data_handle`;
 * OptaSense counts: 2 pi / 2^16 rad.
 */
export function strainRateConversion(input: ConversionInput): Conversion {
  const text = normalise(input.unit ?? '');
  if (text === '(nm/m)/s*hz/m') return silixa(input);
  const phase = /^rad(\/m)?(\/s)?(\*2pi\/2\^16)?$/.exec(text);
  if (phase) {
    return fromPhase(input, {
      perMetre: phase[1] !== undefined,
      isRate: phase[2] !== undefined,
      isCounts: phase[3] !== undefined,
    });
  }
  if (text === 'm/s') {
    return { ...counts([]), component: 'velocity', units: 'm/s' };
  }
  const rate = /^\(?([^()]*?)\)?(?:\/s|\/second|s-1|s\^-1|\*s-1|\*s\^-1)$/.exec(text);
  const rateFactor = text === '1/s' ? 1e6 : rate ? STRAIN_UNITS[rate[1] as string] : undefined;
  if (rateFactor !== undefined) {
    return {
      component: 'strain-rate',
      units: 'microstrain/s',
      factor: rateFactor,
      difference: false,
      wrapCounts: null,
      audit: [],
    };
  }
  const strainFactor = STRAIN_UNITS[text.replace(/^\((.*)\)$/, '$1')];
  if (strainFactor !== undefined) {
    return differenced(strainFactor * input.rateHz, null, [
      `unit '${input.unit}' is strain: differenced in time to strain rate; each sample belongs ` +
        'to the instant between two stored ones',
    ]);
  }
  const why =
    input.unit === null ? 'the file states no unit' : `unit '${input.unit}' has no known scale`;
  return {
    ...counts([`${why}: left as counts; the option 'unit' can state what the values are`]),
    component: /strain\s*rate/i.test(input.unit ?? '') ? 'strain-rate' : 'raw',
  };
}

function silixa(input: ConversionInput): Conversion {
  if (!input.isInteger) {
    return counts([
      `unit '${input.unit}' on floating-point values does not say whether the factor 116 nm / 2^13 ` +
        'is in them: left as counts',
    ]);
  }
  if (input.gaugeLengthM === null) {
    return counts([
      `unit '${input.unit}' needs the gauge length, which is missing: left as counts`,
    ]);
  }
  const factor =
    ((SILIXA_NM_PER_TURN * 1e-3) / SILIXA_COUNTS_PER_TURN) * (input.rateHz / input.gaugeLengthM);
  return {
    component: 'strain-rate',
    units: 'microstrain/s',
    factor,
    difference: false,
    wrapCounts: null,
    audit: [
      `unit '${input.unit}': 116 nm * ${input.rateHz} Hz / (${input.gaugeLengthM} m * 2^13) a count ` +
        `= ${factor.toPrecision(6)} microstrain/s; the factor 116 nm / 2^13 is the maker's, not in the file`,
    ],
  };
}

function fromPhase(
  input: ConversionInput,
  phase: { perMetre: boolean; isRate: boolean; isCounts: boolean },
): Conversion {
  const { refractiveIndex, gaugeLengthM } = input;
  const lacking = [
    refractiveIndex === null ? "the refractive index (option 'refractiveIndex')" : null,
    gaugeLengthM === null && !phase.perMetre ? 'the gauge length' : null,
  ].filter((what) => what !== null);
  if (refractiveIndex === null || lacking.length > 0) {
    return {
      ...counts([`unit '${input.unit}' needs ${lacking.join(' and ')}: left as counts`]),
      component: 'phase',
    };
  }
  // Phase already divided by the gauge length must not be divided again.
  const lengthM = phase.perMetre ? 1 : (gaugeLengthM as number);
  const microstrainPerRadian =
    (1e6 * input.wavelengthNm * 1e-9) /
    (4 * Math.PI * refractiveIndex * lengthM * input.photoelastic);
  const factor = microstrainPerRadian * (phase.isCounts ? (2 * Math.PI) / 2 ** 16 : 1);
  const note =
    `unit '${input.unit}': wavelength ${input.wavelengthNm} nm, photoelastic factor ` +
    `${input.photoelastic}, refractive index ${refractiveIndex}` +
    (phase.perMetre ? ', already per metre' : `, gauge length ${lengthM} m`);
  if (phase.isRate) {
    return { ...differenced(factor, null, [note]), difference: false };
  }
  // A 16-bit count is a whole turn: its difference modulo 2^16 is the unwrapped difference.
  const wraps = phase.isCounts && input.isInteger && input.bytesPerValue === 2;
  return differenced(factor * input.rateHz, wraps ? 2 ** 16 : null, [
    `${note}; phase differenced in time to strain rate` +
      (wraps ? ', 16-bit counts unwrapped modulo one turn' : ''),
  ]);
}

function differenced(factor: number, wrapCounts: number | null, audit: string[]): Conversion {
  return {
    component: 'strain-rate',
    units: 'microstrain/s',
    factor,
    difference: true,
    wrapCounts,
    audit,
  };
}

function counts(audit: readonly string[]): Conversion {
  return {
    component: 'raw',
    units: 'counts',
    factor: 1,
    difference: false,
    wrapCounts: null,
    audit,
  };
}

function normalise(unit: string): string {
  return unit
    .toLowerCase()
    .replace(/\s+/g, '')
    .replace(/[µμ]/g, 'u')
    .replace(/ε/g, 'e')
    .replace(/π/g, 'pi');
}
