"""rasterio (GDAL, libtiff, libdeflate) as the peer of run.ts: one JSON question a line, one answer."""
import json
import os
import sys
import time

import numpy as np
import rasterio
from rasterio.shutil import copy


def make(folder):
    """Phase of a source, a ramp and noise, with a hole of NaN, in each compression."""
    rng = np.random.default_rng(1)
    n = 6000
    y, x = np.mgrid[0:n, 0:n].astype("float32")
    z = 20 * np.exp(-((x - 3000) ** 2 + (y - 2800) ** 2) / 8e5) + 0.002 * x - 0.001 * y
    z = (z + rng.normal(0, 0.3, (n, n))).astype("float32")
    z[(x - 1000) ** 2 + (y - 5000) ** 2 < 4e5] = np.nan
    plain = os.path.join(folder, "plain.tif")
    transform = rasterio.transform.from_origin(3e5, 4.4e6, 100, 100)
    with rasterio.open(
        plain, "w", driver="GTiff", width=n, height=n, count=1, dtype="float32",
        crs="EPSG:32634", transform=transform, nodata=float("nan"),
    ) as data:
        data.write(z, 1)
    for compression, predictor in (("DEFLATE", 3), ("LZW", 3), ("ZSTD", 1), ("ZSTD", 3)):
        copy(
            plain, os.path.join(folder, f"{compression.lower()}-p{predictor}.tif"), driver="COG",
            compress=compression, predictor="FLOATING_POINT" if predictor == 3 else "NO", blocksize=512,
        )
    os.remove(plain)


def read(file):
    with rasterio.open(file, num_threads=2) as data:
        return data.read(1)


def checksum(values):
    bits = values.view("uint32").copy()
    bits[np.isnan(values)] = 0x7FC00000
    weight = (np.arange(bits.size, dtype="uint64") % 65521 + 1).reshape(bits.shape)
    return int((bits.astype("uint64") * weight).sum()) & 0xFFFFFFFF


for line in sys.stdin:
    question = json.loads(line)
    answer = {}
    if "make" in question:
        make(question["make"])
    if "read" in question:
        start, used = time.perf_counter(), time.process_time()
        read(question["read"])
        answer["seconds"] = time.perf_counter() - start
        answer["cpuSeconds"] = time.process_time() - used
    if "checksum" in question:
        answer["checksum"] = checksum(read(question["checksum"]))
    print(json.dumps(answer), flush=True)
