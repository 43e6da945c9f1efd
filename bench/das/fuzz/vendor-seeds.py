"""Small files of the vendors' HDF5 formats: DATA_FOLDER OUT_FOLDER. Prints their names as JSON.

Real recordings with fewer samples and channels, and files after the documented layouts where there is
no recording.
"""
import json
import pathlib
import sys

import h5py
import numpy as np

ROWS, COLUMNS = 60, 12
RECORDINGS = {
    "ap-sensing": "ap_sensing_1.hdf5",
    "gdr": "gdr_1.h5",
    "optodas": "decimated_optodas.hdf5",
    "silixa-h5": "silixa_h5_1.hdf5",
    "terra15": "terra15_v5_test_file.hdf5",
    "febus-a1": "valencia_febus_example.h5",
}
# What has to follow from fewer samples.
COUNTS = {
    "Metadata/TraceCount": ROWS,
    "DAQ/SpatialPoints": COLUMNS,
    "header/dimensionSizes": [ROWS, COLUMNS],
    "header/dimensionRanges/dimension0/size": ROWS,
    "header/dimensionRanges/dimension1/size": COLUMNS,
}


def cut(path, data):
    if path in COUNTS:
        return COUNTS[path]
    if path == "header/channels":
        return data[:COLUMNS]
    if not data.shape or data.dtype.kind not in "fiu" or data.size <= 200:
        return data[()]
    if data.ndim == 3:
        return data[:3, :, :COLUMNS]
    return data[:ROWS] if data.ndim == 1 else data[:ROWS, :COLUMNS]


def copy(source, target, path=""):
    target.attrs.update(source.attrs)
    for name, item in source.items():
        inner = f"{path}{name}"
        if isinstance(item, h5py.Group):
            copy(item, target.create_group(name), f"{inner}/")
        else:
            target.create_dataset(name, data=cut(inner, item), dtype=item.dtype).attrs.update(item.attrs)


def documented(folder):
    values = np.random.default_rng(3).normal(size=(ROWS, COLUMNS)).astype("f4")
    with h5py.File(folder / "neubrex.h5", "w") as file:
        data = file.create_dataset("Acoustic", data=values, chunks=(20, 4), compression="gzip")
        data.attrs.update({
            "NEUBRESCOPE.DAS.Model": "NBX-S4000", "NEUBRESCOPE.DAS.SerialNum": "17", "StartPosition": 100.5,
            "StopPosition": 100.5 + COLUMNS * 1.0209, "StartStopPositionUnit": "m", "SpatialSamplingInterval": 1.0209,
            "GaugeLength": 6.125, "GaugeLengthUnits": "m", "GPSTimeStamp(UTC)": "2024-04-10T21:15:33.1234567",
            "TimeSamplingInterval(seconds)": 0.0005, "InterrogationRate(Hz)": 2000.0,
            "DataPhysicalUnit": "micro-strain/second", "PhaseToStrainConversion(MicroStrainPerRadian)": 0.0179,
        })
    with h5py.File(folder / "odh4.h5", "w") as file:
        file.create_dataset("raw_data", data=values.T, chunks=(5, 20))
        file.attrs.update({
            "GL m": 20.4, "channel spacing m": 2.04, "channel_start": 100, "channel_end": 100 + COLUMNS,
            "starttime": "2023-02-16T00:00:00.000000", "endtime": "2023-02-16T00:00:00.300000",
            "sampling rate Hz": 200.0, "scale factor to strain": 5.3e-9, "raw_data_units": "phase shift in radians",
        })
    with h5py.File(folder / "odh3.h5", "w") as file:
        file["data"] = values.T
        file["x_axis"] = 50.0 + 2.04 * np.arange(COLUMNS)
        file["t_axis"] = 1676505600.0 + np.arange(ROWS) / 200
    return ["neubrex.h5", "odh3.h5", "odh4.h5"]


source, folder = map(pathlib.Path, sys.argv[1:3])
for name, recording in RECORDINGS.items():
    with h5py.File(source / recording) as old, h5py.File(folder / f"{name}.h5", "w") as new:
        copy(old, new)
print(json.dumps(sorted([*(f"{name}.h5" for name in RECORDINGS), *documented(folder)])))
