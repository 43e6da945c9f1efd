import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { pickledFloat64 } from '../../../apps/samples/pickled-array.js';

/** An array state as numpy writes it, pickled by Python itself (no numpy needed). */
function pickleOf(input: { values: readonly number[]; isFortran: boolean; protocol: number }) {
  const code = `
import pickle, struct, sys
values = ${JSON.stringify(input.values)}
data = struct.pack("<%dd" % len(values), *values)
flag = ${input.isFortran ? 'True' : 'False'}
state = {"note": "x", "n": -5, "f": 1.5, "state": (1, (2, 3), flag, data), "after": None}
sys.stdout.buffer.write(pickle.dumps(state, protocol=${input.protocol}))`;
  return new Uint8Array(execFileSync(process.env['PYTHON'] ?? 'python3', ['-c', code]));
}

describe('pickled array', () => {
  const values = [1, 2, 3, 4, 5, Math.PI];
  it.each([3, 4, 5])('protocol %i: C order as it is, Fortran order turned', (protocol) => {
    const read = (isFortran: boolean): number[] =>
      Array.from(
        pickledFloat64({
          source: 'p',
          pickle: pickleOf({ values, isFortran, protocol }),
          rows: 2,
          columns: 3,
        }),
      );
    expect(read(false)).toEqual(values);
    expect(read(true)).toEqual([1, 3, 5, 2, 4, Math.PI]);
  });

  it('every truncation is refused with the place', () => {
    const pickle = pickleOf({ values, isFortran: false, protocol: 4 });
    const whole = pickle.lastIndexOf(0x94) - 20;
    for (let length = 0; length < whole - 60; length++) {
      expect(() =>
        pickledFloat64({ source: 'p', pickle: pickle.slice(0, length), rows: 2, columns: 3 }),
      ).toThrow(/byte \d+/);
    }
  });

  it('an opcode that is not known ends the walk', () => {
    expect(() =>
      pickledFloat64({ source: 'p', pickle: Uint8Array.of(0x80, 4, 0xff), rows: 1, columns: 1 }),
    ).toThrow('unknown opcode 0xff');
  });
});
