"""Writes the files of bench/das/read: 25,000 x 2,000 float32 (200 MB) in the layouts of the issue."""
import pathlib
import sys

import h5py
import hdf5plugin
import numpy as np

folder = pathlib.Path(sys.argv[1])
layouts = {
    "contiguous": {},
    "chunked": dict(chunks=(1000, 500)),
    "gzip4": dict(chunks=(1000, 500), compression="gzip", compression_opts=4),
    "shuffle-gzip1": dict(chunks=(1000, 500), shuffle=True, compression="gzip", compression_opts=1),
    "shuffle-gzip4": dict(chunks=(1000, 500), shuffle=True, compression="gzip", compression_opts=4),
    "zstd3": dict(chunks=(1000, 500), **hdf5plugin.Zstd(clevel=3)),
    "blosc-lz4": dict(chunks=(1000, 500), **hdf5plugin.Blosc(cname="lz4")),
    "bitshuffle-lz4": dict(chunks=(1000, 500), **hdf5plugin.Bitshuffle()),
}
random = np.random.default_rng(1)
for name, options in layouts.items():
    target = folder / f"{name}.h5"
    if target.exists():
        continue
    with h5py.File(target, "w") as file:
        data = file.create_dataset("data", (25_000, 2_000), "f4", **options)
        random = np.random.default_rng(1)
        for row in range(0, 25_000, 1_000):
            data[row : row + 1_000] = random.standard_normal((1_000, 2_000)).astype("f4")
