"""Peers of bench/das/processing: reads commands on stdin, answers with seconds on stdout.

Arguments: data file (float32 [channel][time]), channels, samples, rate, spacing, output folder.
A command is `name`; the answer `{"name", "seconds", "cpu"}`. `check name` also writes the result.
"""

import json
import sys
import time
import warnings

import dascore as dc
import numpy as np
import xdas as xd
import xdas.signal as xs

# xdas says that it inferred the sampling interval, on every call.
warnings.simplefilter("ignore", FutureWarning)

path, channels, samples, rate, spacing, out = sys.argv[1:7]
channels, samples, rate, spacing = int(channels), int(samples), float(rate), float(spacing)
x = np.fromfile(path, dtype="<f4").reshape(channels, samples)
axes = {
    "distance": {"tie_indices": [0, channels - 1], "tie_values": [0.0, (channels - 1) * spacing]},
    "time": {"tie_indices": [0, samples - 1], "tie_values": [0.0, (samples - 1) / rate]},
}
da = xd.DataArray(x, axes)
patch = dc.Patch(
    data=x,
    coords={"distance": np.arange(channels) * spacing, "time": np.arange(samples) / rate},
    dims=("distance", "time"),
)
BAND = [1.0, 10.0]

RUNS = {
    "xdas-band-pass": lambda: xs.filter(da, BAND, "bandpass", corners=4, dim="time", parallel=True).values,
    "xdas-band-pass-1": lambda: xs.filter(da, BAND, "bandpass", corners=4, dim="time", parallel=False).values,
    "xdas-classic": lambda: xd.stalta(da, sta=0.5, lta=5.0, method="classic", dim="time").values,
    "xdas-recursive": lambda: xd.stalta(da, sta=0.5, lta=5.0, method="recursive", dim="time").values,
    "xdas-decimate": lambda: xs.decimate(da, 5, ftype="fir", dim="time", parallel=True).values,
    "numpy-common-mode": lambda: x - np.median(x, axis=0),
    "dascore-fan": lambda: patch.slope_filter([1000.0, 1500.0, 1e19, 2e19]).data,
}

print(json.dumps({"ready": True, "dascore": dc.__version__, "xdas": xd.__version__}), flush=True)
for line in sys.stdin:
    words = line.split()
    name = words[-1]
    start, cpu = time.perf_counter(), time.process_time()
    result = RUNS[name]()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    if words[0] == "check":
        np.ascontiguousarray(result, dtype="<f4").tofile(f"{out}/{name}.f32")
    del result
    print(json.dumps({"name": name, "seconds": seconds, "cpu": cpu}), flush=True)
