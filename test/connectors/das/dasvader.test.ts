import path from 'node:path';
import { expect, it } from 'vitest';
import { dasvaderFormat } from '../../../connectors/das/formats/dasvader.js';
import { temporaryFolder } from './support.js';
import { allValues, describeWithPeers, entriesOn, shapeOf, withOpen } from './vendor-support.js';
import { runPeer } from '../../support/peers.js';

const folder = temporaryFolder();

/**
 * What DASVader's `writejdl` writes (`jldsave(file, true; dDAS)`, DASVader.jl `src/filemanagement.jl`):
 * struct `iDAS`, each array deflated as one chunk, `atrib` behind a reference, its type committed.
 */
function writeJld2(name: string, change = ''): string {
  const file = path.join(folder, name);
  runPeer(
    `
import sys, json, h5py, numpy as np
n, m = 3000, 7
tp = np.dtype([('hi', '<f8'), ('lo', '<f8')])
sr = np.dtype([('ref', tp), ('step', tp), ('len', '<i8'), ('offset', '<i8')])
instant = np.dtype([('instant', np.dtype([('periods', np.dtype([('value', '<i8')]))]))])
with h5py.File(sys.argv[1], 'w', userblock_size=512, libver=('v110', 'v110')) as f:
    def whole(name, values, **more):
        return f.create_dataset('_refs/' + name, data=values, chunks=values.shape, compression=5, **more)
    data = whole('data', (np.arange(m)[:, None] * 10000 + np.arange(n)[None, :]).astype('f4'))
    ms = 62135683200000 + 1650000000123 + 4 * np.arange(n)
    htime = whole('htime', np.array([(((int(v),),),) for v in ms], dtype=instant))
    lists = {name: whole(name, values) for name, values in {
        'FiberLength': np.array([5000], 'i4'), 'GaugeLength': np.array([9.6]), 'Spacing': np.array([4.8, 4.0, 1.0])}.items()}
    f['_types/attb'] = np.dtype([(name, h5py.ref_dtype) for name in lists])
    atrib = f.create_dataset('_refs/atrib', shape=(), dtype=f['_types/attb'])
    held = np.zeros((), dtype=atrib.dtype)
    for name, values in lists.items(): held[name] = values.ref
    atrib[()] = held
    record = np.zeros((), dtype=np.dtype([('data', h5py.ref_dtype), ('time', sr), ('htime', h5py.ref_dtype), ('offset', sr), ('atrib', h5py.ref_dtype)]))
    record['time'] = ((0.0, 0.0), (0.004, 0.0), n, 1)
    record['offset'] = ((0.0, 0.0), (4.8, 0.0), m, 1)
    record['data'], record['htime'], record['atrib'] = data.ref, htime.ref, atrib.ref
    ${change}
    f['dDAS'] = record
print(json.dumps(0))`,
    [file],
  );
  return file;
}

describeWithPeers('DASVader files as writejdl writes them', () => {
  it('reads deflated arrays, the clock, the gauge length and the unit', async () => {
    await withOpen(dasvaderFormat, { path: writeJld2('whole.jld2') }, async (recording) => {
      expect(shapeOf(recording)).toEqual([7, 3000]);
      expect(recording.runs).toMatchObject([
        { startNs: 1_650_000_000_123_000_000n, sampleCount: 3000, rateHz: 250 },
      ]);
      expect(recording).toMatchObject({ gaugeLengthM: 9.6, spacingM: 4.8, firstDistanceM: 0 });
      // DASVader.jl plots `dDAS.data` as StrainRate [nm/m/s].
      expect(recording.conversion).toMatchObject({ component: 'strain-rate', factor: 1e-3 });
      expect(entriesOn(recording, 'units')).toMatchObject([{ severity: 'assumption' }]);
      expect(entriesOn(recording, 'gauge-length')).toEqual([]);
      const values = Array.from(await allValues(recording));
      expect(values).toHaveLength(21_000);
      expect(values.every((v, i) => v === 10_000 * Math.floor(i / 3000) + (i % 3000))).toBe(true);
    });
  });

  it('says so where there is no gauge length', async () => {
    const file = writeJld2('none.jld2', "lists['GaugeLength'][0] = np.nan");
    await withOpen(dasvaderFormat, { path: file }, (recording) => {
      expect(recording.gaugeLengthM).toBeNull();
      expect(entriesOn(recording, 'gauge-length')).toMatchObject([{ severity: 'note' }]);
    });
  });

  it('names the clock that it cannot follow', async () => {
    const shuffled = writeJld2(
      'shuffled.jld2',
      "record['htime'] = f.create_dataset('_refs/s', data=htime[...], chunks=(n,), shuffle=True, compression=5).ref",
    );
    await expect(withOpen(dasvaderFormat, { path: shuffled }, () => 0)).rejects.toMatchObject({
      _tag: 'CorruptSource',
      at: '/dDAS.htime',
    });
  });
});
