/**
 * A gateway as a process of its own, to be killed. Arguments: folder, MQTT port. Prints one line of
 * JSON with its ports when it is ready.
 * @module
 */
import path from 'node:path';
import { silentLog } from '../../../apps/gateway/gateway-log.js';
import { startGateway } from '../../../apps/gateway/gateway.js';
import { fileFakes } from './file-fakes.js';

const [dir = '', port = '0'] = process.argv.slice(2);
const { store, catalogue } = fileFakes(path.join(dir, 'fakes'));
const gateway = await startGateway({
  port: Number(port),
  walDir: path.join(dir, 'wal'),
  store,
  catalogue,
  regions: ['mexico'],
  log: silentLog,
  // Small logs, sealed at once: a kill lands in every step of sealing.
  sealIntervalMs: 5,
  limits: { maxLogBytes: 100_000 },
});
process.stdout.write(`${JSON.stringify({ port: gateway.port, healthPort: gateway.healthPort })}\n`);
