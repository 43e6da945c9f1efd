/**
 * MQTT clients for tests. In: a port. Out: what the broker answered.
 * @module
 */
import { connectAsync, type MqttClient } from 'mqtt';

/** A connected MQTT 3.1.1 client that does not reconnect. */
export function connectTo(port: number): Promise<MqttClient> {
  return connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4, reconnectPeriod: 0 });
}

/** Waits for something that will become true; the time limit only ends a hanging test. */
export async function eventually(ready: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 50_000;
  while (!(await ready())) {
    if (performance.now() > end) throw new Error('it did not become true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
