import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import { distanceKm } from '../../../core/geo.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const folder = mkdtempSync(path.join(tmpdir(), 'quakeloom-phones-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await runCli({
    argv: ['phones', ...argv],
    output: {
      write: (text) => void (out += text),
      error: (line) => void (err += `${line}\n`),
      isTerminal: false,
    },
  });
  return { code, out, err };
}

/** The records of an event that had arrived by an instant, in one file a device. */
function archiveUntil(event: string, untilS: number): string {
  const to = mkdtempSync(path.join(folder, `${event}-`));
  const from = samplePath(`mems-openeew/${event}`);
  for (const device of readdirSync(from)) {
    const lines = readdirSync(path.join(from, device)).flatMap((file) =>
      gunzipSync(readFileSync(path.join(from, device, file)))
        .toString('utf8')
        .trim()
        .split('\n'),
    );
    const kept = lines.filter((l) => (JSON.parse(l) as { cloud_t: number }).cloud_t <= untilS);
    writeFileSync(path.join(to, `${device}.jsonl`), kept.join('\n'));
  }
  return to;
}

describe('phones', () => {
  it('replay refuses a folder without records, a missing device list and a speed of 0', async () => {
    const devices = path.join(folder, 'devices.json');
    writeFileSync(devices, '[{"device_id":"1","latitude":1,"longitude":2}]');
    const none = await run('replay', folder, '--devices', path.join(folder, 'missing.json'));
    expect(none.code).toBe(1);
    expect(none.err).toContain('missing.json');
    const empty = mkdtempSync(path.join(folder, 'empty-'));
    const nothing = await run('replay', empty, '--devices', devices);
    expect(nothing.code).toBe(1);
    expect(nothing.err).toContain('no OpenEEW record');
    expect((await run('replay', empty, '--devices', devices, '--speed', '0')).code).toBe(2);
    writeFileSync(devices, '[]');
    expect((await run('replay', empty, '--devices', devices)).code).toBe(2);
  });

  it('replay counts what it cannot read, leaves out unknown devices, and finds nothing in quiet', async () => {
    const archive = mkdtempSync(path.join(folder, 'quiet-'));
    const record = (device: string, k: number, rateHz: number): string =>
      JSON.stringify({
        ...{ device_id: device, device_t: 1_580_000_000 + k, cloud_t: 1_580_000_000.1 + k },
        sr: rateHz,
        ...Object.fromEntries(
          ['x', 'y', 'z'].map((c, j) => [
            c,
            Array.from({ length: 32 }, (_, i) => 0.05 * Math.sin(7.3 * i * (j + 1) + k * k)),
          ]),
        ),
      });
    const lines = Array.from({ length: 60 }, (_, k) => [
      // A gap of ten seconds, another rate from then on.
      ...(k < 20 || k >= 30 ? [record('one', k, k < 30 ? 31.25 : 32)] : []),
      ...(k === 25 ? ['{"device_id": "one", "x": [1, 2', 'null', '[]'] : []),
      record('stranger', k, 31.25),
    ]).flat();
    writeFileSync(path.join(archive, 'one.jsonl'), lines.join('\n'));
    const devices = path.join(folder, 'one.json');
    writeFileSync(devices, '[{"device_id":"one","latitude":17,"longitude":-100}]');
    const { code, out, err } = await run(
      'replay',
      archive,
      '--devices',
      devices,
      '--offline',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ events: [] });
    expect(err).toContain('3 records refused');
    expect(err).toContain('No position for stranger');
    writeFileSync(devices, '[{"device_id":"two","latitude":17,"longitude":-100}]');
    const nowhere = await run('replay', archive, '--devices', devices, '--json');
    expect(nowhere.code).toBe(2);
    expect(nowhere.err).toContain('of no device in the folder');
  });

  it('simulate prints episodes, and refuses an unknown scenario', async () => {
    const done = await run('simulate', '--phones', '3000', '--episodes', '2', '--json');
    expect(done.code).toBe(0);
    const { results } = JSON.parse(done.out) as { results: { quake: object; triggers: number }[] };
    expect(results.length).toBe(2);
    expect(results[0]?.quake).toMatchObject({ magnitude: expect.any(Number) as number });
    expect((await run('simulate', '--scenario', 'aliens')).code).toBe(2);
  });

  it('evaluate names weights that are missing or broken', async () => {
    const activities = mkdtempSync(path.join(folder, 'activities-'));
    const missing = await run('evaluate', '--activities', activities, '--weights', activities);
    expect(missing.code).toBe(1);
    expect(missing.err).toContain('phone-networks.json');
    writeFileSync(path.join(activities, 'phone-networks.json'), '{}');
    const broken = await run('evaluate', '--activities', activities, '--weights', activities);
    expect(broken.err).toContain('format');
  });
});

describeWithSamples('phones replay of an OpenEEW event', ['mems-openeew/events.json'], () => {
  it('declares the M 5.3 of 2020-01-30 from what had arrived 9 s after it', async () => {
    const originS = Date.parse('2020-01-30T06:47:22Z') / 1000;
    const archive = archiveUntil('2020-01-30', originS + 9);
    const devices = samplePath('mems-openeew/device_locations.json');
    const argv = ['replay', archive, '--devices', devices, '--samples', '150', '--json'];
    const { code, out } = await run(...argv);
    expect(code).toBe(0);
    const { events } = JSON.parse(out) as {
      events: {
        id: string;
        declaredAt: string;
        originTime: string;
        latitude: number;
        longitude: number;
        magnitude: { mean: number; p05: number; p95: number };
        probability: number;
        updates: { at: string; phones: number; regionKm90: number }[];
      }[];
    };
    expect(events.length).toBe(1);
    const event = events[0]!;
    const declaredS = Date.parse(event.declaredAt) / 1000;
    expect(declaredS).toBeGreaterThan(originS);
    expect(declaredS).toBeLessThanOrEqual(originS + 9);
    expect(Math.abs(Date.parse(event.originTime) / 1000 - originS)).toBeLessThan(5);
    expect(distanceKm(event, { latitude: 16.831, longitude: -100.1 })).toBeLessThan(30);
    expect(event.magnitude.p05).toBeLessThan(5.3);
    // Shaking still grows: the upper side is open.
    expect(event.magnitude.p95).toBeGreaterThan(5.3);
    expect(event.probability).toBeGreaterThan(0.95);
    expect(event.updates.length).toBeGreaterThan(0);
    for (const update of event.updates) {
      expect(update.phones).toBeGreaterThanOrEqual(2);
      expect(update.regionKm90).toBeGreaterThan(0);
      expect(Date.parse(update.at) / 1000).toBeLessThanOrEqual(originS + 9.001);
    }
  }, 120_000);
});
