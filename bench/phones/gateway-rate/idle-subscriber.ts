/**
 * A subscriber that does nothing but acknowledge: subscriptions, session and window of the gateway,
 * each PUBACK at once. In: broker URL, client id, share group. Out: `{}` when it hears, the number of
 * messages and its CPU time for each line of its standard input.
 * @module
 */
import { connectBroker } from '../../../apps/gateway/broker-client.js';
import { acknowledge } from '../../../apps/gateway/broker-connection.js';
import { RECEIVE_MAXIMUM } from '../../../apps/gateway/mqtt-source.js';

const [url = '', clientId = '', group = ''] = process.argv.slice(2);
let acknowledged = 0;
const before = process.cpuUsage();
const client = await connectBroker({
  url,
  clientId,
  protocolVersion: 5,
  receiveMaximum: RECEIVE_MAXIMUM,
  sessionExpiryS: 600,
  keepaliveS: 30,
  onMessage(message) {
    acknowledged++;
    acknowledge(message);
  },
  onTrouble: (reason) => console.error(reason),
});
const filters = [`$share/${group}/quakeloom/city/phones/+`].concat(
  ['heartbeats', 'triggers'].map((level) => `quakeloom/city/${level}/+`),
);
for (const filter of filters) await client.subscribe(filter);
console.log('{}');
process.stdin.on('data', () => {
  const cpu = process.cpuUsage(before);
  console.log(JSON.stringify({ acknowledged, cpuS: (cpu.user + cpu.system) / 1e6 }));
});
process.stdin.on('end', () => {
  void Promise.all(filters.map((filter) => client.unsubscribe(filter)))
    .then(() => client.close())
    .then(() => process.exit(0));
});
