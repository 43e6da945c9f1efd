/** `quakeloom gateway check`: is a broker fit for the crowd? @module */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { InvalidInputError, UnavailableError } from '../../../core/errors.js';
import { checkBroker, type BrokerLogin } from '../../gateway/check-broker.js';
import { parseCount } from '../arguments.js';
import { print, table, type Output } from '../output.js';

interface CheckOptions {
  readonly url: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly deviceUrl?: string;
  readonly deviceCa?: string;
  readonly deviceCert?: string;
  readonly deviceKey?: string;
  readonly device: string;
  readonly burst: number;
  readonly json?: boolean;
}

export function addGatewayCommands(program: Command, output: Output): void {
  const gateway = program
    .command('gateway')
    .description('the gateway of phones and accelerometers');
  gateway
    .command('check')
    .description('examine an external MQTT broker: queues, sessions, limits, who may do what')
    .requiredOption('--url <url>', 'broker as the gateway reaches it, mqtt(s)://user:password@host')
    .option('--ca <file>', 'authority of the broker (PEM)')
    .option('--cert <file>', "gateway's certificate (PEM)")
    .option('--key <file>', "gateway's key (PEM)")
    .option('--device-url <url>', 'broker as a device reaches it')
    .option('--device-ca <file>', 'authority of the broker for the device (PEM)')
    .option('--device-cert <file>', "device's certificate (PEM)")
    .option('--device-key <file>', "device's key (PEM)")
    .option('--device <id>', 'device id of that login', 'check-device')
    .option('--burst <count>', 'messages queued for an absent gateway', parseCount(1, 1e6), 5000)
    .option('--json', 'print JSON')
    .action(async (options: CheckOptions) => {
      const { deviceUrl, deviceCa, deviceCert, deviceKey } = options;
      const findings = await checkBroker({
        gateway: login(options.url, options.ca, options.cert, options.key),
        device: deviceUrl === undefined ? null : login(deviceUrl, deviceCa, deviceCert, deviceKey),
        deviceId: options.device,
        burst: options.burst,
      }).catch((cause: unknown) => {
        throw new UnavailableError({
          what: `MQTT broker ${options.url.replace(/\/\/[^@/]*@/, '//')}`,
          reason: cause instanceof Error ? cause.message : String(cause),
          remedy: 'check the address, the login and that the broker speaks MQTT 5',
          cause,
        });
      });
      const rows = findings.map((each) => [each.status, each.check, each.detail, each.remedy]);
      const header = ['result', 'check', 'found', 'what to do'];
      print(output, options.json, { findings }, table('findings', header, rows));
      const failed = findings.filter(({ status }) => status === 'failed').length;
      if (failed > 0) {
        throw new UnavailableError({
          what: 'broker',
          reason: `${failed} of ${findings.length} checks failed`,
          remedy: 'change its configuration as the list says',
          retryable: false,
        });
      }
    });
}

function login(url: string, ca?: string, cert?: string, key?: string): BrokerLogin {
  const tls = {
    ...(ca === undefined ? {} : { ca: pem(ca) }),
    ...(cert === undefined ? {} : { cert: pem(cert) }),
    ...(key === undefined ? {} : { key: pem(key) }),
  };
  return { url, tls };
}

function pem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new InvalidInputError({
      what: `file ${file}`,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'give a PEM file that can be read',
      cause,
    });
  }
}
