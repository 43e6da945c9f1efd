/**
 * Optical phase to strain: the instrument's and the fibre's constants in, microstrain a radian out,
 * or the names of the constants that are missing.
 * @module
 */
import { assumption, disagreement, note, type AuditEntry } from './audit.js';

/** Stated and computed scale may differ by this much: values of zeta and n differ by 2 %. */
const AGREES = 0.05;

/** Constants as in ConversionInput of `units.ts`. */
export interface PhaseConstants {
  readonly unit: string | null;
  readonly gaugeLengthM: number | null;
  readonly refractiveIndex: number | null;
  readonly wavelengthNm: number;
  readonly photoelastic: number;
  readonly microstrainPerRadian?: { readonly value: number; readonly at: string } | null;
  /** True: the phase is already divided by the gauge length. */
  readonly perMetre: boolean;
}

export type PhaseScale =
  | { readonly microstrain: number; readonly audit: readonly AuditEntry[] }
  | { readonly missing: readonly string[] };

/**
 * Microstrain of one radian over the gauge length, lambda / (4 pi n L zeta) (Lindsey et al. 2020,
 * eq. 3); of one radian a metre with `perMetre`, where L is 1 m: phase that is already divided by the
 * gauge length must not be divided again. A scale that the file states wins over the formula.
 */
export function phaseScale(input: PhaseConstants): PhaseScale {
  const { unit, refractiveIndex, gaugeLengthM, wavelengthNm, photoelastic, perMetre } = input;
  const stated = input.microstrainPerRadian ?? null;
  const lengthM = perMetre ? 1 : gaugeLengthM;
  const computed =
    refractiveIndex === null || lengthM === null
      ? null
      : (1e-3 * wavelengthNm) / (4 * Math.PI * refractiveIndex * lengthM * photoelastic);
  if (stated !== null) return statedScale(stated, computed);
  if (computed === null) {
    const missing = [
      refractiveIndex === null ? "the refractive index (option 'refractiveIndex')" : null,
      lengthM === null ? 'the gauge length' : null,
    ];
    return { missing: missing.filter((what) => what !== null) };
  }
  const why =
    `unit '${unit}': wavelength ${wavelengthNm} nm, photoelastic factor ${photoelastic}, ` +
    `refractive index ${refractiveIndex}` +
    (perMetre ? ', already per metre' : `, gauge length ${lengthM} m`);
  const found = { unit, wavelengthNm, photoelastic, refractiveIndex, gaugeLengthM };
  return { microstrain: computed, audit: [assumption('units', found, computed, why)] };
}

function statedScale(
  stated: { readonly value: number; readonly at: string },
  computed: number | null,
): PhaseScale {
  const { value, at } = stated;
  const differs = computed !== null && Math.abs(value / computed - 1) > AGREES;
  const found = { [at]: value, ...(computed === null ? {} : { formula: computed }) };
  const why = `${value} microstrain a radian, as the file states`;
  return {
    microstrain: value,
    audit: [(differs ? disagreement : note)('units', found, value, why)],
  };
}
