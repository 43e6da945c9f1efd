import { describe, expect, it } from 'vitest';
import {
  buildWindowManifest,
  windowVersionKey,
  type WindowManifestInput,
} from '../../tensors/window-manifest.js';

const input = (name: string): WindowManifestInput['inputs'][number] => ({
  source: 'das',
  sourceId: 'fibre',
  artifact: { key: `a/${name}`, sha256: name.repeat(64), bytes: 1, kind: 'source-table' },
});
const manifestInput: WindowManifestInput = {
  regionId: 'brady',
  window: { start: '2016-03-21T07:37:30Z', end: '2016-03-21T07:38:30Z' },
  inputs: [input('a'), input('b')],
  files: [],
  gaps: [{ source: 'das', sensorId: 'fibre/1', gaps: [{ startS: 0, endS: 0.6 }] }],
  missing: [{ source: 'phones', reason: 'no feed' }],
  notes: ['n2', 'n1'],
  versions: { quakeloom: '0.1.0', format: '1' },
  settings: { rateHz: 100, components: ['strain-rate'] },
};

describe('buildWindowManifest', () => {
  it('gives the same bytes for any order of inputs, notes and keys, and for repeated inputs', () => {
    const shuffled: WindowManifestInput = {
      settings: { components: ['strain-rate'], rateHz: 100 },
      versions: { format: '1', quakeloom: '0.1.0' },
      notes: ['n1', 'n2', 'n1'],
      missing: manifestInput.missing,
      gaps: manifestInput.gaps,
      files: [],
      inputs: [input('b'), input('a'), input('b')],
      window: { end: '2016-03-21T07:38:30Z', start: '2016-03-21T07:37:30Z' },
      regionId: 'brady',
    };
    const [a, b] = [buildWindowManifest(manifestInput), buildWindowManifest(shuffled)];
    expect(Buffer.compare(a.bytes, b.bytes)).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(a.bytes))).toEqual(b.manifest);
  });
});

describe('windowVersionKey', () => {
  it('changes with inputs, settings and window, and not with artifact keys', () => {
    const key = windowVersionKey(manifestInput);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(windowVersionKey({ ...manifestInput, inputs: [input('a')] })).not.toBe(key);
    expect(windowVersionKey({ ...manifestInput, settings: { rateHz: 50 } })).not.toBe(key);
    const moved = manifestInput.inputs.map((i) => ({
      ...i,
      artifact: { ...i.artifact, key: `moved/${i.artifact.key}` },
    }));
    expect(windowVersionKey({ ...manifestInput, inputs: moved })).toBe(key);
  });
});
