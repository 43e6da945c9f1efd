"""Whether the ground of the Sydney stack moves, asked without the detector: `sydney.py DATA_DIR OUT.json`.

Stacks (sum of displacement times span over sum of squared spans) of parts of the 17 pairs that share nothing: those that
the detector flags and those that it does not; those before and those after 2007-02-19. The velocity map that PyRate
publishes of the same pairs. Needs numpy and rasterio.
"""

import datetime
import glob
import json
import sys

import numpy as np
import rasterio

FLAGGED = {"060619-061002", "060828-061211", "061002-070219", "061106-070326", "061211-070813", "070115-070917", "070326-070917"}
WAVELENGTH_MM, SPACING_M = 56.2356424, (92.7, 76.7)
folder, out = sys.argv[1:3]


def date(text):
    return datetime.date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))


def smooth(grid, reach=2):
    return np.array([
        [np.nanmean(grid[max(0, r - reach) : r + reach + 1, max(0, c - reach) : c + reach + 1]) for c in range(grid.shape[1])]
        for r in range(grid.shape[0])
    ])


names, pairs, scenes = [], [], []
for file in sorted(glob.glob(f"{folder}/tif/*.tif")):
    name = file.split("/")[-1][4:17]
    phase = rasterio.open(file).read(1).astype(float)
    phase[phase == 0] = np.nan
    los = -WAVELENGTH_MM / (4 * np.pi) * phase
    names.append(name)
    pairs.append(tuple(date(part) for part in name.split("-")))
    scenes.append(los - np.nanmedian(los))
scenes = np.array(scenes)
years = np.array([(b - a).days / 365.25 for a, b in pairs])


def stack(chosen):
    part, weight = scenes[chosen], years[chosen][:, None, None]
    known = np.isfinite(part)
    rate = np.nansum(part * weight, 0) / np.maximum((known * weight**2).sum(0), 1e-9)
    rate[known.sum(0) < 0.6 * len(chosen)] = np.nan
    return smooth(rate)


everything = stack(np.arange(len(pairs)))
centre = np.unravel_index(np.nanargmin(everything), everything.shape)
rows, columns = np.mgrid[: everything.shape[0], : everything.shape[1]]
distance = np.hypot((rows - centre[0]) * SPACING_M[0], (columns - centre[1]) * SPACING_M[1])
far = distance > 2500


def summary(label, chosen):
    rate = stack(np.array(chosen))
    rate -= np.nanmedian(rate[far])
    lowest = np.unravel_index(np.nanargmin(rate), rate.shape)
    return {
        "pairs": label, "count": len(chosen), "atCentreMmPerYear": round(float(rate[centre]), 1),
        "robustDeviationBeyond2500M": round(float(1.4826 * np.nanmedian(np.abs(rate[far]))), 1),
        "lowestAt": [int(v) for v in lowest], "lowestFromCentreM": round(float(distance[lowest])),
    }


is_flagged = np.array([name in FLAGGED for name in names])
middle = datetime.date(2007, 2, 19)
pyrate = np.load(f"{folder}/expected-npy/linear_rate.npy")
largest = np.unravel_index(np.nanargmax(pyrate), pyrate.shape)
both = np.isfinite(pyrate + everything)
result = {
    "command": "python bench/insar/detector/sydney.py $QUAKELOOM_DATA/insar/sydney-small bench/insar/detector/sydney.json",
    "centre": [int(v) for v in centre],
    "stacks": [
        summary("flagged", np.where(is_flagged)[0]),
        summary("not flagged", np.where(~is_flagged)[0]),
        summary("to 2007-02-19", [i for i, (_, b) in enumerate(pairs) if b <= middle]),
        summary("from 2007-02-19", [i for i, (a, _) in enumerate(pairs) if a >= middle]),
    ],
    "shortestFlaggedDays": int(round(365.25 * years[is_flagged].min())),
    "longestNotFlaggedDays": int(round(365.25 * years[~is_flagged].max())),
    "pyrate": {
        "largestMmPerYear": round(float(pyrate[largest]), 1), "at": [int(v) for v in largest],
        "fromCentreM": round(float(distance[largest])),
        "deviationBeyond2500M": round(float(np.nanstd(pyrate[far])), 1),
        "correlationWithStack": round(float(np.corrcoef(pyrate[both], everything[both])[0, 1]), 3),
    },
}
print(json.dumps(result, indent=2))
with open(out, "w") as file:
    file.write(json.dumps(result, indent=2) + "\n")
