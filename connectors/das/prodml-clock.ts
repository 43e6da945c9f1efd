/**
 * The clock of a PRODML file: `RawDataTime` in, time stamps and contradictions out.
 * @module
 */
import { CorruptSourceError } from '../../core/errors.js';
import { nsToIso } from '../../core/time.js';
import { disagreement, type AuditEntry } from './audit.js';
import { textAttribute, timeAttribute, type AttributeSet } from './attributes.js';
import type { TimeStamps } from './clock.js';
import type { Hdf5Reader } from './hdf5.js';

const US_PER: Readonly<Record<string, number>> = { us: 1, µs: 1, ms: 1e3, s: 1e6, ns: 1e-3 };
/** int64 stamps read at once. */
const STAMPS_PER_SLICE = 4 * 1024 * 1024;

/** Stamps of `RawDataTime`: int64 microseconds UTC unless `@Uom` says otherwise. */
export function readStamps(reader: Hdf5Reader, path: string): TimeStamps {
  const header = reader.dataset(path);
  const count = header?.shape.length === 1 ? (header.shape[0] as number) : 0;
  if (count === 0) {
    throw new CorruptSourceError({
      source: reader.source,
      at: path,
      reason:
        'expected one time stamp a sample, ' +
        (header === null ? 'found no such dataset' : `found shape [${header.shape.join(', ')}]`),
    });
  }
  const attributes = { source: reader.source, path, values: reader.attributes(path) };
  const uom = (
    textAttribute(attributes, 'Uom') ??
    textAttribute(attributes, 'uom') ??
    'us'
  ).toLowerCase();
  const perUnit = US_PER[uom];
  if (perUnit === undefined) {
    throw new CorruptSourceError({
      source: reader.source,
      at: `${path}@Uom`,
      reason: `unknown unit of time '${uom}'`,
    });
  }
  const offsetsS = new Float64Array(count);
  let origin: bigint | number | null = null;
  for (let from = 0; from < count; from += STAMPS_PER_SLICE) {
    const values = reader.slice(path, [[from, Math.min(count, from + STAMPS_PER_SLICE)]]);
    origin ??= values[0] as bigint | number;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as bigint | number;
      // Integers are subtracted exactly: microseconds since 1970 need 51 bits, ns need 61.
      const offset =
        typeof value === 'bigint' ? Number(value - (origin as bigint)) : value - Number(origin);
      offsetsS[from + i] = (offset * perUnit) / 1e6;
    }
  }
  return { originNs: originNs(reader.source, path, origin ?? 0, perUnit), offsetsS };
}

function originNs(source: string, at: string, origin: bigint | number, perUnit: number): bigint {
  if (typeof origin === 'bigint' && perUnit >= 1) return origin * BigInt(perUnit * 1000);
  if (typeof origin === 'bigint') return origin;
  if (Number.isFinite(origin)) return BigInt(Math.round(origin * perUnit)) * 1000n;
  throw new CorruptSourceError({ source, at: `${at}[0]`, reason: 'not a time' });
}

/** Audit of start and end attributes that contradict the stamps. */
export function auditStampClaims(input: {
  acquisition: AttributeSet;
  data: AttributeSet;
  stamps: TimeStamps;
}): AuditEntry[] {
  const { acquisition, data, stamps } = input;
  const audit: AuditEntry[] = [];
  const lastNs = stamps.originNs + BigInt(Math.round((stamps.offsetsS.at(-1) as number) * 1e9));
  const claims: [string, bigint | null, bigint][] = [
    ['RawData@PartStartTime', timeAttribute(data, 'PartStartTime'), stamps.originNs],
    ['RawData@PartEndTime', timeAttribute(data, 'PartEndTime'), lastNs],
  ];
  for (const [name, claimed, stamped] of claims) {
    const offS = claimed === null ? 0 : Number(claimed - stamped) / 1e9;
    if (Math.abs(offS) > 1e-3) {
      audit.push(
        disagreement(
          'time',
          { [name]: nsToIso(claimed ?? 0n), 'time stamp': nsToIso(stamped) },
          nsToIso(stamped),
          `${offS.toPrecision(6)} s apart; the stamps belong to the samples`,
        ),
      );
    }
  }
  const startNs = timeAttribute(acquisition, 'MeasurementStartTime');
  if (startNs !== null && stamps.originNs < startNs - 1_000_000n) {
    audit.push(
      disagreement(
        'time',
        {
          'Acquisition@MeasurementStartTime': nsToIso(startNs),
          'first time stamp': nsToIso(stamps.originNs),
        },
        nsToIso(stamps.originNs),
        'the measurement cannot start after its first sample; the stamps belong to the samples',
      ),
    );
  }
  return audit;
}
