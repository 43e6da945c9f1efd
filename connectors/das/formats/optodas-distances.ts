/**
 * Distances of the channels of an OptoDAS file: numbers of sensors times their base spacing.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { placeOf, type AttributeSet } from '../attributes.js';
import { assumption, disagreement, note, type AuditEntry } from '../audit.js';
import { datasetFields, positiveNumber, statedNumber } from '../header-fields.js';
import type { Hdf5Reader } from '../../hdf5/hdf5.js';
import type { DasRecording } from '../recording.js';

const CHANNELS = '/header/channels';
const SENSORS = '/cableSpec/sensorDistances';
/** Most channels of a fibre that are looked at one by one. */
const MAX_CHANNELS = 2 ** 22;

/**
 * `header/channels` * `header/dx`: the numbers are those of the undecimated fibre, so a file of
 * every 50th channel has a spacing of 50 dx. `cableSpec/sensorDistances` lists the whole fibre.
 * Throws CorruptSourceError when the channels do not increase or are not as many as the data's.
 */
export function optodasDistances(
  reader: Hdf5Reader,
  input: { readonly header: AttributeSet; readonly channelCount: number },
): Pick<DasRecording, 'firstChannel' | 'firstDistanceM' | 'spacingM' | 'distancesM' | 'audit'> & {
  readonly channelStep: number;
} {
  const { header, channelCount } = input;
  const dx = positiveNumber(header, 'dx');
  const numbers = channelNumbers(reader, channelCount);
  if (numbers === null) {
    const roi = datasetFields(reader, '/demodSpec', ['roiStart', 'roiDec']);
    const first = statedNumber(roi, 'roiStart') ?? 0;
    const step = statedNumber(roi, 'roiDec') ?? 1;
    const found = {
      [CHANNELS]: null,
      [placeOf(roi, 'roiStart')]: statedNumber(roi, 'roiStart'),
      [placeOf(roi, 'roiDec')]: statedNumber(roi, 'roiDec'),
    };
    const why = 'no list of channels: counted from the region of interest';
    return {
      firstChannel: first,
      firstDistanceM: first * dx,
      spacingM: step * dx,
      distancesM: null,
      channelStep: step,
      audit: [assumption('first-distance', found, first * dx, why)],
    };
  }
  const firstChannel = numbers[0] as number;
  const step = numbers.length > 1 ? (numbers[1] as number) - firstChannel : 1;
  const isRegular = numbers.every((number, i) => number === firstChannel + i * step);
  const audit: AuditEntry[] = [];
  if (step !== 1) {
    const found = { [placeOf(header, 'dx')]: dx, [`step of ${CHANNELS}`]: step };
    const why = 'the fibre was decimated in space: dx is the spacing before that';
    audit.push(note('channel-spacing', found, step * dx, why));
  }
  if (!isRegular) {
    const why = 'channels are not equally spaced: each has its own distance';
    audit.push(note('channel-spacing', { [CHANNELS]: numbers.length }, null, why));
  }
  const firstDistanceM = firstChannel * dx;
  return {
    firstChannel,
    firstDistanceM,
    spacingM: step * dx,
    distancesM: isRegular ? null : Float64Array.from(numbers, (number) => number * dx),
    channelStep: step,
    audit: [...audit, ...heldAgainstSensors(reader, { firstDistanceM, channelCount, dx })],
  };
}

function channelNumbers(reader: Hdf5Reader, channelCount: number): Float64Array | null {
  const { source } = reader;
  const shape = reader.dataset(CHANNELS)?.shape;
  if (shape === undefined) return null;
  const refuse = (at: string, reason: string): never => {
    throw new CorruptSourceError({ source, at, reason });
  };
  if (shape.length !== 1 || shape[0] !== channelCount || channelCount > MAX_CHANNELS) {
    return refuse(CHANNELS, `shape [${shape.join(', ')}] for ${channelCount} channels of data`);
  }
  const numbers = numbersAt(reader, CHANNELS, channelCount);
  for (let i = 1; i < numbers.length; i++) {
    if (!((numbers[i] as number) > (numbers[i - 1] as number))) {
      refuse(`${CHANNELS}[${i}]`, 'channel numbers do not increase');
    }
  }
  return numbers;
}

/** The first channel must be one of the sensors; with as many sensors as channels, the first. */
function heldAgainstSensors(
  reader: Hdf5Reader,
  input: { firstDistanceM: number; channelCount: number; dx: number },
): AuditEntry[] {
  const { firstDistanceM, channelCount, dx } = input;
  const count = reader.dataset(SENSORS)?.shape[0] ?? 0;
  if (count === 0 || count > MAX_CHANNELS) return [];
  const sensors = numbersAt(reader, SENSORS, count);
  const first = sensors[0] as number;
  const distance = (value: number): number => Math.abs(value - firstDistanceM);
  const nearest =
    count === channelCount
      ? first
      : sensors.reduce((best, value) => (distance(value) < distance(best) ? value : best), first);
  const found = { [`${CHANNELS}[0] * dx`]: firstDistanceM, [`nearest of ${SENSORS}`]: nearest };
  if (Math.abs(nearest - firstDistanceM) > 0.5 * dx) {
    const why = 'header/channels belongs to the data, sensorDistances to the cable';
    return [disagreement('first-distance', found, firstDistanceM, why)];
  }
  if (count === channelCount) return [];
  const sizes = { [SENSORS]: count, [CHANNELS]: channelCount };
  const why = 'sensorDistances lists the whole cable, header/channels the channels of the data';
  return [note('shape', sizes, channelCount, why)];
}

function numbersAt(reader: Hdf5Reader, path: string, count: number): Float64Array {
  return Float64Array.from(reader.slice(path, [[0, count]]) as ArrayLike<number>, Number);
}
