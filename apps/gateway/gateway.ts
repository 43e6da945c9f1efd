/**
 * In: phone messages over MQTT. Out: sealed Arrow segments in the object store and the segment
 * index. The gateway puts its parts together here:
 *
 * listener or external broker -> intake (checks, tells repetitions) -> write-ahead log (fsync,
 * acknowledge) -> sealer (segments, index) -> log removed
 * @module
 */
import path from 'node:path';
import { isSafeKey, type ObjectStore } from '../../core/artifact.js';
import type { Catalogue } from '../../core/catalogue.js';
import { InvalidInputError } from '../../core/errors.js';
import { createComputePool } from '../threads/pool.js';
import type { BrokerTls } from './broker-socket.js';
import type { TakenSignal } from './clock-watch.js';
import type { CrowdCounts } from './crowd-watch.js';
import { startCrowdWatches, type CrowdOptions } from './crowd-watches.js';
import { errorText, type GatewayLog } from './gateway-log.js';
import { startHealthServer } from './health.js';
import { createIntake, type Intake, type IntakeCounts } from './intake.js';
import { DEFAULT_LIMITS, type GatewayLimits } from './limits.js';
import { startListener } from './listener.js';
import { startMqttSource } from './mqtt-source.js';
import type { sealTasks } from './seal-tasks.js';
import { configRegion, configTopic } from './topics.js';
import { createSealer, type SealCounts, type Sealer } from './sealer.js';
import { openSeenKeys } from './seen-keys.js';
import { openWriteAheadLog, type LogFile } from './write-ahead-log.js';

export interface GatewayOptions {
  /** MQTT port on `host`; 0 takes any free one. Not used with `mqttUrl`. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Port of /healthz and /flush on 127.0.0.1; 0 (default) takes any free one. */
  readonly healthPort?: number;
  /** Folder of the write-ahead log; one gateway at a time. */
  readonly walDir: string;
  readonly store: ObjectStore;
  readonly catalogue: Pick<Catalogue, 'addSegment' | 'quarantine'>;
  /** Ids of the regions whose messages are taken. */
  readonly regions: readonly string[];
  readonly log: GatewayLog;
  readonly limits?: Partial<GatewayLimits>;
  /** Default 5 s: a record is in the index at most this long after its acknowledgement. */
  readonly sealIntervalMs?: number;
  /** Pauses after a failed seal: doubled from `first` up to `most`. Default 1 s to 30 s. */
  readonly retryMs?: { readonly first: number; readonly most: number };
  /** Name of the feed in the segment index. Default `mqtt`. */
  readonly sourceId?: string;
  /** External broker: the gateway subscribes there and does not listen. */
  readonly mqttUrl?: string;
  /** Files for a `mqtts:` broker. */
  readonly mqttTls?: BrokerTls;
  readonly mqttProtocolVersion?: 4 | 5;
  /** Session at the external broker. Default `quakeloom-gateway`. */
  readonly mqttClientId?: string;
  readonly nowMs?: () => number;
  /** Told of each new trigger and heartbeat once it is on the disk. */
  readonly onSignal?: (taken: TakenSignal) => void;
  /** Detectors of crowds on triggers and heartbeats; absent: none. */
  readonly crowds?: CrowdOptions;
  /** Behind a broker: whether this gateway hears the triggers of a region. Default: of all. */
  readonly leased?: (regionId: string) => boolean;
  /** What devices of a region should do, JSON (docs/formats.md); null for nothing. */
  readonly configOf?: (regionId: string) => string | null;
  /** Files of the log; tests give ones that fail. */
  readonly openLogFile?: (file: string) => Promise<LogFile>;
}

export interface GatewayStats extends IntakeCounts, SealCounts {
  /** `back-pressure`: nothing is acknowledged; `retrying`: sealing fails, the log keeps all. */
  readonly state: 'ok' | 'retrying' | 'back-pressure';
  readonly backlogBytes: number;
  readonly clients: number;
  readonly rememberedKeys: number;
  /** Regions whose messages are taken now. */
  readonly regions: readonly string[];
  /** Receipts that the broker did not take; their devices send again. */
  readonly receiptsFailed: number;
  /** What the crowd detectors count, by region. */
  readonly crowds: Readonly<Record<string, CrowdCounts>>;
}

export interface Gateway {
  /** MQTT port; 0 behind an external broker. */
  readonly port: number;
  readonly healthPort: number;
  stats(): GatewayStats;
  /**
   * Takes messages of these regions from now on, and of no others; asks `leased` again. Throws
   * InvalidInputError.
   */
  setRegions(regions: readonly string[]): Promise<void>;
  /** Seals everything now. Throws what the object store or the index throws. */
  flush(): Promise<void>;
  /** Stops taking messages, seals what is there (kept for the next start if that fails), closes. */
  stop(): Promise<void>;
}

const SEAL_THREAD = new URL('./seal-thread-entry.mjs', import.meta.url);

/** Starts a gateway. Throws InvalidInputError or UnavailableError with what to do. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { log, walDir } = options;
  checkRegions(options.regions);
  const limits: GatewayLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const nowMs = options.nowMs ?? Date.now;
  const seen = await openSeenKeys({
    dir: path.join(walDir, 'seen'),
    limit: limits.rememberedKeys,
  });
  // The three know each other: a full log wakes the sealer, a sealed log lets messages in again.
  const parts: { sealer?: Sealer; intake?: Intake } = {};
  const wal = await openWriteAheadLog({
    dir: walDir,
    maxLogBytes: limits.maxLogBytes,
    maxLogAgeMs: limits.maxLogAgeMs,
    log,
    firstNumber: seen.lastSaved + 1,
    onClosed: () => parts.sealer?.wake(),
    now: nowMs,
    ...(options.openLogFile ? { openFile: options.openLogFile } : {}),
  });
  const thread = createComputePool<typeof sealTasks>({ size: 1, entry: SEAL_THREAD });
  const sealer = (parts.sealer = createSealer({
    wal,
    seen,
    thread,
    store: options.store,
    catalogue: options.catalogue,
    sourceId: options.sourceId ?? 'mqtt',
    log,
    intervalMs: options.sealIntervalMs ?? 5000,
    retryMs: options.retryMs ?? { first: 1000, most: 30_000 },
    onSealed: () => parts.intake?.resume(),
  }));
  await sealer.recover();
  const regions = new Set(options.regions);
  const crowds = options.crowds ? startCrowdWatches({ ...options.crowds, log, nowMs }) : null;
  const intake = (parts.intake = createIntake({
    wal,
    seen,
    regions,
    limits,
    log,
    nowMs,
    onSignal(taken) {
      crowds?.add(taken);
      options.onSignal?.(taken);
    },
  }));

  const feed = await openFeed(options, intake, limits);
  const stats = (): GatewayStats => {
    const seal = sealer.counts();
    return {
      state: intake.backPressure() ? 'back-pressure' : seal.failures > 0 ? 'retrying' : 'ok',
      ...intake.counts(),
      ...seal,
      backlogBytes: wal.bytes(),
      clients: feed.clients(),
      rememberedKeys: seen.size(),
      regions: [...regions].sort(),
      receiptsFailed: feed.receiptsFailed(),
      crowds: crowds?.counts() ?? {},
    };
  };
  const flush = (): Promise<void> => sealer.flush();
  const health = await startHealthServer({ port: options.healthPort ?? 0, stats, flush }).catch(
    async (error: unknown) => {
      crowds?.stop();
      await feed.close();
      throw error;
    },
  );
  sealer.start();
  log.info({ port: feed.port, healthPort: health.port, regions: [...regions] }, 'gateway started');
  return {
    port: feed.port,
    healthPort: health.port,
    stats,
    async setRegions(wanted) {
      checkRegions(wanted);
      await feed.follow(wanted);
      regions.clear();
      for (const id of wanted) regions.add(id);
    },
    flush,
    async stop() {
      await feed.close();
      crowds?.stop();
      await sealer.stop();
      await sealer.flush().catch((error: unknown) => {
        log.warn({ error: errorText(error) }, 'not sealed at the end; the next start will');
      });
      await wal.close();
      await thread.close();
      await health.close();
    },
  };
}

interface Feed {
  readonly port: number;
  clients(): number;
  receiptsFailed(): number;
  /** Asks for the messages of these regions, where they have to be asked for. */
  follow(regions: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

async function openFeed(
  options: GatewayOptions,
  intake: Intake,
  limits: GatewayLimits,
): Promise<Feed> {
  const { log } = options;
  if (options.mqttUrl === undefined) {
    const listener = await startListener({
      host: options.host ?? '127.0.0.1',
      port: options.port,
      intake,
      limits,
      log,
      configOf(topic) {
        const regionId = configRegion(topic);
        return regionId === null ? null : (options.configOf?.(regionId) ?? null);
      },
    });
    return { ...listener, receiptsFailed: () => 0, follow: async () => undefined };
  }
  const source = await startMqttSource({
    url: options.mqttUrl,
    clientId: options.mqttClientId ?? 'quakeloom-gateway',
    regions: options.regions,
    ...(options.leased ? { leased: options.leased } : {}),
    intake,
    log,
    ...(options.mqttTls ? { tls: options.mqttTls } : {}),
    ...(options.mqttProtocolVersion ? { protocolVersion: options.mqttProtocolVersion } : {}),
  });
  const tell = (regions: readonly string[]): void => {
    for (const id of regions) {
      const config = options.configOf?.(id);
      if (config) source.publishRetained(configTopic(id), config);
    }
  };
  tell(options.regions);
  return {
    port: 0,
    clients: () => 0,
    receiptsFailed: () => source.receiptsFailed(),
    async follow(regions) {
      await source.follow(regions, options.leased);
      tell(regions);
    },
    close: () => source.close(),
  };
}

function checkRegions(regions: readonly string[]): void {
  const wrong = regions.find((id) => !/^[a-z0-9-]{1,64}$/.test(id) || !isSafeKey(id));
  if (wrong === undefined) return;
  throw new InvalidInputError({
    what: 'regions of the gateway',
    reason: `'${wrong}' is no region id`,
    remedy: 'use lower-case letters, digits and dashes',
  });
}
