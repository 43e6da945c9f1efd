/**
 * The budget of a quake that was or was not declared: odds, nats by source and by sensor, and what
 * the odds would be without each. Evidence and a supposition in, numbers out.
 * @module
 */
import type { EvidenceSet, SourceKind } from '../../../core/evidence.js';
import type { Region } from '../../../core/region.js';
import { logistic } from '../../numerics/special.js';
import { jointModel } from '../joint-likelihood.js';
import { DEFAULT_PARAMETERS } from '../parameters.js';
import { supposedQuake, type Supposition, type SupposedQuake } from './hypothesis.js';
import { sensorBudget, type SensorBudget, type SensorState } from './sensor-budget.js';

/** Share of one source. */
export interface SourceBudget {
  readonly source: SourceKind;
  readonly items: number;
  /** Mean log-likelihood ratio for the quake, nats. */
  readonly nats: number;
  /** Log odds of the quake with this source left out. */
  readonly logOddsWithout: number | null;
  /** Sensors by what they did; absent for reports. */
  readonly states?: Readonly<Partial<Record<SensorState, number>>>;
}

export interface QuakeBudget {
  readonly logOdds: number;
  readonly probability: number;
  /** ln of the events that the prior expects within the supposition. */
  readonly logPrior: number;
  /** What the data say of it, nats; 0 without data. `logOdds` is the sum of both. */
  readonly logBayesFactor: number;
  /** Most credible such quake: means over the draws. */
  readonly best: {
    readonly timeS: number;
    readonly latitude: number;
    readonly longitude: number;
    readonly depthKm: number;
    readonly magnitude: number;
  };
  readonly sources: readonly SourceBudget[];
  readonly sensors: readonly SensorBudget[];
  /** Sensors that speak most against it; log odds without each. */
  readonly blame: readonly {
    readonly sensorId: string;
    readonly nats: number;
    readonly logOddsWithout: number;
  }[];
}

const BLAMED = 3;
const LOO_COUNT = 250;

/** Null where the supposition lies outside region and window. Deterministic for a seed. */
export function explainQuake(input: {
  readonly evidence: EvidenceSet;
  readonly region: Region;
  readonly supposition: Supposition;
  readonly seed: number;
}): QuakeBudget | null {
  const { evidence, region, supposition, seed } = input;
  const parameters = DEFAULT_PARAMETERS;
  const model = jointModel({ evidence, region, parameters });
  const quake = supposedQuake({ model, supposition, seed });
  if (!quake) return null;
  const oddsOf = (less: EvidenceSet): number | null =>
    supposedQuake({
      model: jointModel({ evidence: less, region, parameters }),
      supposition,
      seed,
      count: LOO_COUNT,
    })?.logOdds ?? null;
  const withoutSource = (source: SourceKind): EvidenceSet => ({
    ...evidence,
    sensors: evidence.sensors.filter((sensor) => sensor.source !== source),
    reports: source === 'reports' ? null : evidence.reports,
    crowd: source === 'phones' ? null : (evidence.crowd ?? null),
  });
  const sensors = sensorBudget(model, quake);
  const means = meanBySource(model, quake);
  const kinds = (['das', 'phones', 'reports'] as const).filter((source) =>
    source === 'reports'
      ? evidence.reports !== null
      : sensors.some((s) => s.source === source) || (source === 'phones' && model.crowd !== null),
  );
  const crowdCells = model.crowd?.cells.length ?? 0;
  const against = sensors.filter(({ nats }) => nats < 0).slice(0, BLAMED);
  return {
    logOdds: quake.logOdds,
    probability: logistic(quake.logOdds),
    logPrior: quake.logPrior,
    logBayesFactor: quake.logBayesFactor,
    best: meanOf(quake),
    sources: kinds.map((source): SourceBudget => {
      const own = sensors.filter((sensor) => sensor.source === source);
      const states: Partial<Record<SensorState, number>> = {};
      for (const { state } of own) states[state] = (states[state] ?? 0) + 1;
      const reports = (model.cells?.cellsUsed ?? 0) + (model.posts ? 1 : 0);
      return {
        source,
        items: source === 'reports' ? reports : own.length + (source === 'phones' ? crowdCells : 0),
        nats: means[source],
        logOddsWithout: kinds.length > 1 ? oddsOf(withoutSource(source)) : null,
        ...(source === 'reports' ? {} : { states }),
      };
    }),
    sensors,
    blame: against.map(({ sensorId, nats }) => {
      const less = {
        ...evidence,
        sensors: evidence.sensors.filter((s) => s.sensorId !== sensorId),
      };
      return { sensorId, nats, logOddsWithout: oddsOf(less) ?? quake.logOdds };
    }),
  };
}

function meanBySource(
  model: ReturnType<typeof jointModel>,
  quake: SupposedQuake,
): Record<'das' | 'phones' | 'reports', number> {
  const sums = { das: 0, phones: 0, reports: 0 };
  quake.events.forEach((event, i) => {
    const split = model.bySource(event, quake.terms[i] as Float64Array);
    sums.das += split.das;
    sums.phones += split.phones;
    sums.reports += split.reports;
  });
  const n = quake.events.length;
  return { das: sums.das / n, phones: sums.phones / n, reports: sums.reports / n };
}

function meanOf(quake: SupposedQuake): QuakeBudget['best'] {
  const mean = (key: keyof QuakeBudget['best']): number =>
    quake.events.reduce((sum, event) => sum + event[key], 0) / quake.events.length;
  return {
    timeS: mean('timeS'),
    latitude: mean('latitude'),
    longitude: mean('longitude'),
    depthKm: mean('depthKm'),
    magnitude: mean('magnitude'),
  };
}
