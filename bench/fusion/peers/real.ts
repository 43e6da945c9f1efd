/**
 * REAL (Zhang, Ellsworth & Beroza 2019, SRL 90, 2276-2284), built from its source, on the day of picks that
 * its own demonstration ships, with that demonstration's settings and travel times.
 * @module
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { notBuilt, sourceFolder, timedRun, type PeerSource } from './native.js';

const SOURCE: PeerSource = {
  name: 'real',
  repository: 'https://github.com/Dal-mzhang/REAL.git',
  commit: '6435ace552d1efe72e633e8f82a5f9d8467f1049',
  variable: 'REAL_SOURCE',
};
/** demo_real/REAL/runREAL.pl, large grid. */
const SETTINGS = [
  '-D2016/10/14/42.75',
  '-R0.1/20/0.04/2/5',
  '-G1.4/20/0.01/1',
  '-S3/2/12/3/0.5/0.2/1/0.25/0.2/4',
  '-V6.2/3.3',
] as const;
const CPU_LIMIT_S = 900;

/** What a run of REAL took. */
export interface RealRun {
  readonly settings: string;
  readonly isFinished: boolean;
  readonly cpuS: number;
  readonly events: number;
}

/** Runs REAL on picks (`.csv.gz` with station, t_sec, type, weight, amp); a text: why it could not be run. */
export function runReal(files: {
  readonly picks: string;
  readonly stations: string;
}): RealRun | string {
  let source: string;
  try {
    source = sourceFolder(SOURCE);
  } catch (error) {
    return notBuilt(SOURCE, error);
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'fusion-real-'));
  try {
    const program = path.join(folder, 'REAL');
    const code = path.join(source, 'src/REAL/REAL.c');
    // One thread, as ours: without -fopenmp.
    execFileSync('gcc', ['-O2', '-w', '-o', program, code, '-lm']);
    copyFileSync(files.stations, path.join(folder, 'station.dat'));
    writePicks(files.picks, path.join(folder, 'picks'));
    const times = path.join(source, 'demo_real/REAL/tt_db/ttdb.txt');
    const words = [...SETTINGS, 'station.dat', 'picks', times];
    const cpuS = timedRun({ program: './REAL', words, folder, limitS: CPU_LIMIT_S });
    const selected = path.join(folder, 'catalog_sel.txt');
    const isFinished = existsSync(selected);
    return {
      settings: SETTINGS.join(' '),
      isFinished,
      cpuS,
      events: isFinished ? readFileSync(selected, 'utf8').trim().split('\n').length : 0,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file a station and phase: seconds of the day, weight, amplitude. */
function writePicks(file: string, folder: string): void {
  const [header = '', ...rows] = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  const names = header.split(',');
  const column = (name: string): number => names.indexOf(name);
  const [station, time, type, weight, amplitude] = [
    column('station'),
    column('t_sec'),
    column('type'),
    column('weight'),
    column('amp'),
  ] as [number, number, number, number, number];
  const lines = new Map<string, string[]>();
  for (const row of rows) {
    const cells = row.split(',');
    const name = `${cells[station]}.${cells[type]?.toUpperCase()}.txt`;
    const list = lines.get(name) ?? [];
    list.push(`${cells[time]} ${cells[weight]} ${cells[amplitude]}`);
    lines.set(name, list);
  }
  mkdirSync(folder);
  for (const [name, list] of lines) writeFileSync(path.join(folder, name), `${list.join('\n')}\n`);
}
