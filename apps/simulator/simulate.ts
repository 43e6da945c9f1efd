/**
 * One simulated quake in all four kinds of observation, in their true file and message formats, the
 * truth beside them. In: a folder and a seed; out: a region to fuse and the truth to compare with.
 * Everything is written once: the same seed gives the same observations.
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRandom } from '../../core/random.js';
import type { RegionConfig } from '../../core/region.js';
import {
  addSeconds,
  isoToNs,
  secondsToNs,
  type IsoTime,
  type TimeWindow,
} from '../../core/time.js';
import { writeProdml } from '../../connectors/das/write/write-prodml.js';
import { writeLicsarScene } from '../../connectors/insar/write-licsar.js';
import { squareCorners, writeDyfi } from '../../connectors/reports/write-dyfi.js';
import { writePosts } from '../../connectors/reports/write-posts.js';
import { simulateFibre } from '../../models/generative/fibre.js';
import { simulateScene } from '../../models/generative/interferogram.js';
import {
  drawDevices,
  simulatePackets,
  type SimulatedPacket,
} from '../../models/generative/phones.js';
import { simulateCells, simulatePosts } from '../../models/generative/reports.js';
import { drawEventTerms } from '../../models/generative/shaking.js';
import { drawSource } from '../../models/generative/source.js';
import { FIBRE, REGION, SCENE_DATES, START, TOWNS, WINDOW } from './world.js';

/** The truth as a reference origin; the rest of the source is in truth.json. */
export interface SimulatedTruth {
  readonly originTime: IsoTime;
  readonly latitude: number;
  readonly longitude: number;
  readonly depthKm: number;
  readonly magnitude: number;
}

export interface Simulation {
  readonly truth: SimulatedTruth;
  /** Region whose sources are the simulated files and the phones' topic. */
  readonly region: RegionConfig;
  /** Folder with `<device>/all.jsonl` to be published. */
  readonly phonesFolder: string;
  readonly range: TimeWindow;
}

const DURATION_S = 360;
const DEVICES = 24;
const VELOCITY_MODEL = 'iasp91' as const;

/** Writes the simulation into `folder` unless that of the seed is there. */
export async function simulateQuake(input: { folder: string; seed: number }): Promise<Simulation> {
  const { folder, seed } = input;
  const truthFile = path.join(folder, 'truth.json');
  if ((await seedOf(truthFile)) !== seed) {
    // Made beside its place and renamed, so that a killed simulation leaves no half of one.
    const partial = `${folder}.part`;
    await rm(partial, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
    await writeAll(partial, seed);
    await rename(partial, folder);
  }
  const truth = JSON.parse(await readFile(truthFile, 'utf8')) as SimulatedTruth;
  const uri = (name: string): string => pathToFileURL(path.join(folder, name)).href;
  const sources: RegionConfig['sources'] = [
    {
      kind: 'das',
      id: 'fibre',
      uri: uri('das'),
      options: {
        latitude: FIBRE.latitude,
        longitude: FIBRE.longitude,
        elevationM: 0,
        positionSigmaKm: 0.1,
        fibreId: 'woven-fibre',
      },
    },
    { kind: 'phones', id: 'phones', uri: `mqtt:quakeloom/${REGION.id}/phones/+` },
    { kind: 'insar', id: 'licsar', uri: uri('insar') },
    {
      kind: 'reports',
      id: 'dyfi',
      uri: uri('reports/dyfi_geo_10km.geojson'),
      options: { validFrom: WINDOW.start, validTo: WINDOW.end },
    },
    { kind: 'reports', id: 'posts', uri: uri('reports/posts.jsonl') },
  ];
  return {
    truth,
    region: { ...REGION, sources },
    phonesFolder: path.join(folder, 'phones'),
    range: WINDOW,
  };
}

/** Seed of the simulation that is there; null when none is, or not all of it. */
async function seedOf(truthFile: string): Promise<number | null> {
  if (!existsSync(truthFile)) return null;
  try {
    return (JSON.parse(await readFile(truthFile, 'utf8')) as { seed: number }).seed;
  } catch {
    return null;
  }
}

async function writeAll(folder: string, seed: number): Promise<void> {
  // One stream a part: a change in one kind of observation leaves the others as they are.
  const stream = (part: number) => createRandom(seed + part);
  const random = stream(0);
  const source = drawSource({
    random,
    bounds: { west: -118.3, south: 38.2, east: -117.5, north: 38.8 },
    timeS: { from: 100, to: 140 },
    magnitude: { min: 6.0, max: 6.5 },
    depthKm: { min: 6, max: 11 },
  });
  const terms = drawEventTerms(random);
  const startNs = isoToNs(START);
  const at = (seconds: number): bigint => startNs + secondsToNs(seconds);
  for (const name of ['das', 'phones', 'insar', 'reports']) {
    await mkdir(path.join(folder, name), { recursive: true });
  }

  await writeProdml({
    path: path.join(folder, 'das', 'fibre.h5'),
    startNs,
    rateHz: FIBRE.rateHz,
    channelCount: FIBRE.channelCount,
    dxM: FIBRE.channelSpacingM,
    gaugeLengthM: 10,
    samples: simulateFibre({
      random: stream(1),
      fibre: FIBRE,
      source,
      terms,
      durationS: DURATION_S,
      velocityModel: VELOCITY_MODEL,
    }),
    unit: 'microstrain/s',
  });

  const phones = stream(2);
  const devices = drawDevices({ random: phones, count: DEVICES, towns: TOWNS });
  for (const device of devices) {
    const packets = simulatePackets({
      random: phones,
      device,
      source,
      terms,
      durationS: DURATION_S,
      velocityModel: VELOCITY_MODEL,
    });
    const lines = packets.map((packet) => openEewLine(packet, Number(startNs / 1_000_000n) / 1000));
    await mkdir(path.join(folder, 'phones', device.deviceId));
    await writeFile(path.join(folder, 'phones', device.deviceId, 'all.jsonl'), lines.join(''));
  }
  const locations = devices.map(({ deviceId, latitude, longitude }) => ({
    device_id: deviceId,
    latitude,
    longitude,
  }));
  await writeFile(
    path.join(folder, 'phones', 'device_locations.json'),
    JSON.stringify(locations, null, 1),
  );

  await writeLicsarScene({
    scene: simulateScene({
      random: stream(3),
      source,
      centre: { latitude: 38.5, longitude: -117.9 },
      sizeKm: 120,
      pixels: 240,
      incidenceDeg: 39,
      headingDeg: -10,
      ...SCENE_DATES,
      atmosphereM: 0.005,
    }),
    folder: path.join(folder, 'insar'),
    frame: '000A_00000_000000',
  });

  const cells = simulateCells({ random: stream(4), source, towns: TOWNS, sizeKm: 10 });
  await writeDyfi({
    path: path.join(folder, 'reports', 'dyfi_geo_10km.geojson'),
    cells: cells.map((cell, i) => ({
      name: `SIM:${i}`,
      corners: squareCorners({ ...cell, sizeKm: 10 }),
      intensity: cell.intensity,
      responses: cell.responses,
      distanceKm: cell.distanceKm,
    })),
  });
  const posts = simulatePosts({
    random: stream(5),
    source,
    towns: TOWNS,
    durationS: DURATION_S,
    backgroundHz: 1 / 120,
  });
  await writePosts({
    path: path.join(folder, 'reports', 'posts.jsonl'),
    posts: posts.map(({ timeS, place }) => ({
      timeNs: at(timeS),
      latitude: place?.latitude ?? null,
      longitude: place?.longitude ?? null,
      radiusKm: place ? 10 : null,
      id: null,
    })),
  });

  const truth = { ...source, originTime: addSeconds(START, source.timeS), seed, synthetic: true };
  await writeFile(path.join(folder, 'truth.json'), `${JSON.stringify(truth, null, 2)}\n`);
}

/** A packet as OpenEEW devices send it: `device_t` is the time of the last sample. */
function openEewLine(packet: SimulatedPacket, startS: number): string {
  const record = {
    country_code: 'xx',
    device_id: packet.deviceId,
    x: packet.x,
    y: packet.y,
    z: packet.z,
    device_t: startS + packet.lastSampleS,
    cloud_t: startS + packet.arrivalS,
    sr: 31.25,
  };
  return `${JSON.stringify(record)}\n`;
}
