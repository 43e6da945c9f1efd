/**
 * NonLinLoc (Lomax, Virieux, Volant & Berge-Thierry 2000), built from its source: events located by octree
 * search of the equal-differential-time likelihood in a model with a gradient.
 * @module
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { PickStations } from '../../../core/picks.js';
import { cacheDir } from '../../../infra/cache-dir.mjs';
import type { LocatedReading } from '../../../models/detection/readings/location-model.js';
import { notBuilt, sourceFolder, timedRun, type PeerSource } from './native.js';

const SOURCE: PeerSource = {
  name: 'nonlinloc',
  repository: 'https://github.com/ut-beg-texnet/NonLinLoc.git',
  commit: '7a62fa46eff682083352a2ca28e63a4f415d941b',
  variable: 'NONLINLOC_SOURCE',
};
const PROGRAMS = ['Vel2Grid', 'Grid2Time', 'NLLoc'] as const;
const CPU_LIMIT_S = 900;
/** Grids of times and of the search, km. */
const STEP_KM = 0.5;
const REACH_KM = 150;
const TOP_KM = -2;
const BOTTOM_KM = 60;
const HALF_WIDTH_KM = 60;
/** Every event has an hour of its own, by which its files are known. */
const HOUR_S = 3600;
const FIRST_DAY_MS = Date.UTC(2020, 0, 1);

/** Velocity that grows with depth. */
export interface GradientVelocity {
  readonly vpKmS: number;
  readonly gradientPerS: number;
  readonly vpVs: number;
}

/** Equally likely draws of NonLinLoc's posterior. */
export interface NonLinLocDraws {
  readonly eastKm: Float64Array;
  readonly northKm: Float64Array;
  readonly depthKm: Float64Array;
}

/** One pass over all events; null: not located. */
export interface NonLinLocRun {
  readonly events: readonly (NonLinLocDraws | null)[];
  /** Of the location alone. */
  readonly cpuS: number;
  /** Of the grids of travel times. */
  readonly gridCpuS: number;
}

interface Job {
  readonly stations: PickStations;
  /** Readings of each event, seconds within one hour. */
  readonly events: readonly (readonly LocatedReading[])[];
  readonly velocity: GradientVelocity;
  /** Error of travel times as a share of them. */
  readonly travelTimeShare: number;
}

/** Locates events; a text: why that was not possible. */
export function runNonLinLoc(job: Job): NonLinLocRun | string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'fusion-nll-'));
  try {
    let programs: string;
    try {
      programs = build();
    } catch (error) {
      return notBuilt(SOURCE, error);
    }
    const run = (program: (typeof PROGRAMS)[number], control: readonly string[]): number => {
      writeFileSync(path.join(folder, 'control'), `${control.join('\n')}\n`);
      const words = ['control'];
      return timedRun({
        program: path.join(programs, program),
        words,
        folder,
        limitS: CPU_LIMIT_S,
      });
    };
    for (const name of ['model', 'time', 'obs', 'loc']) mkdirSync(path.join(folder, name));
    let gridCpuS = 0;
    for (const phase of ['P', 'S'] as const) {
      const control = gridControl(job, phase);
      gridCpuS += run('Vel2Grid', control) + run('Grid2Time', control);
    }
    job.events.forEach((readings, i) => {
      writeFileSync(path.join(folder, 'obs', `${hourOf(i)}.obs`), observations(readings, i));
    });
    const cpuS = run('NLLoc', locationControl(job.travelTimeShare));
    const files = readdirSync(path.join(folder, 'loc')).filter((file) => file.endsWith('.scat'));
    const events = job.events.map((_, i) => {
      const file = files.find((name) => name.startsWith(`net.${hourOf(i)}`));
      return file ? drawsOf(readFileSync(path.join(folder, 'loc', file))) : null;
    });
    return { events, cpuS, gridCpuS };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The folder of the programs, built once. */
function build(): string {
  const into = path.join(cacheDir(), 'peers', `nonlinloc-${SOURCE.commit.slice(0, 7)}-programs`);
  if (PROGRAMS.every((program) => existsSync(path.join(into, program)))) return into;
  const source = path.join(sourceFolder(SOURCE), 'src');
  const quiet = { stdio: 'pipe', env: { ...process.env, MYBIN: into } } as const;
  execFileSync('cmake', ['-S', source, '-B', into, '-DCMAKE_C_FLAGS=-w'], quiet);
  execFileSync('make', ['-C', into, ...PROGRAMS], quiet);
  return into;
}

const COMMON = ['CONTROL 0 54321', 'TRANS NONE'];

function gridControl({ stations, velocity }: Job, phase: 'P' | 'S'): string[] {
  const { vpKmS, gradientPerS, vpVs } = velocity;
  const layer = (topKm: number, gradient: number): string =>
    `LAYER ${topKm} ${vpKmS} ${gradient} ${vpKmS / vpVs} ${gradient / vpVs} 2.7 0`;
  const across = REACH_KM / STEP_KM + 1;
  const down = (BOTTOM_KM - TOP_KM) / STEP_KM + 1;
  return [
    ...COMMON,
    'VGOUT model/layer',
    `VGTYPE ${phase}`,
    `VGGRID 2 ${across} ${down} 0 0 ${TOP_KM} ${STEP_KM} ${STEP_KM} ${STEP_KM} SLOW_LEN`,
    layer(TOP_KM - 1, 0),
    layer(0, gradientPerS),
    `GTFILES model/layer time/net ${phase}`,
    'GTMODE GRID2D ANGLES_NO',
    ...stations.ids.map(
      (id, s) =>
        `GTSRCE ${id} XYZ ${stations.eastKm[s]} ${stations.northKm[s]} 0 ${stations.elevationKm[s]}`,
    ),
    'GT_PLFD 1.0e-3 0',
  ];
}

function locationControl(travelTimeShare: number): string[] {
  const nodes = (2 * HALF_WIDTH_KM) / STEP_KM + 1;
  const down = (BOTTOM_KM - TOP_KM) / STEP_KM + 1;
  return [
    ...COMMON,
    'LOCSIG bench',
    'LOCCOM bench',
    'LOCFILES obs/*.obs NLLOC_OBS time/net loc/net',
    'LOCHYPOUT SAVE_NLLOC_ALL',
    'LOCSEARCH OCT 12 12 6 0.005 20000 1000 0 1',
    `LOCGRID ${nodes} ${nodes} ${down} ${-HALF_WIDTH_KM} ${-HALF_WIDTH_KM} ${TOP_KM} ${STEP_KM} ${STEP_KM} ${STEP_KM} PROB_DENSITY SAVE`,
    'LOCMETH EDT_OT_WT 9999 4 -1 -1 -1 -1 -1 0',
    'LOCGAU 0.001 0',
    ...(travelTimeShare > 0 ? [`LOCGAU2 ${travelTimeShare} 0 99`] : []),
    'LOCPHASEID P P',
    'LOCPHASEID S S',
    'LOCQUAL2ERR 0.1 0.5 1 2 99999.9',
    'LOCANGLES ANGLES_NO 5',
  ];
}

/** Name of an event's hour as in the names of NonLinLoc's files: YYYYMMDD.HH. */
function hourOf(event: number): string {
  const iso = new Date(FIRST_DAY_MS + event * HOUR_S * 1000).toISOString();
  return `${iso.slice(0, 10).replaceAll('-', '')}.${iso.slice(11, 13)}`;
}

function observations(readings: readonly LocatedReading[], event: number): string {
  const [date = '', hour = ''] = hourOf(event).split('.');
  const lines = readings.map(({ station, phase, timeS, sigmaS }) => {
    const minute = Math.floor(timeS / 60);
    const clock = `${hour}${String(minute).padStart(2, '0')}`;
    const second = (timeS - 60 * minute).toFixed(4);
    return `${station} ? ? ? ${phase} ? ${date} ${clock} ${second} GAU ${sigmaS} -1 -1 -1`;
  });
  return `${lines.join('\n')}\n\n`;
}

/** A scatter file: four words of header, then x, y, z and density of each draw, float32. */
function drawsOf(bytes: Buffer): NonLinLocDraws | null {
  const count = bytes.readInt32LE(0);
  if (count < 10) return null;
  const column = (k: number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => bytes.readFloatLE(16 + 16 * i + 4 * k));
  return { eastKm: column(0), northKm: column(1), depthKm: column(2) };
}
