/**
 * Training motions: quakes of the generative model, their traces and peaks, mixed with scenarios drawn
 * from the published equations. A seed in, examples out; the same seed gives the same examples.
 * @module
 */
import { createRandom, type Random } from '../../../core/random.js';
import { fromLocalKm } from '../../../core/geo.js';
import { simulateTrace } from '../../generative/seismogram.js';
import { drawEventTerms, shakingAt } from '../../generative/shaking.js';
import { drawSource, type SimulatedSource } from '../../generative/source.js';
import { butterworth, sosFilter } from '../../signal/butterworth.js';
import { AW07, AWW14, BSSA14, CUA_HEATON } from '../equations.js';
import {
  MEASURES,
  type GroundMotionModel,
  type Measure,
  type Mechanism,
  type Scenario,
} from '../ground-motion-model.js';
import { mmiFromPga, mmiFromPgv } from '../intensity.js';

/** One motion at one site. */
export interface MotionExample {
  readonly measure: Measure;
  /** Events of one number share their between-event term. */
  readonly event: number;
  readonly scenario: Scenario;
  /** In the units of the measure. */
  readonly value: number;
}

const RATE_HZ = 50;
/** Sites of the generative model are soil: its envelopes are those of Cua and Heaton's soil class. */
const SIMULATED_VS30 = 300;
const SITES = 12;
/** Scatter of one intensity about the conversion from peaks (Worden et al. 2012), MMI. */
const CONVERSION_SIGMA = 0.65;
const EQUATIONS: Readonly<Record<Measure, readonly GroundMotionModel[]>> = {
  pga: [BSSA14, CUA_HEATON],
  pgv: [BSSA14],
  mmi: [AW07, AWW14],
};

/** `events` simulated quakes and as many drawn from each equation, with `SITES` sites each. */
export function simulateMotions(input: {
  readonly seed: number;
  readonly events: number;
}): MotionExample[] {
  const random = createRandom(input.seed);
  const examples: MotionExample[] = [];
  let event = 0;
  for (let i = 0; i < input.events; i++) {
    examples.push(...simulatedEvent(random, event++));
    for (const measure of MEASURES) {
      for (const model of EQUATIONS[measure]) {
        examples.push(...equationEvent(random, { model, measure, event: event++ }));
      }
    }
  }
  return examples;
}

/** Peaks of simulated accelerograms: peak velocity by integration, intensity from both peaks. */
function simulatedEvent(random: Random, event: number): MotionExample[] {
  const from = 3 + 4.2 * random.uniform();
  const source = drawSource({
    random,
    bounds: { west: 0, east: 1, south: 38, north: 39 },
    timeS: { from: 0, to: 1e-6 },
    magnitude: { min: from, max: from + 0.1 },
    depthKm: { min: 2, max: 30 },
  });
  const terms = drawEventTerms(random);
  const feltBias = 0.35 * random.normal();
  return Array.from({ length: SITES }, () => {
    const distanceKm = logUniform(random, 1, 250);
    const angle = 2 * Math.PI * random.uniform();
    const local = { eastKm: distanceKm * Math.cos(angle), northKm: distanceKm * Math.sin(angle) };
    const place = fromLocalKm(source, local);
    const quantity = 'pga-gal';
    const { p, s } = shakingAt({ random, source, place, quantity, terms, velocityModel: 'iasp91' });
    const lateS = p.timeS - 1;
    const onsets = [p, s].map((onset) => ({ ...onset, timeS: onset.timeS - lateS }));
    const lengthS = Math.min(160, s.timeS - lateS + 2 * s.decayS);
    const trace = simulateTrace({
      random,
      rateHz: RATE_HZ,
      sampleCount: Math.ceil(lengthS * RATE_HZ),
      onsets,
      bandHz: bandOf(source, distanceKm),
    });
    const pga = Math.log10(largest(trace));
    const pgv = Math.log10(largest(velocityOf(trace)));
    const conversion = (mmiFromPga(10 ** pga).mmi + mmiFromPgv(10 ** pgv).mmi) / 2;
    const mmi = Math.max(1, conversion + feltBias + CONVERSION_SIGMA * random.normal());
    const scenario = {
      magnitude: source.magnitude,
      distanceKm,
      depthKm: source.depthKm,
      vs30: SIMULATED_VS30,
      mechanism: mechanismOf(source.rakeDeg),
    };
    const values = { pga, pgv, mmi };
    return MEASURES.map((measure) => ({ measure, event, scenario, value: values[measure] }));
  }).flat();
}

/**
 * Band of a Brune (1970) source of 50 bar behind attenuation (kappa 0.04 s, Q 300): acceleration is
 * flat between the corner and that limit.
 */
function bandOf(source: SimulatedSource, distanceKm: number): readonly [number, number] {
  const betaKmS = 3.5;
  const momentDyneCm = 10 ** (1.5 * source.magnitude + 16.05);
  const cornerHz = 4.9e6 * betaKmS * (50 / momentDyneCm) ** (1 / 3);
  const pathKm = Math.hypot(distanceKm, source.depthKm);
  const limitHz = 1 / (Math.PI * (0.04 + pathKm / (300 * betaKmS)));
  const lowHz = Math.min(5, Math.max(0.08, cornerHz));
  return [lowHz, Math.min(20, Math.max(limitHz, 2 * lowHz))];
}

/** Integral of an acceleration in gal without what lies below 0.05 Hz, cm/s. */
function velocityOf(trace: Float32Array): Float64Array {
  const highpass = butterworth({ kind: 'highpass', order: 2, rateHz: RATE_HZ, cornerHz: 0.05 });
  const velocity = new Float64Array(trace.length);
  for (let i = 1; i < trace.length; i++) {
    const step = ((trace[i - 1] as number) + (trace[i] as number)) / (2 * RATE_HZ);
    velocity[i] = (velocity[i - 1] as number) + step;
  }
  return sosFilter(highpass, velocity, { initial: 'zero' });
}

function equationEvent(
  random: Random,
  input: { readonly model: GroundMotionModel; readonly measure: Measure; readonly event: number },
): MotionExample[] {
  const { model, measure, event } = input;
  const [low, high] = model.range.magnitude;
  const least = Math.max(3, low);
  const source = {
    magnitude: least + (Math.min(8, high) - least) * random.uniform(),
    depthKm: 3 + 17 * random.uniform(),
    mechanism: MECHANISMS[random.integer(MECHANISMS.length)] as Mechanism,
  };
  const eventTerm = random.normal();
  return Array.from({ length: SITES }, () => {
    const distanceKm = logUniform(random, 0.5, model.range.distanceKm[1]);
    const scenario = { ...source, distanceKm, vs30: logUniform(random, 180, 1200) };
    const { median, tau, phi } = model.predict(measure, scenario);
    return { measure, event, scenario, value: median + tau * eventTerm + phi * random.normal() };
  });
}

const MECHANISMS: readonly Mechanism[] = ['strike-slip', 'reverse', 'normal', 'unspecified'];

function mechanismOf(rakeDeg: number): Mechanism {
  if (rakeDeg === 90) return 'reverse';
  return rakeDeg === -90 ? 'normal' : 'strike-slip';
}

const logUniform = (random: Random, low: number, high: number): number =>
  low * (high / low) ** random.uniform();

function largest(values: Float32Array | Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
