import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import { checkBroker, type BrokerFinding } from '../../../apps/gateway/check-broker.js';
import { silentLog } from '../../../apps/gateway/gateway-log.js';
import { startGateway } from '../../../apps/gateway/gateway.js';
import type { ReceiptMessage } from '../../../apps/gateway/receipts.js';
import { phoneTopic, receiptTopic } from '../../../apps/gateway/topics.js';
import { recordJson, syntheticRecords } from '../../connectors/phones/synthetic-records.js';
import { describeWithMosquitto, freePort, startMosquitto } from '../../support/mosquitto.js';
import type { Mosquitto } from '../../support/mosquitto.js';
import { fileFakes } from './file-fakes.js';
import { eventually } from './mqtt-clients.js';

const shipped = (name: string): string =>
  readFileSync(new URL(`../../../infra/mosquitto/${name}`, import.meta.url), 'utf8');

describeWithMosquitto('the shipped configuration of mosquitto', () => {
  let dir = '';
  let broker: Mosquitto | null = null;
  let [tlsPort, plainPort] = [0, 0];
  const at = (name: string): string => path.join(dir, name);
  const pem = (name: string): Buffer => readFileSync(at(name));
  const deviceTls = () => ({ ca: pem('ca.crt'), cert: pem('dev.crt'), key: pem('dev.key') });
  const gatewayUrl = (): string => `mqtt://quakeloom-gateway:secret@127.0.0.1:${plainPort}`;
  const deviceUrl = (): string => `mqtts://localhost:${tlsPort}`;

  beforeAll(async () => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'mosquitto-'));
    chmodSync(dir, 0o755);
    [tlsPort, plainPort] = [await freePort(), await freePort()];
    makeCertificates(dir);
    writeFileSync(at('quakeloom.acl'), shipped('quakeloom.acl'));
    writeFileSync(at('quakeloom.passwd'), '');
    execFileSync('mosquitto_passwd', ['-b', at('quakeloom.passwd'), 'quakeloom-gateway', 'secret']);
    for (const name of ['quakeloom.passwd', 'server.key', 'quakeloom.acl']) {
      chmodSync(at(name), 0o644);
    }
    const config = shipped('quakeloom.conf')
      .replaceAll('/etc/mosquitto/certs/', `${dir}/`)
      .replaceAll('/etc/mosquitto/', `${dir}/`)
      .replace('persistence_location /var/lib/mosquitto/', `persistence_location ${dir}/`)
      .replace('listener 8883', `listener ${tlsPort} 127.0.0.1`)
      .replace('listener 1883 127.0.0.1', `listener ${plainPort} 127.0.0.1`)
      // Started by root it would become a user that may not write the folder of the test.
      .concat('user root\n');
    broker = await startMosquitto({ dir, port: plainPort, config });
  });
  afterAll(async () => {
    await broker?.kill();
    rmSync(dir, { recursive: true, force: true });
  });

  it('passes its own examination', async () => {
    const findings = await checkBroker({
      gateway: { url: gatewayUrl() },
      device: { url: deviceUrl(), tls: deviceTls() },
      deviceId: 'dev',
      burst: 3000,
    });
    expect(findings.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(findings.map(({ check }) => check)).toContain('queue of 3000 messages');
  });

  it('carries a record from a device with a certificate to the disk, and its receipt back', async () => {
    const fakes = fileFakes(at('fakes'));
    const gateway = await startGateway({
      port: 0,
      mqttUrl: gatewayUrl(),
      walDir: at('wal'),
      store: fakes.store,
      catalogue: fakes.catalogue,
      regions: ['mexico'],
      log: silentLog,
      sealIntervalMs: 3_600_000,
    });
    const device = await connectAsync(deviceUrl(), { protocolVersion: 5, ...deviceTls() });
    const receipts: ReceiptMessage[] = [];
    device.on('message', (_, bytes) => receipts.push(JSON.parse(bytes.toString()) as never));
    await device.subscribeAsync(receiptTopic('mexico', 'dev'), { qos: 1 });
    const [record] = syntheticRecords({ count: 1, numbered: true });
    if (!record) throw new Error('no record');
    await device.publishAsync(phoneTopic('mexico', 'dev'), recordJson(record), { qos: 1 });
    await eventually(() => receipts.length === 1);
    expect(receipts).toEqual([{ device: 'dev', receipts: [{ boot: 'b1', seq: 0 }] }]);
    await device.endAsync();
    await gateway.flush();
    expect(fakes.records()).toHaveLength(1);
    await gateway.stop();
  });

  it('refuses a device without a certificate, and a certificate of another authority', async () => {
    const tryWith = (tls: object): Promise<unknown> =>
      connectAsync(deviceUrl(), { protocolVersion: 5, reconnectPeriod: 0, ...tls }, false);
    await expect(tryWith({ ca: pem('ca.crt') })).rejects.toThrow();
    const stranger = { cert: pem('stranger.crt'), key: pem('stranger.key') };
    await expect(tryWith({ ca: pem('ca.crt'), ...stranger })).rejects.toThrow();
  });
});

describeWithMosquitto('a broker as it comes from the package', () => {
  it('fails the examination with the settings to change', async () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'mosquitto-plain-'));
    const port = await freePort();
    const config = `listener ${port} 127.0.0.1\nallow_anonymous true\n`;
    const broker = await startMosquitto({ dir, port, config });
    try {
      let [printed, said] = ['', ''];
      const code = await runCli({
        argv: [
          'gateway',
          'check',
          '--url',
          `mqtt://127.0.0.1:${port}`,
          '--burst',
          '3000',
          '--json',
        ],
        output: {
          write: (text) => (printed += text),
          error: (line) => (said += line),
          isTerminal: false,
        },
      });
      expect(code).toBe(1);
      const { findings } = JSON.parse(printed) as { findings: BrokerFinding[] };
      const failed = findings.filter(({ status }) => status === 'failed');
      expect(failed.map(({ check }) => check)).toEqual([
        'packet size limit',
        'queue of 3000 messages',
        'a login is needed',
      ]);
      expect(failed[1]?.remedy).toContain('max_queued_messages 0');
      expect(said).toContain('3 of 7 checks failed');
    } finally {
      await broker.kill();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

/** An authority, a server, a device `dev`, and a stranger of another authority. */
function makeCertificates(dir: string): void {
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });
  const authority = (name: string): void =>
    openssl(
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'],
      ...['-keyout', `${name}.key`, '-out', `${name}.crt`, '-subj', `/CN=${name}`],
    );
  authority('ca');
  authority('other-ca');
  const issue = (name: string, by: string, commonName: string): void => {
    openssl(
      ...['req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`],
      ...['-out', `${name}.csr`, '-subj', `/CN=${commonName}`],
    );
    writeFileSync(path.join(dir, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', `${by}.crt`, '-CAkey', `${by}.key`],
      ...['-CAcreateserial', '-days', '2', '-out', `${name}.crt`, '-extfile', 'names'],
    );
  };
  issue('server', 'ca', 'localhost');
  issue('dev', 'ca', 'dev');
  issue('stranger', 'other-ca', 'dev');
}
