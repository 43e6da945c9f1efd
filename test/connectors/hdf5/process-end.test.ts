import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { describeWithSamples, samplePath } from '../../support/sample-data.js';

const SAMPLE = 'das/gdr_1.h5';

describeWithSamples('the thread of the HDF5 library', [SAMPLE], () => {
  it('does not keep a process that has nothing else to do', () => {
    const program = `
      import { openInLibrary } from './connectors/hdf5/library/client.ts';
      const file = await openInLibrary({ source: process.argv[1], identity: 'sample' });
      console.log(file.numbers.length);
      await file.close();`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', program, samplePath(SAMPLE)];
    // Ended by the time limit, it throws.
    const out = execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 });
    expect(out).toBe('1\n');
  }, 40_000);
});
