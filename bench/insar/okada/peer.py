"""pyrocko's compiled Okada extension on the points of the caller: prints seconds of the fastest run for each thread count."""
import json
import sys
import time

import numpy as np
from pyrocko.modelling import okada_ext

job = json.loads(sys.stdin.readline())
receivers = np.column_stack([job["northM"], job["eastM"], np.zeros(len(job["eastM"]))])
s = job["source"]
half_length, half_width = s["lengthM"] / 2, s["widthM"] / 2
source = np.array([[s["northM"], s["eastM"], s["centroidDepthM"], s["strikeDeg"], s["dipDeg"], -half_length, half_length, -half_width, half_width]])
rake = np.radians(s["rakeDeg"])
slip = np.array([[s["slipM"] * np.cos(rake), s["slipM"] * np.sin(rake), s["openingM"]]])
for line in sys.stdin:
    threads, runs = json.loads(line)
    best = 9e9
    for _ in range(runs):
        start = time.perf_counter()
        u = okada_ext.okada(source, slip, receivers, 32e9, 32e9, threads, 0)
        best = min(best, time.perf_counter() - start)
    print(json.dumps({"seconds": best, "displacement": u[:, :3].T.tolist() if runs == 1 else None}), flush=True)
