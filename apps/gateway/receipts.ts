/**
 * In: outcomes of messages behind an external broker. Out: receipts to their devices, those of one
 * commit and device together: `{device, receipts: [{boot, seq, refused?}]}`.
 * @module
 */
import { errorText, type GatewayLog } from './gateway-log.js';
import type { Outcome } from './intake.js';
import { receiptTopic, type PhoneTopic } from './topics.js';

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
/** Receipts of a device are gathered for this long; it waits for seconds before it sends again. */
const GATHER_MS = 200;

/** Receipts kept while the broker is behind; more are dropped, and their devices send again. */
const MOST_WAITING = 200_000;
/** Lost receipts are told of again after this. */
const TELL_AGAIN_MS = 10_000;

/** Makes the sender of receipts. */
export function createReceipts(input: {
  readonly publish: (
    message: { topic: string; payload: string },
    done: (error: Error | null) => void,
  ) => void;
  /** True while the broker has not taken what was published before: receipts gather meanwhile. */
  readonly isBusy?: () => boolean;
  readonly log: GatewayLog;
}): Receipts {
  const { isBusy = () => false, log } = input;
  // By object, not by name: nearly all messages of a device come with the same one.
  let waiting = new Map<PhoneTopic, Receipt[]>();
  let count = 0;
  let failed = 0;
  let toldMs = Number.NEGATIVE_INFINITY;

  function lose(receipts: number, reason: string): void {
    failed += receipts;
    if (Date.now() - toldMs < TELL_AGAIN_MS) return;
    toldMs = Date.now();
    log.warn({ failed, error: reason }, 'receipts not published; their devices send again');
  }

  function send(topic: string, { device, receipts }: ReceiptMessage): void {
    for (let at = 0; at < receipts.length; at += MOST_IN_A_MESSAGE) {
      const part = receipts.slice(at, at + MOST_IN_A_MESSAGE);
      const payload = JSON.stringify({ device, receipts: part } satisfies ReceiptMessage);
      input.publish({ topic, payload }, (error) => {
        if (error) lose(part.length, errorText(error));
      });
    }
  }

  function flush(): void {
    const all = new Map<string, { device: string; receipts: Receipt[] }>();
    for (const [{ regionId, deviceId }, receipts] of waiting) {
      const name = receiptTopic(regionId, deviceId);
      const message = all.get(name);
      if (message) for (const receipt of receipts) message.receipts.push(receipt);
      else all.set(name, { device: deviceId, receipts });
    }
    waiting = new Map();
    count = 0;
    for (const [topic, message] of all) send(topic, message);
  }

  function flushWhenFree(): void {
    if (isBusy()) setTimeout(flushWhenFree, GATHER_MS).unref();
    else flush();
  }

  return {
    give({ topic, boot, seq, status, reason }) {
      if (!topic) return;
      if (count >= MOST_WAITING) return lose(1, 'the broker is behind');
      if (waiting.size === 0) setTimeout(flushWhenFree, GATHER_MS).unref();
      const receipt = status === 'refused' ? { boot, seq, refused: reason } : { boot, seq };
      const receipts = waiting.get(topic);
      if (receipts) receipts.push(receipt);
      else waiting.set(topic, [receipt]);
      count++;
    },
    flush,
    failed: () => failed,
  };
}
