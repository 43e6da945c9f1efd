/**
 * In: a list of device positions (OpenEEW `device_locations.json`). Out: positions by device id.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { PhonePosition } from '../../core/tables/phone-table.js';
import { CorruptSourceError, UnavailableError } from '../../core/errors.js';

/** A registered position. */
export interface DevicePosition extends PhonePosition {
  readonly elevationM: number;
}

export type DevicePositions = ReadonlyMap<string, DevicePosition>;

/**
 * The list has two decimals: the true place is spread evenly over a cell of 0.01 degrees, 1.11 km
 * wide, whose standard deviation is 1.11 / sqrt(12).
 */
const LIST_SIGMA_KM = 0.32;

const schema = z.array(
  z.object({
    device_id: z.string().min(1).max(64),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    elev: z.number().nullish(),
    position_sigma_km: z.number().positive().nullish(),
  }),
);

/** Reads a list. Throws UnavailableError or CorruptSourceError naming the field. */
export async function readDevices(path: string): Promise<DevicePositions> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UnavailableError({
      what: `device list ${path}`,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'give the path of device_locations.json in the option devices',
      retryable: false,
      cause,
    });
  });
  return parseDevices(text, path);
}

/** Parses the text of a list; `source` is for the error message. */
export function parseDevices(text: string, source: string): DevicePositions {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CorruptSourceError({ source, at: 'byte 0', reason: 'not JSON', cause });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new CorruptSourceError({
      source,
      at: issue?.path.join('.') ?? 'root',
      reason: issue?.message ?? 'not a device list',
    });
  }
  return new Map(
    parsed.data.map((device) => [
      device.device_id,
      {
        latitude: device.latitude,
        longitude: device.longitude,
        elevationM: device.elev ?? 0,
        positionSigmaKm: device.position_sigma_km ?? LIST_SIGMA_KM,
      },
    ]),
  );
}
