/** One logger for all processes: JSON lines, times in UTC. @module */
import { pino, type Logger } from 'pino';
import type { Config } from './config.js';

/** Logger named after its process. */
export function createLog(input: { name: string; config: Config }): Logger {
  return pino({
    name: input.name,
    level: input.config.logLevel,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
  });
}
