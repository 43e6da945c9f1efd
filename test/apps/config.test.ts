import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { findAddresses } from '../../apps/addresses.js';
import { codeVersion } from '../../apps/code-version.js';
import { CONFIG_FILE, ENVIRONMENT, loadConfig, redacted } from '../../apps/config.js';
import { parseRegion } from '../../apps/region-file.js';
import { scheduleOptions } from '../../apps/schedule-options.js';
import { describeError } from '../../core/errors.js';
import { BRADY, MEXICO, NAPA, NORTHRIDGE, RIDGECREST } from '../../apps/demo/regions.js';
import { REGION } from '../support/fakes.js';

const directory = mkdtempSync(path.join(tmpdir(), 'quakeloom-config-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function write(value: unknown): void {
  writeFileSync(
    path.join(directory, CONFIG_FILE),
    typeof value === 'string' ? value : JSON.stringify(value),
  );
}

beforeEach(() => write({}));

function message(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toMatchObject({ _tag: 'InvalidInput' });
    return describeError(error);
  }
  throw new Error('it was accepted');
}

describe('configuration', () => {
  it('defaults', () => {
    const config = loadConfig({ env: {}, directory });
    expect(config).toMatchObject({
      home: path.join(directory, '.quakeloom'),
      objectStoreUrl: `file://${path.join(directory, '.quakeloom', 'objects')}`,
      host: '127.0.0.1',
      apiPort: 8080,
      logLevel: 'info',
    });
    expect(config.computeThreads).toBeGreaterThanOrEqual(1);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('flags over environment over file over defaults', () => {
    const env = { QUAKELOOM_API_PORT: '3000' };
    expect(loadConfig({ env: {}, directory }).apiPort).toBe(8080);
    write({ apiPort: 2000, mqttPort: 2001 });
    expect(loadConfig({ env: {}, directory }).apiPort).toBe(2000);
    expect(loadConfig({ env, directory }).apiPort).toBe(3000);
    expect(loadConfig({ env, directory, flags: { apiPort: 4000 } }).apiPort).toBe(4000);
    expect(loadConfig({ env, directory, flags: { apiPort: 4000 } }).mqttPort).toBe(2001);
  });

  it('a flag that was not given and an empty variable hide nothing', () => {
    write({ apiPort: 2000 });
    const env = { QUAKELOOM_API_PORT: '3000', QUAKELOOM_MQTT_PORT: '' };
    const config = loadConfig({ env, directory, flags: { apiPort: undefined } });
    expect(config.apiPort).toBe(3000);
    expect(config.mqttPort).toBe(1883);
  });

  it.each([
    ['apiPort', 'http'],
    ['apiPort', '65536'],
    ['apiPort', '-1'],
    ['apiPort', '80.5'],
    ['apiPort', ' '],
    ['mqttPort', '0x50'],
    ['gatewayHealthPort', '1e3'],
    ['temporalPort', 'true'],
    ['temporalUiPort', '99999999'],
    ['postgresPort', 'NaN'],
    ['computeThreads', '0'],
    ['computeThreads', '65'],
    ['databaseUrl', 'mysql://host/db'],
    ['databaseUrl', 'postgres'],
    ['mqttUrl', 'http://host'],
    ['objectStoreUrl', '/tmp/objects'],
    ['objectStoreUrl', 'ftp://host/x'],
    ['logLevel', 'loud'],
  ] as const)('%s = %j is refused by its name and its variable', (key, value) => {
    const text = message(() => loadConfig({ env: { [ENVIRONMENT[key]]: value }, directory }));
    expect(text).toContain(`setting ${key}`);
    expect(text).toContain(ENVIRONMENT[key]);
    expect(text).not.toContain('\n');
  });

  it.each([{ apiPort: null }, { apiPort: true }, { apiPort: '' }, { apiPort: [] }])(
    'the file %j is refused: nothing becomes 0 unasked',
    (value) => {
      write(value);
      expect(message(() => loadConfig({ env: {}, directory }))).toContain('setting apiPort');
    },
  );

  it('an unknown setting, and a file that is no object, are refused by name', () => {
    write({ apiport: 8080 });
    expect(message(() => loadConfig({ env: {}, directory }))).toMatch(/apiport.*quakeloom\.config/);
    for (const text of ['[]', '3', 'null', '{', '']) {
      write(text);
      expect(message(() => loadConfig({ env: {}, directory }))).toContain(CONFIG_FILE);
    }
  });

  it('variables have one setting each', () => {
    const names = Object.values(ENVIRONMENT);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([
    ['postgres://ql:s3cret@db:5432/ql', 'postgres://ql:***@db:5432/ql'],
    ['postgres://ql:s3c@ret@db/ql', 'postgres://ql:***@db/ql'],
    ['postgres://:s3cret@db/ql', 'postgres://:***@db/ql'],
    ['postgres://db/ql?user=me&password=s3cret', 'postgres://db/ql?user=me&password=***'],
    ['postgres://ql@db:5432/ql', 'postgres://ql@db:5432/ql'],
    ['postgres://db:5432/ql', 'postgres://db:5432/ql'],
  ])('%s is shown without its password', (databaseUrl, shown) => {
    const config = loadConfig({ env: { DATABASE_URL: databaseUrl }, directory });
    expect(redacted(config)['databaseUrl']).toBe(shown);
    expect(JSON.stringify(redacted(config))).not.toMatch(/s3c|ret@/);
    expect(config.databaseUrl).toBe(databaseUrl);
  });

  it('passwords of a broker and keys of a store are hidden too', () => {
    const env = {
      MQTT_URL: 'mqtts://dev:s3cret@broker',
      OBJECT_STORE_URL: 's3://bucket/prefix?region=eu&secretKey=s3cret',
    };
    const shown = redacted(loadConfig({ env, directory }));
    expect(shown['mqttUrl']).toBe('mqtts://dev:***@broker');
    expect(shown['objectStoreUrl']).toBe('s3://bucket/prefix?region=eu&secretKey=***');
  });
});

describe('addresses', () => {
  it('settings win; without them and without a stack the variable is named', () => {
    const env = { TEMPORAL_ADDRESS: 'temporal:7233', DATABASE_URL: 'postgres://db/ql' };
    expect(findAddresses(loadConfig({ env, directory }))).toMatchObject({
      temporal: 'temporal:7233',
      databaseUrl: 'postgres://db/ql',
      mqttUrl: 'mqtt://127.0.0.1:1883',
      apiUrl: null,
    });
    expect(() => findAddresses(loadConfig({ env: {}, directory }))).toThrow(/TEMPORAL_ADDRESS/);
    const temporal = { TEMPORAL_ADDRESS: 'temporal:7233' };
    expect(() => findAddresses(loadConfig({ env: temporal, directory }))).toThrow(/DATABASE_URL/);
  });
});

describe('region files', () => {
  const parse = (value: unknown) => parseRegion({ text: JSON.stringify(value), name: 'r.json' });

  it('the regions of the demo and the tests are what a file would give', () => {
    for (const region of [BRADY, MEXICO, NAPA, NORTHRIDGE, RIDGECREST, REGION]) {
      expect(parse(region)).toEqual(region);
    }
  });

  it('defaults, and no key without a value', () => {
    const { id, name, bounds, grid } = REGION;
    const region = parse({ id, name, bounds, grid, sources: [REGION.sources[0]] });
    expect(region).toMatchObject({
      velocityModel: 'iasp91',
      minMagnitude: 2.5,
      maxMagnitude: 8.5,
      windowS: 300,
      overlapS: 120,
      synthetic: false,
    });
    expect(Object.keys(region.sources[0]!)).toEqual(['kind', 'id', 'uri']);
  });

  it('a region over the date line has an east beyond 180', () => {
    const bounds = { west: 178, south: -20, east: 183, north: -15 };
    expect(parse({ ...REGION, bounds }).bounds).toEqual(bounds);
  });

  const source = { kind: 'das', id: 'a', uri: 'file:/x' };
  const { bounds, grid } = REGION;
  it.each([
    ['id', { id: 'Mexico' }],
    ['id', { id: '../x' }],
    ['id', { id: '' }],
    ['id', { id: 'x'.repeat(42) }],
    ['name', { name: '' }],
    ['bounds.west', { bounds: { ...bounds, west: -181 } }],
    ['bounds.north', { bounds: { ...bounds, north: 91 } }],
    ['bounds.east', { bounds: { ...bounds, east: 361 } }],
    ['bounds.south', { bounds: { ...bounds, south: '15' } }],
    ['west must be less', { bounds: { ...bounds, west: -90 } }],
    ['south must be less', { bounds: { ...bounds, south: 18 } }],
    ['grid.spacingKm', { grid: { ...grid, spacingKm: 0.1 } }],
    ['grid.depthsKm', { grid: { ...grid, depthsKm: [] } }],
    ['grid.depthsKm.0', { grid: { ...grid, depthsKm: [900] } }],
    ['ascend', { grid: { ...grid, depthsKm: [15, 5] } }],
    ['ascend', { grid: { ...grid, depthsKm: [5, 5] } }],
    ['velocityModel', { velocityModel: 'prem' }],
    ['minMagnitude', { minMagnitude: -3 }],
    ['maxMagnitude', { maxMagnitude: 11 }],
    ['minMagnitude < maxMagnitude', { minMagnitude: 5, maxMagnitude: 5 }],
    ['windowS', { windowS: 5 }],
    ['windowS', { windowS: 300.5 }],
    ['overlapS', { overlapS: -1 }],
    ['sources.0.kind', { sources: [{ ...source, kind: 'gps' }] }],
    ['sources.0.id', { sources: [{ ...source, id: 'a b' }] }],
    ['sources.0.uri', { sources: [{ ...source, uri: '/x' }] }],
    ['sources.0.options', { sources: [{ ...source, options: { a: [1] } }] }],
    ['source ids must differ', { sources: [source, { ...source, uri: 'file:/y' }] }],
    ['sources', { sources: Array.from({ length: 101 }, (_, i) => ({ ...source, id: `${i}` })) }],
    ['extra', { extra: 1 }],
    ['synthetic', { synthetic: 'no' }],
  ])('%s: %j is refused', (words, change) => {
    const text = message(() => parse({ ...REGION, ...change }));
    expect(text).toContain('region file r.json');
    expect(text).toContain(words);
  });

  it('text that is no JSON is refused by the name of the file', () => {
    expect(message(() => parseRegion({ text: '{', name: 'r.json' }))).toContain('r.json');
  });
});

describe('schedules and versions', () => {
  it('a schedule fires once a window and names its region', () => {
    const options = scheduleOptions({ region: REGION, latencyS: 60, paused: true });
    expect(options).toMatchObject({
      scheduleId: 'fuse-test',
      spec: { intervals: [{ every: 300_000 }] },
      state: { paused: true },
      policies: { overlap: 'ALLOW_ALL' },
      action: {
        workflowId: 'fuse-test',
        args: [{ regionId: 'test', runKind: 'scheduled', latencyS: 60 }],
      },
    });
  });

  it('the version of the code names the package and the commit', () => {
    expect(codeVersion()).toMatch(/^0\.1\.0\+[0-9a-f]{12}(\.dirty)?$/);
  });
});
