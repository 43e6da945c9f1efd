/**
 * The clock of a PRODML file: `RawDataTime` in, time stamps and contradictions out.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { nsToIso } from '../../../core/time.js';
import { assumption, disagreement, type AuditEntry } from '../audit.js';
import {
  numberAttribute,
  textAttribute,
  textListAttribute,
  timeAttribute,
  type AttributeSet,
} from '../attributes.js';
import type { TimeStamps } from '../clock.js';
import type { DatasetHeader, Hdf5Reader } from '../../hdf5/hdf5.js';
import { readTimeStamps } from '../time-stamps.js';

const PER_SECOND: Readonly<Record<string, number>> = { us: 1e6, µs: 1e6, ms: 1e3, s: 1, ns: 1e9 };
/** Most samples whose times are made from a start and a rate. */
const MAX_SAMPLES = 2 ** 25;

/** Stamps of `RawDataTime`: int64 microseconds UTC unless `@Uom` says otherwise. */
function readStamps(reader: Hdf5Reader, path: string): TimeStamps {
  const attributes = { source: reader.source, path, values: reader.attributes(path) };
  const uom = (
    textAttribute(attributes, 'Uom') ??
    textAttribute(attributes, 'uom') ??
    'us'
  ).toLowerCase();
  const ticksPerSecond = PER_SECOND[uom];
  if (ticksPerSecond === undefined) {
    throw new CorruptSourceError({
      source: reader.source,
      at: `${path}@Uom`,
      reason: `unknown unit of time '${uom}'`,
    });
  }
  return readTimeStamps(reader, { path, ticksPerSecond });
}

/**
 * Stamps of `path`; in a file without them, times by PartStartTime (else MeasurementStartTime) and
 * OutputDataRate. Throws CorruptSourceError when neither is there.
 */
export function prodmlStamps(
  reader: Hdf5Reader,
  input: {
    readonly path: string;
    readonly header: DatasetHeader;
    readonly acquisition: AttributeSet;
    readonly group: AttributeSet;
    readonly data: AttributeSet;
  },
): { readonly stamps: TimeStamps; readonly audit: readonly AuditEntry[] } {
  const { path, acquisition, group, data } = input;
  const { source } = reader;
  if (reader.dataset(path) !== null) return { stamps: readStamps(reader, path), audit: [] };
  const partNs = timeAttribute(data, 'PartStartTime');
  const originNs = partNs ?? timeAttribute(acquisition, 'MeasurementStartTime');
  const rateHz = numberAttribute(group, 'OutputDataRate');
  const count = samplesByLoci(input);
  if (originNs === null || rateHz === null || rateHz <= 0 || count === null) {
    const reason = 'missing, and no start time with OutputDataRate and NumberOfLoci in its place';
    throw new CorruptSourceError({ source, at: path, reason });
  }
  if (count > MAX_SAMPLES) {
    throw new CorruptSourceError({ source, at: path, reason: `missing, for ${count} samples` });
  }
  const found = {
    [path]: null,
    [partNs === null ? 'Acquisition@MeasurementStartTime' : 'RawData@PartStartTime']:
      nsToIso(originNs),
  };
  const why = 'no time stamps: equal steps from the start time by OutputDataRate';
  return {
    stamps: { originNs, offsetsS: Float64Array.from({ length: count }, (_, i) => i / rateHz) },
    audit: [assumption('time', found, nsToIso(originNs), why)],
  };
}

/** Length of the axis that is not the one of the loci, by NumberOfLoci, else by the label. */
function samplesByLoci(input: {
  header: DatasetHeader;
  acquisition: AttributeSet;
  group: AttributeSet;
  data: AttributeSet;
}): number | null {
  const { shape } = input.header;
  const loci =
    numberAttribute(input.group, 'NumberOfLoci') ??
    numberAttribute(input.acquisition, 'NumberOfLoci');
  const label = textListAttribute(input.data, 'Dimensions')?.[0]?.toLowerCase();
  if (shape.length !== 2) return null;
  const [rows = 0, columns = 0] = shape;
  if (rows !== columns && loci === columns) return rows;
  if (rows !== columns && loci === rows) return columns;
  return label === 'time' ? rows : label === 'locus' ? columns : null;
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
