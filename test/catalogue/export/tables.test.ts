import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeArrow } from '../../../catalogue/export/arrow.js';
import { encodeCsv } from '../../../catalogue/export/csv.js';
import { encodeFdsnText } from '../../../catalogue/export/fdsn-text.js';
import { EXPORT_FORMATS, isExportFormat } from '../../../catalogue/export/formats.js';
import { encodeGeoJson } from '../../../catalogue/export/geojson.js';
import { isoToNs } from '../../../core/time.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { exported, nastyNote } from './samples.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'quakeloom-export-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const save = (name: string, content: string | Uint8Array): string => {
  writeFileSync(path.join(folder, name), content);
  return path.join(folder, name);
};
const rows = () => exported().quakes.flatMap(({ origins }) => origins);

describe('GeoJSON', () => {
  interface Collection {
    readonly type: string;
    readonly metadata: Record<string, unknown>;
    readonly bbox?: number[];
    readonly features: {
      id: string;
      properties: Record<string, unknown> & { quakeloom: Record<string, unknown> };
      geometry: { type: string; coordinates: number[] };
    }[];
  }
  const read = (input = exported()) => JSON.parse(encodeGeoJson(input)) as Collection;

  it('has the shape of the USGS feeds', () => {
    const collection = read();
    expect(collection.type).toBe('FeatureCollection');
    expect(collection.metadata).toMatchObject({
      generated: Date.parse('2024-03-05T00:00:00Z'),
      status: 200,
      count: 3,
    });
    const [first] = collection.features;
    expect(Object.keys(first?.properties ?? {})).toEqual(
      expect.arrayContaining(
        `mag place time updated tz url detail felt cdi mmi alert status tsunami sig net code ids
         sources types nst dmin rms gap magType type title`.split(/\s+/),
      ),
    );
    expect(first).toMatchObject({
      id: 'qlabcdefgh23',
      properties: {
        mag: 7.18,
        time: Date.parse('2018-02-16T23:39:39.123Z'),
        updated: Date.parse('2024-03-02T12:00:00.250Z'),
        status: 'automatic',
        net: 'ql',
        code: 'abcdefgh23',
        ids: ',qlabcdefgh23,',
        nst: 14,
        gap: 211.5,
        type: 'earthquake',
        title: 'M 7.2 - mexico',
        quakeloom: { version: 2, originTime: '2018-02-16T23:39:39.123456789Z' },
      },
      geometry: { type: 'Point', coordinates: [-97.979, 16.4012345678901, 24.25] },
    });
    expect(first?.properties['dmin']).toBeCloseTo(61.25 / 111.19492664455873, 12);
    expect(collection.bbox).toEqual([-178.75, -20.5, -0.8, -97.979, 16.4012345678901, 550.5]);
  });

  it('shows simulated quakes as such and keeps every note', () => {
    const simulated = read().features[1];
    expect(simulated?.properties).toMatchObject({
      type: 'other event',
      title: 'SIMULATED M 7.2 - tonga',
      dmin: null,
      quakeloom: { synthetic: true, notes: [nastyNote], existenceProbability: 0.62 },
    });
    expect(read({ ...exported(), quakes: [] })).toMatchObject({ features: [] });
    expect(read({ ...exported(), quakes: [] }).bbox).toBeUndefined();
  });
});

describe('FDSN text', () => {
  it('has the header of the specification and a line a quake', () => {
    const [header, ...lines] = encodeFdsnText(exported()).split('\n');
    expect(header).toBe(
      '#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|Magnitude|MagAuthor|EventLocationName',
    );
    expect(lines).toEqual([
      'qlabcdefgh23|2018-02-16T23:39:39.123456789|16.4012345678901|-97.979|24.25|quakeloom|quakeloom|quakeloom|qlabcdefgh23|M|7.18|quakeloom|mexico',
      'qlzzzzzzzz77|2024-02-29T23:59:59.999999999|-20.5|-178.75|550.5|quakeloom|quakeloom-simulated|quakeloom|qlzzzzzzzz77|M|7.2|quakeloom|SIMULATED M 7.2 - tonga',
      'qlshallow222|1969-12-31T23:59:59.5|16.386|-97.979|-0.8|quakeloom|quakeloom|quakeloom|qlshallow222|M|7.2|quakeloom|mexico',
      '',
    ]);
  });
});

describeWithPeers('CSV and Arrow read by Python', () => {
  it('CSV has the same values in the same columns', () => {
    const input = exported();
    const [quake] = input.quakes;
    if (!quake) throw new Error('no sample');
    const comma = { ...quake.quake.preferred, regionId: 'a,"b"\nc' };
    const quakes = [{ ...quake, quake: { ...quake.quake, preferred: comma } }, ...input.quakes];
    const file = save('events.csv', encodeCsv({ ...input, quakes }));
    const read = runPeer<Record<string, string>[]>(
      `import sys, csv, json; print(json.dumps(list(csv.DictReader(open(sys.argv[1], newline='')))))`,
      [file],
    );
    expect(read).toHaveLength(4);
    expect(read[0]?.['place']).toBe('a,"b"\nc');
    for (const [i, { quake: item }] of quakes.entries()) {
      const { origin, provenance, version } = item.preferred;
      expect(read[i]).toMatchObject({
        id: item.eventId,
        time: origin.originTime,
        mag: String(origin.magnitude.mean),
        depth: String(origin.depthKm.mean),
        dmin: origin.nearestSensorKm === null ? '' : expect.stringMatching(/^0\.55/),
        version: String(version),
        synthetic: String(provenance.synthetic),
      });
    }
  });

  it('Arrow has typed columns with the same values, a row an origin', () => {
    const file = save('events.arrow', encodeArrow(exported()));
    const read = runPeer<{
      types: Record<string, string>;
      rows: Record<string, unknown>[];
      ns: string[];
      metadata: Record<string, string>;
      nulls: Record<string, boolean>;
    }>(
      `
import sys, json, pyarrow as pa
t = pa.ipc.open_file(sys.argv[1]).read_all()
t.validate(full=True)
times = t.column('origin_time').cast(pa.int64()).to_pylist()
plain = t.drop_columns(['origin_time', 'created_at'])
print(json.dumps(dict(types={f.name: str(f.type) for f in t.schema}, nulls={f.name: f.nullable for f in t.schema},
    rows=plain.to_pylist(), ns=[str(n) for n in times], metadata={k.decode(): v.decode() for k, v in t.schema.metadata.items()})))`,
      [file],
    );
    expect(read.types).toMatchObject({
      event_id: 'string',
      version: 'int32',
      preferred: 'bool',
      origin_time: 'timestamp[ns, tz=UTC]',
      created_at: 'timestamp[ns, tz=UTC]',
      depth_km: 'double',
      nearest_sensor_km: 'double',
      phones_nats: 'double',
      notes: 'list<item: string not null>',
    });
    expect([read.nulls['depth_km'], read.nulls['das_nats']]).toEqual([false, true]);
    expect(read.metadata).toMatchObject({ 'quakeloom.generated_at': '2024-03-05T00:00:00Z' });
    expect(read.ns).toEqual(rows().map((row) => String(isoToNs(row.origin.originTime))));
    for (const [i, row] of rows().entries()) {
      const nats = (source: string) =>
        row.origin.contributions.find((item) => item.source === source)?.nats ?? null;
      expect(read.rows[i]).toMatchObject({
        event_id: row.eventId,
        version: row.version,
        latitude: row.origin.latitude.mean,
        latitude_sd: row.origin.latitude.sd,
        longitude_p05: row.origin.longitude.p05,
        depth_km_p95: row.origin.depthKm.p95,
        magnitude: row.origin.magnitude.mean,
        nearest_sensor_km: row.origin.nearestSensorKm,
        das_nats: nats('das'),
        phones_nats: nats('phones'),
        notes: row.origin.notes,
        synthetic: row.provenance.synthetic,
        idempotency_key: row.idempotencyKey,
      });
      expect(JSON.parse(String(read.rows[i]?.['provenance_json']))).toEqual(row.provenance);
    }
    expect(read.rows.map((row) => row['preferred'])).toEqual([false, true, true, true]);
  });

  it('Arrow without events is an empty table with the same columns', () => {
    const empty = encodeArrow({ ...exported(), quakes: [] });
    const count = runPeer<number[]>(
      `import sys, json, pyarrow as pa; t = pa.ipc.open_file(sys.argv[1]).read_all(); print(json.dumps([t.num_rows, t.num_columns]))`,
      [save('empty.arrow', empty)],
    );
    expect(count).toEqual([0, tableFromIPC(encodeArrow(exported())).numCols]);
  });
});

describe('formats', () => {
  it('are found by name and each gives the same output twice', () => {
    expect(Object.keys(EXPORT_FORMATS)).toEqual(['quakeml', 'geojson', 'text', 'csv', 'arrow']);
    for (const { encode } of Object.values(EXPORT_FORMATS)) {
      expect(encode(exported())).toEqual(encode(exported()));
    }
    expect([isExportFormat('csv'), isExportFormat('toString'), isExportFormat('xls')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
