"""Peaks of the Ridgecrest records by ObsPy: sensitivity removed, high-pass 0.05 Hz, larger horizontal.

python ridgecrest-peaks.py FOLDER > peaks.json
"""
import glob
import json
import os
import sys

import numpy as np
import obspy

folder = sys.argv[1]
rows = []
for file in sorted(glob.glob(os.path.join(folder, "CI.*.xml"))):
    inventory = obspy.read_inventory(file)
    name = os.path.basename(file)[:-4]
    pga, pgv = [], []
    for channel in ("HNE", "HNN"):
        stream = obspy.read(os.path.join(folder, f"{name}..{channel}.mseed"))
        stream.merge(fill_value="interpolate")
        trace = stream[0]
        trace.remove_sensitivity(inventory)
        trace.data = trace.data - np.mean(trace.data[:2000])
        trace.filter("highpass", freq=0.05, corners=2)
        pga.append(100 * np.abs(trace.data).max())
        trace.integrate()
        trace.filter("highpass", freq=0.05, corners=2)
        pgv.append(100 * np.abs(trace.data).max())
    site = inventory[0][0]
    rows.append(
        {
            "id": name,
            "latitude": site.latitude,
            "longitude": site.longitude,
            "pgaGal": max(pga),
            "pgvCmS": max(pgv),
        }
    )
print(json.dumps(rows))
