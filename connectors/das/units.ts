/**
 * What a stored DAS value means, and how it becomes strain rate in microstrain/s: a vendor's unit
 * text and instrument constants in, a conversion out. What cannot be converted stays as counts.
 * @module
 */
import { assumption, note, type AuditEntry } from './audit.js';
import { phaseScale } from './units-phase.js';

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
  readonly audit: readonly AuditEntry[];
}

export interface ConversionInput {
  /**
   * The file's unit text, null when it states none. Known: strain (`strain`, `m/m`, `nm/m`, `ue`,
   * ...) and its rate, phase (`rad`, `rad/m`, `rad/s`, `rad/m/s`, `rad/s/m`, `rad * 2PI/2^16`), `m/s`, and
   * Silixa's `(nm/m)/s * Hz/m`.
   */
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
  /**
   * One count in the unit of `unit`, where the file states it (OptoDAS `dataScale`, ODH4 `scale
   * factor to strain`); absent: 1.
   */
  readonly countScale?: { readonly value: number; readonly at: string } | null;
  /**
   * Microstrain of one radian (of one radian a metre where `unit` is per metre) where the file
   * states it: AP Sensing `RadiansToNanoStrain`, Neubrex `PhaseToStrainConversion`, the inverse of
   * OptoDAS `sensitivities`. Wins over the formula, which needs wavelength and refractive index.
   */
  readonly microstrainPerRadian?: { readonly value: number; readonly at: string } | null;
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
 * OptaSense counts: 2 pi / 2^16 rad. The audit names every constant that the file does not hold, and
 * the metadata that is missing where values stay counts.
 */
export function strainRateConversion(input: ConversionInput): Conversion {
  const { countScale } = input;
  const conversion = unscaledConversion(input);
  if (!countScale || conversion.units === 'counts') return conversion;
  return {
    ...conversion,
    factor: conversion.factor * countScale.value,
    audit: [
      ...conversion.audit,
      note(
        'units',
        { [countScale.at]: countScale.value },
        countScale.value,
        `one count is ${countScale.value} ${input.unit}`,
      ),
    ],
  };
}

function unscaledConversion(input: ConversionInput): Conversion {
  const text = normalise(input.unit ?? '');
  if (text === '(nm/m)/s*hz/m') return silixa(input);
  const phase = phaseOf(text);
  if (phase !== null) return fromPhase(input, phase);
  if (text === 'm/s') return velocity(input);
  const rate = /^\(?([^()]*?)\)?(?:\/s|\/second|s-1|s\^-1|\*s-1|\*s\^-1)$/.exec(text);
  const rateFactor = text === '1/s' ? 1e6 : rate ? STRAIN_UNITS[rate[1] as string] : undefined;
  if (rateFactor !== undefined) return linear(rateFactor, []);
  const strainFactor = STRAIN_UNITS[text.replace(/^\((.*)\)$/, '$1')];
  if (strainFactor !== undefined) {
    const why =
      `unit '${input.unit}' is strain: differenced in time to strain rate; each sample belongs ` +
      'to the instant between two stored ones';
    const audit = [note('units', { unit: input.unit }, 'microstrain/s', why)];
    return differenced(strainFactor * input.rateHz, null, audit);
  }
  const why =
    input.unit === null ? 'the file states no unit' : `unit '${input.unit}' has no known scale`;
  return {
    ...counts([
      stays(input, `${why}: left as counts; the option 'unit' can state what values are`),
    ]),
    component: /strain\s*rate/i.test(input.unit ?? '') ? 'strain-rate' : 'raw',
  };
}

function silixa(input: ConversionInput): Conversion {
  if (!input.isInteger) {
    const why =
      `unit '${input.unit}' on floating-point values does not say whether the factor 116 nm / 2^13 ` +
      'is in them: left as counts';
    return counts([stays(input, why)]);
  }
  if (input.gaugeLengthM === null) {
    const why = `unit '${input.unit}' needs the gauge length, which is missing: left as counts`;
    return counts([stays(input, why)]);
  }
  const factor =
    ((SILIXA_NM_PER_TURN * 1e-3) / SILIXA_COUNTS_PER_TURN) * (input.rateHz / input.gaugeLengthM);
  const why =
    `unit '${input.unit}': 116 nm * ${input.rateHz} Hz / (${input.gaugeLengthM} m * 2^13) a count ` +
    `= ${factor.toPrecision(6)} microstrain/s; the factor 116 nm / 2^13 is the maker's, not in the file`;
  return linear(factor, [assumption('units', { unit: input.unit }, 'microstrain/s', why)]);
}

/** Strain rate of velocity takes two channels: `velocity-strain.ts` does it where it is asked for. */
function velocity({ unit, gaugeLengthM }: ConversionInput): Conversion {
  const why =
    'kept as velocity; strain rate is its difference over the gauge length, ' +
    (gaugeLengthM === null ? 'which is missing' : `${gaugeLengthM} m`);
  const audit = [note('units', { unit, gaugeLengthM }, 'm/s', why)];
  return { ...counts(audit), component: 'velocity', units: 'm/s' };
}

interface Phase {
  readonly perMetre: boolean;
  readonly isRate: boolean;
  /** Counts of 2^-16 of a turn. */
  readonly isCounts: boolean;
}

/** A text of phase, per metre and per second in either order; null when it is none. */
function phaseOf(text: string): Phase | null {
  const found =
    /^(?:rad|radian|radians)((?:\/(?:m|meter|metre|s|sec|second))*)(\*2pi\/2\^16)?$/.exec(
      text.replace(/\/\(([a-z]+)\*([a-z]+)\)/, '/$1/$2'),
    );
  if (found === null) return null;
  const by = (found[1] as string).split('/').map((unit) => unit.charAt(0));
  const count = (unit: string): number => by.filter((each) => each === unit).length;
  if (count('m') > 1 || count('s') > 1) return null;
  return { perMetre: count('m') === 1, isRate: count('s') === 1, isCounts: found[2] !== undefined };
}

function fromPhase(input: ConversionInput, phase: Phase): Conversion {
  const scale = phaseScale({ ...input, perMetre: phase.perMetre });
  if ('missing' in scale) {
    const why = `unit '${input.unit}' needs ${scale.missing.join(' and ')}: left as counts`;
    return { ...counts([stays(input, why)]), component: 'phase' };
  }
  const factor = scale.microstrain * (phase.isCounts ? (2 * Math.PI) / 2 ** 16 : 1);
  if (phase.isRate) return linear(factor, scale.audit);
  // A 16-bit count is a whole turn: its difference modulo 2^16 is the unwrapped difference.
  const wraps = phase.isCounts && input.isInteger && input.bytesPerValue === 2;
  const why =
    'phase differenced in time to strain rate' +
    (wraps ? ', 16-bit counts unwrapped modulo one turn' : '');
  return differenced(factor * input.rateHz, wraps ? 2 ** 16 : null, [
    ...scale.audit,
    note('units', { unit: input.unit }, 'microstrain/s', why),
  ]);
}

function stays(input: ConversionInput, why: string): AuditEntry {
  return assumption('units', { unit: input.unit }, 'counts', why);
}

function linear(factor: number, audit: readonly AuditEntry[]): Conversion {
  return { ...differenced(factor, null, audit), difference: false };
}

function differenced(
  factor: number,
  wrapCounts: number | null,
  audit: readonly AuditEntry[],
): Conversion {
  return {
    component: 'strain-rate',
    units: 'microstrain/s',
    factor,
    difference: true,
    wrapCounts,
    audit,
  };
}

function counts(audit: readonly AuditEntry[]): Conversion {
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
    .replace(/[εϵ]/g, 'e')
    .replace(/π/g, 'pi');
}
