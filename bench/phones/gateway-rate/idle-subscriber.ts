/**
 * A subscriber that does nothing but acknowledge. In: broker URL, client id. Out: `{}` when it hears,
 * the number of messages for each line of its standard input.
 * @module
 */
import { connectBroker } from '../../../apps/gateway/broker-client.js';

const [url = '', clientId = ''] = process.argv.slice(2);
let received = 0;
const client = await connectBroker({
  url,
  clientId,
  protocolVersion: 5,
  receiveMaximum: 4000,
  sessionExpiryS: 0,
  keepaliveS: 30,
  onMessage(message) {
    received++;
    message.acknowledge();
  },
  onTrouble: (reason) => console.error(reason),
});
await client.subscribe('quakeloom/city/phones/+');
console.log('{}');
process.stdin.on('data', () => console.log(JSON.stringify({ received })));
process.stdin.on('end', () => void client.close().then(() => process.exit(0)));
