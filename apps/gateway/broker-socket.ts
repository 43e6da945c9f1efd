/**
 * The connection to an external broker: an address in, an open socket out.
 * @module
 */
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Packet } from 'mqtt-packet';
import { InvalidInputError } from '../../core/errors.js';

/** Files (PEM) for `mqtts:`; without them the system's authorities are trusted. */
export interface BrokerTls {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** Opens the socket. Throws InvalidInputError for another scheme, an Error with the reason else. */
export function openBrokerSocket(input: { url: string; tls?: BrokerTls }): Promise<Socket> {
  const { protocol, hostname, port } = new URL(input.url);
  const isSecure = protocol === 'mqtts:' || protocol === 'tls:';
  if (!isSecure && protocol !== 'mqtt:' && protocol !== 'tcp:') {
    throw new InvalidInputError({
      what: 'MQTT_URL',
      reason: `'${protocol}' is no scheme of a broker`,
      remedy: 'use mqtt://host:port or mqtts://host:port',
    });
  }
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const address = { host, port: Number(port || (isSecure ? 8883 : 1883)) };
  return new Promise((resolve, reject) => {
    const socket = isSecure
      ? connectTls({ ...address, servername: host, ...certificates(input.tls ?? {}) })
      : connectTcp(address);
    const timer = setTimeout(
      () => socket.destroy(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`)),
      CONNECT_TIMEOUT_MS,
    );
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

function certificates({ caFile, certFile, keyFile }: BrokerTls): {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
} {
  return {
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
  };
}

/** Why the broker refused what was asked of it; null when it did not. */
export function refusalOf(answer: Packet | Error): Error | null {
  if (answer instanceof Error) return answer;
  const code = answer.cmd === 'puback' ? (answer.reasonCode ?? 0) : 0;
  return code >= 128 ? new Error(`the broker refused with code ${code}`) : null;
}
