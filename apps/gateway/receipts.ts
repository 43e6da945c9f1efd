/**
 * In: outcomes of messages behind an external broker. Out: receipts to their devices, those of one
 * commit and device together: `{device, receipts: [{boot, seq, refused?}]}`.
 * @module
 */
import { errorText, type GatewayLog } from './gateway-log.js';
import type { Outcome } from './intake.js';
import { receiptTopic } from './topics.js';

/** What a device is told on its receipt topic. */
export interface ReceiptMessage {
  readonly device: string;
  readonly receipts: readonly Receipt[];
}

/**
 * One message is durable, or was refused for good. OpenEEW records have neither boot nor seq: for
 * them a receipt says no more than that one of the device's messages was taken.
 */
export interface Receipt {
  readonly boot: string | null;
  readonly seq: number | null;
  /** Why the message was refused; absent when it was taken. */
  readonly refused?: string;
}

export interface Receipts {
  give(outcome: Outcome): void;
  /** Sends what waits now. */
  flush(): void;
  /** Receipts that could not be published. */
  failed(): number;
}

/** Keeps a message of receipts below 16 kB. */
const MOST_IN_A_MESSAGE = 200;

/** Makes the sender of receipts. */
export function createReceipts(input: {
  readonly publish: (
    message: { topic: string; payload: string },
    done: (error: Error | null) => void,
  ) => void;
  readonly log: GatewayLog;
}): Receipts {
  let waiting = new Map<string, { device: string; receipts: Receipt[] }>();
  let failed = 0;

  function send(topic: string, message: ReceiptMessage): void {
    input.publish({ topic, payload: JSON.stringify(message) }, (error) => {
      if (!error) return;
      failed += message.receipts.length;
      input.log.warn({ topic, error: errorText(error) }, 'receipts not published');
    });
  }

  function flush(): void {
    const all = waiting;
    waiting = new Map();
    for (const [topic, message] of all) send(topic, message);
  }

  return {
    give({ topic, boot, seq, status, reason }) {
      if (!topic) return;
      // All outcomes of a commit come in one turn of the event loop.
      if (waiting.size === 0) setImmediate(flush);
      const name = receiptTopic(topic.regionId, topic.deviceId);
      const message = waiting.get(name) ?? { device: topic.deviceId, receipts: [] };
      waiting.set(name, message);
      message.receipts.push({ boot, seq, ...(status === 'refused' ? { refused: reason } : {}) });
      if (message.receipts.length < MOST_IN_A_MESSAGE) return;
      waiting.delete(name);
      send(name, message);
    },
    flush,
    failed: () => failed,
  };
}
