"""MintPy's network inversion on raw float32 data: `peer.py META.json`, result as JSON on stdout.

As `run_ifgram_inversion_patch` does without weights: pixels with data in all pairs in one call of
`estimate_timeseries`, every other pixel in a call of its own.
"""

import contextlib
import io
import json
import sys
import time

import numpy as np
from mintpy.ifgram_inversion import estimate_timeseries

with open(sys.argv[1]) as file:
    meta = json.load(file)
pairs, years, pixels = meta["pairs"], np.array(meta["years"]), meta["pixels"]
stack = np.fromfile(meta["file"], dtype="<f4").reshape(len(pairs), pixels)
epochs = len(years)
A = np.zeros((len(pairs), epochs - 1), np.float32)
B = np.zeros((len(pairs), epochs - 1), np.float32)
difference = np.diff(years).reshape(-1, 1).astype(np.float32)
for k, (a, b) in enumerate(pairs):
    # MintPy's A leaves out the first date; B holds the intervals that a pair spans.
    if a > 0:
        A[k, a - 1] = -1
    A[k, b - 1] = 1
    B[k, a:b] = difference[a:b, 0]
options = {"A": A, "B": B, "tbase_diff": difference, "min_norm_velocity": True}
series = np.zeros((epochs, pixels), np.float32)
start, cpu = time.perf_counter(), time.process_time()
with contextlib.redirect_stdout(io.StringIO()):
    whole = np.all(~np.isnan(stack), axis=0)
    if whole.any():
        series[:, whole] = estimate_timeseries(y=stack[:, whole], **options)[0]
    wholeSeconds = time.perf_counter() - start
    for i in np.where(~whole)[0]:
        series[:, i] = estimate_timeseries(y=stack[:, i], **options)[0].ravel()
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
series.astype("<f4").tofile(meta["out"])
print(
    json.dumps(
        {
            "seconds": seconds,
            "cpuSeconds": cpu,
            "wholeSeconds": wholeSeconds,
            "wholePixels": int(whole.sum()),
            "partPixels": int((~whole).sum()),
        }
    )
)
