"""Small products as their makers lay them out: HyP3 (three kinds), ARIA GUNW, OPERA DISP-S1, raw grids, Kite."""
import json
import os
import sys

import h5py
import numpy as np
import rasterio
from rasterio.transform import from_origin

root = sys.argv[1]
rows, cols = 6, 8
utm = from_origin(300000, 4400000, 80, 80)
phase = (np.arange(rows * cols, dtype="float32").reshape(rows, cols) / 10 + 1).astype("float32")
phase[0, 0] = 0


def tif(folder, name, data, nodata=0.0, crs="EPSG:32634", transform=utm):
    os.makedirs(os.path.join(root, folder), exist_ok=True)
    path = os.path.join(root, folder, name)
    with rasterio.open(path, "w", driver="GTiff", width=data.shape[1], height=data.shape[0], count=1,
                       dtype=str(data.dtype), crs=crs, transform=transform, nodata=nodata) as d:
        d.write(data, 1)


# HyP3: elevation above the horizon and orientation from east, of incidence 39 and heading -10 degrees.
e, n, u = -0.619760, -0.109280, 0.777146
theta = np.full((rows, cols), np.arcsin(u), "float32")
phi = np.full((rows, cols), np.arctan2(n, e), "float32")
for folder, job in (
    ("gamma", "S1AA_20161223T070700_20170116T070658_VVP024_INT80_G_ueF_74C2"),
    ("burst", "S1_136231_IW2_20200604_20200616_VV_INT80_10C1"),
    ("multi", "S1_064_000000s1n00-136231s2n02-000000s3n00_IW_20200604_20200616_VV_INT80_77F1"),
):
    tif(folder, f"{job}_unw_phase.tif", phase)
    tif(folder, f"{job}_los_disp.tif", (-phase * 0.05546576 / (4 * np.pi)).astype("float32"))
    tif(folder, f"{job}_corr.tif", np.full((rows, cols), 0.5, "float32"))
    tif(folder, f"{job}_lv_theta.tif", theta)
    tif(folder, f"{job}_lv_phi.tif", phi)

# ARIA GUNW: reference is the later date; latitudes run southwards; azimuth from east, counter-clockwise.
lon = -119 + 0.001 * np.arange(cols)
lat = 33 - 0.001 * np.arange(rows)
os.makedirs(os.path.join(root, "aria"), exist_ok=True)
name = "S1-GUNW-A-R-064-tops-20210723_20210711-015000-00119W_00033N-PP-6267-v2_0_4.nc"
with h5py.File(os.path.join(root, "aria", name), "w") as f:
    d = f.create_dataset("/science/grids/data/unwrappedPhase", data=phase, compression="gzip")
    d.attrs["_FillValue"] = np.float32(0)
    f["/science/grids/data/coherence"] = np.full((rows, cols), 0.6, "float32")
    f["/science/grids/data/longitude"] = lon
    f["/science/grids/data/latitude"] = lat
    f["/science/radarMetaData/wavelength"] = 0.05546576
    g = "/science/grids/imagingGeometry/"
    f[g + "heightsMeta"] = np.array([-1500.0, 0.0, 3000.0])
    f[g + "latitudeMeta"] = np.array([33.1, 33.0, 32.9])
    f[g + "longitudeMeta"] = np.array([-119.1, -119.0, -118.9])
    inc = np.full((3, 3, 3), 39.0)
    inc[0] += 1
    inc[2] -= 2
    f[g + "incidenceAngle"] = inc
    f[g + "azimuthAngle"] = np.full((3, 3, 3), np.degrees(np.arctan2(n, e)))

# OPERA DISP-S1: metres, + towards; static layers beside it.
disp = np.linspace(-0.05, 0.05, rows * cols, dtype="float32").reshape(rows, cols)
disp[2, 3] = np.nan
os.makedirs(os.path.join(root, "opera"), exist_ok=True)
name = "OPERA_L3_DISP-S1_IW_F11116_VV_20160705T140755Z_20170101T140800Z_v1.0_20240101T000000Z.nc"
wkt = rasterio.crs.CRS.from_epsg(32610).to_wkt()
with h5py.File(os.path.join(root, "opera", name), "w") as f:
    d = f.create_dataset("/displacement", data=disp, chunks=(3, 4), compression="gzip", shuffle=True)
    d.attrs["_FillValue"] = np.float32(np.nan)
    f["/temporal_coherence"] = np.full((rows, cols), 0.9, "float32")
    f["/x"] = 500000 + 15 + 30.0 * np.arange(cols)
    f["/y"] = 4000000 - 15 - 30.0 * np.arange(rows)
    f["/spatial_ref"] = 0
    f["/spatial_ref"].attrs["crs_wkt"] = wkt
    f["/identification/reference_datetime"] = "2016-07-05 14:07:55"
    f["/identification/secondary_datetime"] = "2017-01-01 14:08:00"
place = from_origin(500000, 4000000, 30, 30)
tif("opera", "OPERA_L3_DISP-S1-STATIC_F11116_los_east.tif", np.full((rows, cols), e, "float32"), crs="EPSG:32610", transform=place)
tif("opera", "OPERA_L3_DISP-S1-STATIC_F11116_los_north.tif", np.full((rows, cols), n, "float32"), crs="EPSG:32610", transform=place)

# ROI_PAC as GeoTIFF, with .rsc.
deg = from_origin(150.9, -34.1, 0.001, 0.001)
tif("roipac", "geo_060619-061002_unw.tif", phase, crs="EPSG:4326", transform=deg)
with open(os.path.join(root, "roipac", "geo_060619-061002.unw.rsc"), "w") as f:
    f.write("WIDTH 8\nWAVELENGTH 0.0562356424\nHEADING_DEG -10\nINCIDENCE_ANGLE 39\n")

# Raw grids: GAMMA big-endian, ROI_PAC amplitude and phase, ENVI.
os.makedirs(os.path.join(root, "raw"), exist_ok=True)
raw = os.path.join(root, "raw")
phase.astype(">f4").tofile(os.path.join(raw, "g.unw"))
with open(os.path.join(raw, "g.unw.par"), "w") as f:
    f.write("width: 8\nnlines: 6\ncorner_lat: 19.5 decimal degrees\ncorner_lon: -99.0\npost_lat: -0.001\npost_lon: 0.001\n")
np.concatenate([np.ones_like(phase), phase], axis=1).astype("<f4").tofile(os.path.join(raw, "r.unw"))
with open(os.path.join(raw, "r.unw.rsc"), "w") as f:
    f.write("WIDTH 8\nFILE_LENGTH 6\nX_FIRST 150.9\nX_STEP 0.001\nY_FIRST -34.1\nY_STEP -0.001\nWAVELENGTH 0.0562356424\n")
with rasterio.open(os.path.join(raw, "e.img"), "w", driver="ENVI", width=cols, height=rows, count=1,
                   dtype="float32", crs="EPSG:4326", transform=deg) as d:
    d.write(phase, 1)
with open(os.path.join(raw, "kite.csv"), "w") as f:
    f.write("# node_id, focal_point_E, focal_point_N, theta, phi, unitE, unitN, unitU, mean_displacement, median_displacement, absolute_weight\n")
    for i in range(3):
        f.write(f"{i}, {i * 100.0}, {i * 50.0}, {np.arcsin(u)}, {np.arctan2(n, e)}, {e}, {n}, {u}, {0.01 * i}, {0.01 * i}, 1.0\n")
print(json.dumps("made"))
