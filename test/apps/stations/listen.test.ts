import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { listenToStations, type ListenInput } from '../../../apps/stations/listen.js';
import { openSpool } from '../../../apps/stations/spool.js';
import { packetFramer } from '../../../connectors/stations/seedlink/packets.js';
import { openSourceFile } from '../../../connectors/source-file.js';
import { withBinaryFile } from '../../../connectors/binary-file.js';
import { readSeedIndex } from '../../../connectors/seed/record-index.js';
import { writeSeedRecord } from '../../../connectors/seed/write-record.js';
import { seedRuns } from '../../../connectors/stations/seed-runs.js';
import { stationMiniseedConnector } from '../../../connectors/stations/miniseed.js';
import { waveformSegments } from '../../../core/tables/waveform-table.js';
import { ensurePeers } from '../../../infra/peers.mjs';
import { describeWithPeers } from '../../support/peers.js';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';
import { seedlinkServer, type TestServer } from './seedlink-server.js';

const FOLDER = 'strong-motion/ridgecrest-ci38457511';
const HNZ = `${FOLDER}/CI.CCC..HNZ.mseed`;
const scratch = mkdtempSync(path.join(tmpdir(), 'seedlink-'));
afterAll(() => rmSync(scratch, { recursive: true }));
let server: TestServer | null = null;
afterEach(() => server?.close());

/** The station's samples as records of 512 bytes, the only size of SeedLink 3. */
async function recordsOf(file: string): Promise<Buffer[]> {
  const source = await openSourceFile({ path: samplePath(file) });
  return withBinaryFile(source, async (binary) => {
    const index = await readSeedIndex(binary);
    const runs = await seedRuns({ file: binary, index, range: null, isWanted: () => true });
    return runs.flatMap(({ counts, startNs, rateHz }) => {
      const records: Buffer[] = [];
      for (let from = 0; from < counts.length;) {
        const written = writeSeedRecord({
          ...{ network: 'CI', station: 'CCC', location: '', channel: 'HNZ' },
          startNs: startNs + BigInt(Math.round((from * 1e9) / rateHz)),
          ...{ rateHz, samples: counts, from, encoding: 'steim2', recordBytes: 512 },
          sequence: records.length + 1,
        });
        if (!written) throw new Error('a difference does not fit Steim 2');
        records.push(Buffer.from(written.bytes));
        from += written.sampleCount;
      }
      return records;
    });
  });
}

const dataFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();

const heldBytes = (folder: string): Buffer =>
  Buffer.concat(dataFiles(folder).map((name) => readFileSync(path.join(folder, name))));

function listen(folder: string, port: number, more: Partial<ListenInput> = {}) {
  const stop = new AbortController();
  const notes: string[] = [];
  const result = listenToStations({
    server: { host: '127.0.0.1', port },
    stations: [{ network: 'CI', station: 'CCC', selectors: ['HN?'] }],
    folder,
    everyS: 3600,
    signal: stop.signal,
    onNote: (note) => notes.push(note),
    retryMs: { first: 10, last: 50 },
    ...more,
  });
  return { stop: () => stop.abort(), result, notes };
}

describe('packets of a stream', () => {
  it('are the same however the stream is cut; what is no packet is an error', () => {
    const packet = (n: string, fill: number): Buffer =>
      Buffer.concat([Buffer.from(`SL${n}`), Buffer.alloc(512, fill)]);
    const stream = Buffer.concat([
      packet('00000A', 1),
      Buffer.concat([Buffer.from('SLINFO *'), Buffer.alloc(512)]),
      packet('FFFFFF', 2),
    ]);
    for (const size of [1, 7, 8, 519, 520, 521, stream.length]) {
      const frame = packetFramer();
      const found = [];
      for (let at = 0; at < stream.length; at += size) {
        found.push(...frame(stream.subarray(at, at + size)));
      }
      expect(found.map(({ sequence, record }) => [sequence, record[0]])).toEqual([
        [10, 1],
        [0xffffff, 2],
      ]);
    }
    expect(() => packetFramer()(Buffer.from('HTTP/1.1 400'))).toThrow(/'HTTP\/1.1' where a packet/);
  });
});

describeWithSamples('a SeedLink server of a real station', [HNZ], () => {
  let all: Buffer[] = [];
  beforeAll(async () => {
    all = await recordsOf(HNZ);
    expect(all.length).toBeGreaterThan(60);
  });

  it('becomes files with every record once, across breaks and a restart', async () => {
    server = await seedlinkServer({ network: 'CI', station: 'CCC', cut: 100 });
    const folder = path.join(scratch, 'breaks');
    all.slice(0, 5).forEach((record) => server?.push(record));
    const first = listen(folder, server.port);
    await vi.waitFor(() => expect(server?.commands.at(-1)).toBe('END'));
    server.push(all[5] as Buffer);
    await new Promise((resolve) => setTimeout(resolve, 50));
    server.drop();
    await vi.waitFor(() => expect(server?.commands.filter((c) => c === 'END')).toHaveLength(2));
    all.slice(6, 20).forEach((record) => server?.push(record));
    await vi.waitFor(() => expect(server?.commands).toContain('SELECT HN?'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    first.stop();
    expect(await first.result).toMatchObject({ packets: 20, refused: 0, connections: 2 });
    expect(first.notes[0]).toMatch(/closed the connection|ECONNRESET/);
    expect(heldBytes(folder).equals(Buffer.concat(all.slice(0, 20)))).toBe(true);
    // Numbers of 24 bits wrap: 0xFFFFFD + 6 is 3.
    expect(server.commands.filter((c) => c.startsWith('DATA'))[1]).toMatch(
      /^DATA 000003 2019,7,6,3,\d+,\d+$/,
    );

    all.slice(20).forEach((record) => server?.push(record));
    const second = listen(folder, server.port);
    await new Promise((resolve) => setTimeout(resolve, 200));
    second.stop();
    expect((await second.result).packets).toBe(all.length - 20);
    expect(heldBytes(folder).equals(Buffer.concat(all))).toBe(true);

    const [name] = dataFiles(folder) as [string];
    const segments = waveformSegments(
      await stationMiniseedConnector.read({
        file: await openSourceFile({ path: path.join(folder, name) }),
        window: null,
        options: { stationXml: samplePath(`${FOLDER}/CI.CCC.xml`) },
      }),
    );
    expect(segments[0]).toMatchObject({ sensorId: 'CI.CCC..HN', component: 'z', units: 'gal' });
  });

  it('loses nothing when it is killed before what waits is in a file', async () => {
    const folder = path.join(scratch, 'killed');
    const spool = await openSpool({ folder });
    spool.add({ sequence: 1, record: all[0] as Buffer });
    await spool.flush();
    spool.add({ sequence: 2, record: all[1] as Buffer });
    // No flush: the process is gone. The place is that of the last record in a file.
    const again = await openSpool({ folder });
    expect(again.places.get('CI.CCC')?.sequence).toBe(1);
    expect(again.add({ sequence: 2, record: Buffer.alloc(512) })).toBe(false);
    writeFileSync(path.join(folder, '.seedlink.json'), '{"CI.CCC":{"sequence":"x"}}');
    await expect(openSpool({ folder })).rejects.toMatchObject({ _tag: 'CorruptSource' });
  });

  it('asks a quiet server whether it is there, and leaves one that is not', async () => {
    server = await seedlinkServer({ network: 'CI', station: 'CCC' });
    const quiet = listen(path.join(scratch, 'quiet'), server.port, { askAfterMs: 40 });
    await vi.waitFor(() =>
      expect(server?.commands.filter((c) => c === 'INFO ID').length).toBeGreaterThan(2),
    );
    quiet.stop();
    expect((await quiet.result).connections).toBe(1);
    await server.close();

    server = await seedlinkServer({ network: 'CI', station: 'CCC', isMute: true });
    const gone = listen(path.join(scratch, 'gone'), server.port, { askAfterMs: 40 });
    await vi.waitFor(() => expect(gone.notes[0]).toMatch(/no answer.*Trying again/));
    gone.stop();
    await gone.result;
  });

  it('says which station a server does not have, and tries again', async () => {
    server = await seedlinkServer({ network: 'CI', station: 'SLA' });
    const lost = listen(path.join(scratch, 'refused'), server.port);
    await vi.waitFor(() => expect(lost.notes.length).toBeGreaterThan(3));
    lost.stop();
    await lost.result;
    expect(lost.notes[0]).toBe('the server refuses STATION CCC CI');
    expect(lost.notes[1]).toMatch(/accepts none of the stations.*Trying again in 0.01 s/);
  });
});

describeWithPeers("ObsPy's client", () => {
  describeWithSamples('of the server that these tests use', [HNZ], () => {
    it('gets the same records from it', async () => {
      server = await seedlinkServer({ network: 'CI', station: 'CCC' });
      const some = (await recordsOf(HNZ)).slice(0, 12);
      some.forEach((record) => server?.push(record));
      const { stdout } = await promisify(execFile)(
        ensurePeers({}),
        [
          '-c',
          `
import sys
from obspy.clients.seedlink.slpacket import SLPacket
from obspy.clients.seedlink.client.seedlinkconnection import SeedLinkConnection
c = SeedLinkConnection(timeout=5)
c.set_sl_address('127.0.0.1:' + sys.argv[1])
c.parse_stream_list('CI_CCC', 'HN?')
n = 0
while n < 12:
    p = c.collect()
    if p and p not in (SLPacket.SLTERMINATE, SLPacket.SLNOPACKET) and p.get_type() not in (SLPacket.TYPE_SLINF, SLPacket.TYPE_SLINFT):
        sys.stdout.write('%06x %s\\n' % (p.get_sequence_number(), p.msrecord.hex()))
        n += 1
sys.stdout.flush()
import os; os._exit(0)
`,
          String(server.port),
        ],
        { timeout: 30_000, maxBuffer: 1e8 },
      );
      const lines = stdout.trim().split('\n');
      expect(lines).toEqual(
        some.map((record, k) => {
          const number = ((0xfffffd + k) & 0xffffff).toString(16).padStart(6, '0');
          return `${number} ${record.toString('hex')}`;
        }),
      );
    });
  });
});

describe('a server of something else', () => {
  it('is named by what it answers, without bytes that steer a terminal', async () => {
    const other = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('\u001b]0;taken over\u0007 220 mail\r\n');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { stop, result, notes } = listen(path.join(scratch, 'other'), port);
    await vi.waitFor(() => expect(notes.length).toBeGreaterThan(0), { timeout: 10_000 });
    stop();
    await result;
    other.close();
    expect(notes[0]).toContain("it answers HELLO with '.]0;taken over. 220 mail'");
  });
});
