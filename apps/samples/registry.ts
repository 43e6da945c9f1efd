/**
 * The sample data sets: what each is, whose it is, and every place it may come from. The file lists
 * with their hashes are in `files/*.json`.
 * @module
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { SampleFile, SampleSet } from './sample-set.js';

const FILES = z.array(
  z.strictObject({
    path: z.string().min(1),
    bytes: z.number().int().positive(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    gzip: z.boolean().optional(),
    mirrorPath: z.string().optional(),
    urls: z.array(z.url({ protocol: /^https$/ })).optional(),
    member: z.string().optional(),
  }),
);

function filesOf(name: string): readonly SampleFile[] {
  const text = readFileSync(new URL(`./files/${name}.json`, import.meta.url), 'utf8');
  return FILES.parse(JSON.parse(text));
}

const PUBLIC_DOMAIN = 'public domain (U.S. Geological Survey) / CC0-1.0';

/** All sets, in the order in which `quakeloom samples list` shows them. */
export const SAMPLE_SETS: readonly SampleSet[] = [
  {
    name: 'mems-openeew-2018-02-16',
    title: 'OpenEEW accelerometers, M 7.2 Oaxaca 2018-02-16: 13 devices, ten minutes',
    licence: 'Apache-2.0 (openeew-seismology); the same records are on AWS Open Data',
    citation:
      'Grillo Holdings Inc. and the OpenEEW community: OpenEEW data set, Registry of Open Data on AWS',
    mirror: 'mems-openeew/2018-02-16',
    isSingleFile: false,
    files: filesOf('mems-openeew-2018-02-16'),
  },
  {
    name: 'mexico-city-2018',
    title: 'Sentinel-1 interferograms of Mexico City, 2018-01-06 to 2018-07-17 (30, unwrapped)',
    licence: 'Apache-2.0; contains modified Copernicus Sentinel data 2018',
    citation:
      'Garthwaite, M. et al.: PyRate, Geoscience Australia (test data cropA); Copernicus Sentinel-1, ESA',
    mirror: 'insar/mexico-city-2018',
    isSingleFile: false,
    files: filesOf('mexico-city-2018'),
  },
  {
    name: 'brady-2016',
    title: 'PoroTomo fibre at Brady Hot Springs, M 4.3 Nevada 2016-03-21: 500 channels, 50 s',
    licence: 'MIT (DASPy); recording: PoroTomo, Geothermal Data Repository',
    citation:
      'Hu, M. and Li, Z. (2024): DASPy, Seismol. Res. Lett. 95; Feigl, K. L. and the PoroTomo team ' +
      '(2016): Brady Hot Springs DAS, Geothermal Data Repository',
    mirror: 'das/brady_eq_daspy_example_f32.h5',
    isSingleFile: true,
    files: [
      {
        path: 'brady_eq_daspy_example_f32.h5',
        bytes: 8_382_043,
        sha256: 'fe843334660fa5e2eabc96ca913796f86cf9226ec11b3699871332ce5f844057',
      },
    ],
    package: {
      requirement: 'daspy-toolbox==1.2.7',
      kind: 'wheel',
      sha256: '5b391e8acd063c28323193ae12fac5c5b358d889b90f90e3966b19df96c1cd76',
      bytes: 19_235_523,
    },
    conversion: {
      kind: 'daspy-example',
      member: 'daspy/core/example.pkl',
      memberSha256: '7209daed716ec798123bddf2ffd1925543496b63ca001c43ebc6bf1de9f3a077',
    },
  },
  {
    name: 'napa-2014',
    title: 'M 6.0 South Napa 2014-08-24: felt reports by 10 km cell, times of posts',
    licence: `${PUBLIC_DOMAIN}; times of posts: facts only, for tests, not to be published further`,
    citation:
      'Wald, D. J. et al. (2011): USGS Did You Feel It?; To, H. et al. (2017): On identifying ' +
      'disaster-related tweets, BigMM',
    mirror: 'felt/napa-nc72282711',
    isSingleFile: false,
    files: filesOf('napa-2014'),
  },
  {
    name: 'northridge-1994-dyfi',
    title: 'M 6.7 Northridge 1994-01-17: felt reports by postal code',
    licence: PUBLIC_DOMAIN,
    citation: 'Wald, D. J. et al. (2011): USGS Did You Feel It?; USGS esi-shakelib (test data)',
    mirror: 'felt/northridge-1994-dyfi',
    isSingleFile: false,
    files: filesOf('northridge-1994-dyfi'),
    package: {
      requirement: 'esi-shakelib==1.2.1',
      kind: 'source',
      sha256: 'f86ce7d0eed54bd8c6b4310b8587c15ceb8f0c08738f48eb9f5f2b5f2c150595',
      bytes: 9_237_040,
    },
  },
  {
    name: 'ridgecrest-2019-cosmos',
    title: 'M 7.1 Ridgecrest 2019-07-06: three strong-motion records (CCC, CLC, TOW2)',
    licence: `${PUBLIC_DOMAIN}; records: SCSN, distributed by CESMD`,
    citation:
      'Hearne, M. et al. (2019): gmprocess, U.S. Geological Survey; CESMD (CGS and USGS), records ' +
      'of the Southern California Seismic Network',
    mirror: 'strong-motion/ridgecrest-2019-cosmos',
    isSingleFile: false,
    files: filesOf('ridgecrest-2019-cosmos'),
    package: {
      requirement: 'gmprocess==2.8.0',
      kind: 'source',
      sha256: '2fb2a1d645be77bd5b22197e770c6a003a37d1d70c0857a0022c333d90889b93',
      bytes: 7_337_532,
    },
  },
];

/** The set of a name; undefined when there is none. */
export function findSampleSet(name: string): SampleSet | undefined {
  return SAMPLE_SETS.find((set) => set.name === name);
}
