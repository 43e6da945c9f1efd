import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/run-cli.js';
import { equalSamples, observationsOf } from '../../../models/shaking/event-data.js';
import type { ShakingSummary } from '../../../models/shaking/describe.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';

const folder = mkdtempSync(path.join(tmpdir(), 'shake-'));
const origin = path.join(folder, 'origin.json');
const stations = path.join(folder, 'stations.csv');
writeFileSync(
  origin,
  JSON.stringify({
    id: 'test',
    latitude: 38.2,
    longitude: -122.3,
    depthKm: 10,
    magnitude: 6,
    magnitudeSigma: 0.1,
  }),
);
writeFileSync(
  stations,
  'id,latitude,longitude,pga_gal,pgv_cm_s,vs30\nA,38.2,-122.3,500,60,400\nB,38.4,-122.3,150,10,400\n',
);

async function run(argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const output = {
    write: (text: string) => void (out += text),
    error: (line: string) => void (err += `${line}\n`),
    isTerminal: false,
  };
  const code = await runCli({ argv, output });
  return { code, out, err };
}

const SMALL = ['--radius', '40', '--spacing', '10'];

describe('quakeloom shake', () => {
  it('prints what it used and what shaking is at a place, and writes the same bytes each time', async () => {
    const out = path.join(folder, 'out');
    const argv = [
      'shake',
      '--origin',
      origin,
      '--stations',
      stations,
      '--at',
      '38.2,-122.3',
      '--json',
    ];
    const { code, out: text } = await run([...argv, ...SMALL, '--out', out]);
    expect(code).toBe(0);
    const report = JSON.parse(text) as ShakingSummary & { files: string[] };
    expect(report.observations.used).toEqual({ station: 4, phone: 0, felt: 0 });
    expect(report.origin.samples).toBe(32);
    expect(report.origin.magnitude).toBeCloseTo(6, 9);
    // The station there has 500 gal: the place's Vs30 is not known, so that it is near and not equal.
    const [place] = report.places;
    expect(Math.abs(Math.log10((place?.pgaGal ?? 0) / 500))).toBeLessThan(0.05);
    expect(report.leaveOneOut.pga?.count).toBe(2);
    for (const file of report.files) expect(existsSync(file)).toBe(true);
    const first = readFileSync(path.join(out, 'shaking.arrow'));
    await run([...argv, ...SMALL, '--out', out]);
    expect(readFileSync(path.join(out, 'shaking.arrow')).equals(first)).toBe(true);
  });

  it.each([
    [[], /give --event ID or --origin FILE/],
    [['--origin', origin], /give --out DIR/],
    [['--origin', origin, '--json', '--publish'], /--publish needs --event/],
    [['--origin', origin, '--json', '--spacing', '0.2'], /the limit is 10201/],
    [['--origin', origin, '--json', '--model', 'x'], /choose one of network/],
    [['--origin', origin, '--json', '--at', '99,1'], /write it like/],
    [['--origin', stations, '--json'], /neither JSON nor XML/],
  ])('refuses %j in one line', async (argv, reason) => {
    const { code, out, err } = await run(['shake', ...argv]);
    expect(code).toBeGreaterThan(0);
    expect(out).toBe('');
    expect(err).toMatch(reason);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

describe('quakeloom groundmotion', () => {
  it('predicts with every model', async () => {
    const { code, out } = await run([
      'groundmotion',
      'predict',
      '--magnitude',
      '6',
      '--distance',
      '10',
      '--json',
    ]);
    expect(code).toBe(0);
    const { predictions } = JSON.parse(out) as { predictions: { model: string; median: number }[] };
    expect(new Set(predictions.map(({ model }) => model))).toEqual(
      new Set(['bssa14', 'cua-heaton', 'aww14', 'aw07-california', 'network']),
    );
    const pga = predictions.filter((one) => 'measure' in one && one.measure === 'pga');
    const medians = pga.map(({ median }) => median);
    expect(Math.max(...medians) - Math.min(...medians)).toBeLessThan(0.5);
  });
});

describe('the event of a catalogue', () => {
  it('has draws in proportion to their weights', () => {
    const of = (values: number[]) => Float64Array.from(values);
    const samples = equalSamples({
      latitude: of([1, 2, 3]),
      longitude: of([0, 0, 0]),
      depthKm: of([5, 5, 5]),
      timeS: of([0, 0, 0]),
      magnitude: of([4, 5, 6]),
      logWeight: of([Math.log(0.25), Math.log(0.75), -Infinity]),
    });
    expect(samples.filter(({ latitude }) => latitude === 1)).toHaveLength(8);
    expect(samples.filter(({ latitude }) => latitude === 2)).toHaveLength(24);
  });

  it('takes complete peaks of phones after its origin, and felt cells', () => {
    const sensor = {
      source: 'phones',
      sensorId: 'p',
      latitude: 1,
      longitude: 2,
      elevationM: 0,
      positionSigmaKm: 0,
      uptime: [],
      falseRateHz: 0,
      quantity: 'pga-gal',
      log10Threshold: 0,
      series: { startS: 0, rateHz: 1, llrBase64: '' },
      notes: [],
    } as const;
    const arrival = { phase: 'S', sigmaS: 1, logLikelihoodRatio: 1 } as const;
    const arrivals = [
      { ...arrival, timeS: 20, log10Amplitude: 1 },
      { ...arrival, timeS: 30, log10Amplitude: 1.5 },
      { ...arrival, timeS: 32, log10Amplitude: 3, amplitudeSeenS: 1 },
      { ...arrival, timeS: 500, log10Amplitude: 4 },
    ];
    const cell = {
      cellId: 'c',
      latitude: 1,
      longitude: 2,
      radiusKm: 1,
      intensity: 4,
      felt: 3,
      notFelt: 1,
    };
    const evidence = {
      window: { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:10:00Z' },
      sensors: [
        { ...sensor, arrivals },
        { ...sensor, quantity: 'strain-rate-microstrain-s' as const, arrivals },
      ],
      reports: { cells: [cell, { ...cell, intensity: null }], posts: null, notes: [] },
    };
    const stored = { origin: { originTime: '2020-01-01T00:00:18Z' } } as Parameters<
      typeof observationsOf
    >[1];
    const found = observationsOf(evidence, stored);
    expect(found.map(({ source, value }) => [source, value])).toEqual([
      ['phone', 1.5],
      ['felt', 4],
    ]);
    expect(found[1]?.sigma).toBeCloseTo(Math.sqrt(0.09 + 0.64 / 4), 9);
  });
});

describeWithPeers('files of a map', () => {
  it('are read by pyarrow and rasterio with the same numbers', async () => {
    const out = path.join(folder, 'peer');
    await run(['shake', '--origin', origin, '--stations', stations, ...SMALL, '--out', out]);
    const seen = runPeer<{
      rows: number;
      names: string[];
      same: number;
      crs: number;
      valid: string;
    }>(
      `
import json, sys, os
import numpy as np, pyarrow as pa, rasterio
folder = sys.argv[1]
table = pa.ipc.open_file(os.path.join(folder, 'shaking.arrow')).read_all()
with rasterio.open(os.path.join(folder, 'pga_gal.tif')) as f:
    lon, lat = np.array(table['longitude']), np.array(table['latitude'])
    at = np.array([v[0] for v in f.sample(zip(lon, lat))])
    same = float(np.max(np.abs(at / np.array(table['pga_gal']) - 1)))
    print(json.dumps({'rows': table.num_rows, 'names': table.column_names, 'same': same, 'crs': f.crs.to_epsg(), 'valid': f.driver}))
`,
      [out],
    );
    expect(seen.rows).toBe(81);
    expect(seen.names).toContain('mmi_sigma');
    expect(seen.same).toBeLessThan(1e-6);
    expect(seen.crs).toBe(4326);
    const map = JSON.parse(readFileSync(path.join(out, 'shaking.geojson'), 'utf8')) as {
      features: { properties: { mmi: number } }[];
    };
    expect(map.features).toHaveLength(81);
  });
});
