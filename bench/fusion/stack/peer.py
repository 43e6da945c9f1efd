"""Pyrocko's parstack as a process: `peer.py ROWS SHIFTS CELLS ROW_COUNT SAMPLES TIMES`, one command a line
(`float32 1`: precision and threads), one JSON line each: seconds of the call alone; and, once asked
(`check FILE`), the best value and cell at each time, float32 and int32, written to FILE."""

import json
import sys
import time

import numpy as np
import pyrocko
from pyrocko.parstack import parstack

rows_file, shifts_file = sys.argv[1:3]
cells, row_count, samples, times = map(int, sys.argv[3:7])
rows = np.fromfile(rows_file, dtype="f4").reshape(row_count, samples)
# parstack adds array[t - offset - shift]; a row that is read `shift` later has the shift -shift.
shifts = -np.fromfile(shifts_file, dtype="i4").reshape(cells, row_count)
offsets = np.zeros(row_count, dtype="i4")
by_type = {
    name: ([np.ascontiguousarray(row, dtype=name) for row in rows], np.ones((cells, row_count), dtype=name))
    for name in ("float32", "float64")
}
print(json.dumps({"pyrocko": pyrocko.__version__}), flush=True)
stack = None
# Made and touched before, as in a search that runs again and again: no page faults in the time taken.
results = {name: np.full(cells * times, 1, dtype=name) for name in by_type}
for line in sys.stdin:
    what, argument = line.split(maxsplit=1)
    if what == "check":
        best = stack.max(axis=0).astype("f4")
        cell = stack.argmax(axis=0).astype("i4")
        with open(argument.strip(), "wb") as out:
            out.write(best.tobytes() + cell.tobytes())
        print(json.dumps({"dtype": str(stack.dtype)}), flush=True)
        continue
    arrays, weights = by_type[what]
    result = results[what]
    result.fill(0)
    wall, cpu = time.perf_counter(), time.process_time()
    stack, _ = parstack(
        arrays, offsets, shifts, weights, 0,
        lengthout=times, offsetout=0, result=result, nparallel=int(argument), dtype=np.dtype(what),
    )
    print(
        json.dumps({"wallS": time.perf_counter() - wall, "cpuS": time.process_time() - cpu}),
        flush=True,
    )
