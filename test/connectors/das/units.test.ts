import { expect, it } from 'vitest';
import { strainRateConversion, type ConversionInput } from '../../../connectors/das/units.js';

const BASE: ConversionInput = {
  unit: null,
  isInteger: false,
  bytesPerValue: 4,
  rateHz: 500,
  gaugeLengthM: 10,
  refractiveIndex: 1.4682,
  wavelengthNm: 1550.12,
  photoelastic: 0.78,
};
const convert = (changes: Partial<ConversionInput>) =>
  strainRateConversion({ ...BASE, ...changes });

it.each([
  ['strain/s', 1e6],
  ['1/s', 1e6],
  ['(m/m)/s', 1e6],
  ['microstrain/s', 1],
  ['micro-strain/second', 1],
  ['µε/s', 1],
  ['nm/m/s', 1e-3],
  ['(nm/m)/s', 1e-3],
  ['nε/s', 1e-3],
  ['nanostrain*s^-1', 1e-3],
])('%s is strain rate', (unit, factor) => {
  expect(convert({ unit })).toMatchObject({
    component: 'strain-rate',
    units: 'microstrain/s',
    factor,
    difference: false,
    audit: [],
  });
});

it('strain is differenced: factor times rate', () => {
  expect(convert({ unit: 'nm/m' })).toMatchObject({ factor: 0.5, difference: true });
});

it('phase follows Lindsey et al. 2020 eq. 3, with its two published check values', () => {
  // Strain a radian at 10 m gauge length: 1.080505e-8 and 1.077149e-8 for two sets of constants.
  const neubrex = { refractiveIndex: 1.445, wavelengthNm: 1550, photoelastic: 0.79 };
  expect(convert({ unit: 'rad/s', ...neubrex }).factor).toBeCloseTo(1.080505e-2, 8);
  expect(convert({ unit: 'rad/s' }).factor).toBeCloseTo(1.077149e-2, 8);
  expect(convert({ unit: 'rad' }).factor).toBeCloseTo(1.077149e-2 * 500, 5);
  // Already divided by the gauge length: 10 m make no difference any more.
  expect(convert({ unit: 'rad/m/s', gaugeLengthM: null }).factor).toBeCloseTo(0.1077149, 7);
});

it.each(['rad/m/s', 'rad/s/m', 'rad/(m*s)', 'radians/second/metre'])(
  '%s is phase rate by the metre',
  (unit) => {
    const { component, factor, difference } = convert({ unit, gaugeLengthM: null });
    expect({ component, difference }).toEqual({ component: 'strain-rate', difference: false });
    expect(factor).toBeCloseTo(0.1077149, 7);
  },
);

it.each(['rad/s/s', 'rad/m/m', 'rad/kg', 'radish'])('%s is no phase', (unit) => {
  expect(convert({ unit })).toMatchObject({ units: 'counts' });
});

/** Microstrain/s of one stored value, by the forms that the vendors' own readers and DAS4Whales use. */
const perRadian = (n: number, lengthM: number) =>
  (1e6 * 1550.12e-9) / (0.78 * 4 * Math.PI * n * lengthM);
it.each([
  [
    'OptaSense',
    { unit: 'rad * 2PI/2^16', isInteger: true, bytesPerValue: 2 },
    ((2 * Math.PI) / 2 ** 16) * perRadian(1.4682, 10) * 500,
  ],
  [
    'Silixa',
    { unit: '(nm/m)/s * Hz/m', isInteger: true, bytesPerValue: 2 },
    (1e6 * 116e-9 * 500) / (10 * 2 ** 13),
  ],
  [
    'Sintela, by the metre',
    { unit: 'rad/m', refractiveIndex: 1.469, gaugeLengthM: null },
    perRadian(1.469, 1) * 500,
  ],
  [
    'Sintela, over the gauge length',
    { unit: 'rad/s', refractiveIndex: 1.469 },
    perRadian(1.469, 10),
  ],
  [
    'OptoDAS',
    {
      unit: 'rad/m/s',
      refractiveIndex: null,
      countScale: { value: 0.5, at: 'dataScale' },
      microstrainPerRadian: { value: 1e6 / 9.36221e6, at: 'sensitivities' },
    },
    (0.5 * 1e6) / 9.36221e6,
  ],
  [
    'AP Sensing',
    {
      unit: 'rad/s',
      refractiveIndex: null,
      microstrainPerRadian: { value: 21.54e-3, at: 'RadiansToNanoStrain' },
    },
    21.54e-3,
  ],
  [
    'Neubrex',
    {
      unit: 'rad/second',
      refractiveIndex: null,
      microstrainPerRadian: { value: 0.5417, at: 'PhaseToStrainConversion' },
    },
    0.5417,
  ],
  ['Febus', { unit: 'nstrain/s', refractiveIndex: null, gaugeLengthM: null }, 1e-3],
] as const)('%s: a stored one is so many microstrain/s', (_, changes, expected) => {
  const { units, factor } = convert(changes);
  expect(units).toBe('microstrain/s');
  expect(factor / expected).toBeCloseTo(1, 12);
});

it('16-bit phase counts unwrap modulo one turn, wider ones do not wrap', () => {
  const unit = 'rad * 2PI/2^16';
  const narrow = convert({ unit, isInteger: true, bytesPerValue: 2 });
  expect(narrow.wrapCounts).toBe(65536);
  expect(narrow.factor).toBeCloseTo((1.077149e-2 * 500 * 2 * Math.PI) / 65536, 9);
  expect(convert({ unit, isInteger: true }).wrapCounts).toBeNull();
});

it.each([
  [{ unit: null }, /no unit/],
  [{ unit: 'bananas' }, /no known scale/],
  [{ unit: '(nm/m)/s * Hz/m' }, /does not say whether/],
  [{ unit: '(nm/m)/s * Hz/m', isInteger: true, gaugeLengthM: null }, /gauge length/],
  [{ unit: 'rad', refractiveIndex: null }, /refractive index/],
  [{ unit: 'rad', gaugeLengthM: null }, /gauge length/],
])('%o stays counts and says why', (changes, why) => {
  const conversion = convert(changes);
  expect(conversion).toMatchObject({ units: 'counts', factor: 1, difference: false });
  expect(conversion.audit).toMatchObject([{ topic: 'units', used: 'counts' }]);
  expect(conversion.audit[0]?.why).toMatch(why);
});

it('a scale that the file states wins over the formula; far apart they are a disagreement', () => {
  // AP Sensing's 21.54 nanostrain a radian at 4.9 m: the formula says 21.98.
  const stated = { value: 0.02154, at: 'RadiansToNanoStrain' };
  const near = convert({ unit: 'rad', gaugeLengthM: 4.9, microstrainPerRadian: stated });
  expect(near.factor).toBeCloseTo(0.02154 * 500, 12);
  expect(near.audit[0]).toMatchObject({ severity: 'note', used: 0.02154 });
  const far = convert({ unit: 'rad', gaugeLengthM: 10, microstrainPerRadian: stated });
  expect(far.audit[0]).toMatchObject({ severity: 'disagreement', used: 0.02154 });
  // OptoDAS: rad/m/s over a sensitivity of 9.36221e6 rad/m/strain needs no constant of the fibre.
  const opto = convert({
    unit: 'rad/m/s',
    gaugeLengthM: null,
    refractiveIndex: null,
    microstrainPerRadian: { value: 1e6 / 9.36221e6, at: '1e6 / sensitivities' },
  });
  expect(opto).toMatchObject({ units: 'microstrain/s', factor: 1e6 / 9.36221e6 });
});

it('a stated size of a count multiplies, and only where there is a unit', () => {
  const countScale = { value: 2e-9, at: 'scale factor to strain' };
  expect(convert({ unit: 'strain', countScale }).factor).toBeCloseTo(2e-3 * 500, 12);
  expect(convert({ unit: null, countScale })).toMatchObject({ units: 'counts', factor: 1 });
});

it('velocity keeps its unit', () => {
  expect(convert({ unit: 'm/s' })).toMatchObject({ component: 'velocity', units: 'm/s' });
});
