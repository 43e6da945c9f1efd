"""Peer of bench/das/read: answers one JSON request a line with the seconds that h5py took."""
import json
import sys
import time

import h5py
import hdf5plugin  # noqa: F401  registers the filters


def slices(shape, chunk_rows, kind):
    rows, columns = shape
    if kind != "slices":
        step = int(kind.removeprefix("whole")) * 1024 * 1024 // (columns * 4) // chunk_rows * chunk_rows
        return [(a, min(rows, a + step), 0, columns) for a in range(0, rows, step)]
    return [(a, a + 5000, b, b + 500) for a in range(0, rows, 5000) for b in range(0, columns, 500)]


for line in sys.stdin:
    request = json.loads(line)
    with h5py.File(request["file"]) as file:
        data = file["data"]
        parts = slices(data.shape, 1000, request["kind"])
        start, cpu = time.perf_counter(), time.process_time()
        total = 0
        check = 0.0
        for a, b, c, d in parts:
            values = data[a:b, c:d]
            total += values.nbytes
            check += float(values[0, 0]) + float(values[-1, -1])
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpuSeconds": cpu, "bytes": total, "check": check}), flush=True)
