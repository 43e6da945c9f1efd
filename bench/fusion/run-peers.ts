/**
 * Runs a peer's Python script on prepared tables with a list of settings.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PhasePicks } from '../../core/picks.js';
import { ensurePeers } from '../../infra/peers.mjs';
import { peerTables, type PickDataset } from './datasets.js';
import type { FoundEvent } from './score.js';

export type PeerConfig = Readonly<Record<string, unknown>>;

export interface PeerRun {
  readonly config: PeerConfig;
  readonly found: readonly FoundEvent[];
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakMiB: number;
}

const REQUIREMENTS = fileURLToPath(
  new URL('../../infra/peers-picks-requirements.txt', import.meta.url),
);

/** Why the peers cannot run here; null when they can (installed on first use). */
export function peersMissing(): string | null {
  try {
    ensurePeers({ requirements: REQUIREMENTS });
    return null;
  } catch (error) {
    return `not installed: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
}

/** One process for all settings; the events' rank is the number of their picks. */
export function runPeers(input: {
  readonly system: 'pyocto' | 'gamma';
  readonly dataset: PickDataset;
  readonly picks: PhasePicks;
  readonly configs: readonly PeerConfig[];
}): PeerRun[] {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'fusion-peer-'));
  const tables = peerTables(input.dataset, input.picks);
  const job = {
    system: input.system,
    picks: path.join(folder, 'picks.csv'),
    stations: path.join(folder, 'stations.csv'),
    out: path.join(folder, 'out'),
    configs: input.configs.map((config) => ({
      box: { ...input.dataset.box, reach: 300 },
      table: path.join(folder, 'table'),
      ...config,
    })),
  };
  mkdirSync(job.out);
  writeFileSync(job.picks, tables.picks);
  writeFileSync(job.stations, tables.stations);
  writeFileSync(path.join(folder, 'job.json'), JSON.stringify(job));
  const python = ensurePeers({ requirements: REQUIREMENTS });
  const script = fileURLToPath(new URL('peers/run_peer.py', import.meta.url));
  execFileSync(python, [script, path.join(folder, 'job.json')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONWARNINGS: 'ignore' },
  });
  const runs = input.configs.map((config, i) => readRun(path.join(job.out, `${i}.json`), config));
  rmSync(folder, { recursive: true, force: true });
  return runs;
}

function readRun(file: string, config: PeerConfig): PeerRun {
  const result = JSON.parse(readFileSync(file, 'utf8')) as {
    events: [number, number, number, number, number | null, number][];
    assignments: [number, number][];
    wallS: number;
    cpuS: number;
    peakMiB: number;
  };
  const picks: number[][] = result.events.map(() => []);
  for (const [event, pick] of result.assignments) picks[event]?.push(pick);
  return {
    config,
    wallS: result.wallS,
    cpuS: result.cpuS,
    peakMiB: result.peakMiB,
    found: result.events.map(([timeS, eastKm, northKm, depthKm, magnitude], i) => ({
      timeS,
      eastKm,
      northKm,
      depthKm,
      magnitude,
      rank: (picks[i] as number[]).length,
      picks: picks[i] as number[],
    })),
  };
}
