"""How far the place of the synthetic volcano depends on points and weights: `subsets.py DATA_DIR [OUT.json]`.

Least-squares point source (Mogi) with one offset a track on the files asc_low.txt and des_low.txt: all points with
several weights, and random draws of as many points as the published posterior was made from.
"""

import json
import sys

import numpy as np
from scipy.optimize import least_squares

DRAWS = 30
PUBLISHED_POINTS = (2143, 2023)


def fit(tracks, power):
    """East, north, depth, km; weights are variance ** -power."""

    def misfit(p):
        out = []
        for t in tracks:
            dx, dy, d = t[:, 0] - 1e3 * p[0], t[:, 1] - 1e3 * p[1], 1e3 * p[2]
            scale = 0.75e6 / np.pi * p[3] / (dx**2 + dy**2 + d * d) ** 1.5
            azimuth, incidence = t[:, 2], t[:, 3]
            side = -dx * np.cos(azimuth) + dy * np.sin(azimuth)
            los = scale * (side * np.sin(incidence) + d * np.cos(incidence))
            weight = t[:, 5] ** -power
            residual = t[:, 4] - los
            residual -= np.sum(weight * residual) / np.sum(weight)
            out.append(residual * np.sqrt(weight / weight.mean()))
        return np.concatenate(out)

    return least_squares(misfit, [-3, 0, 2, 1.2]).x[:3].tolist()


folder = sys.argv[1]
tracks = [np.loadtxt(f"{folder}/{name}_low.txt") for name in ("asc", "des")]
random = np.random.default_rng(0)
draws = [
    fit([t[random.permutation(len(t))[:n]] for t, n in zip(tracks, PUBLISHED_POINTS)], 1)[1]
    for _ in range(DRAWS)
]
result = {
    "command": "python bench/insar/volcano/subsets.py $QUAKELOOM_DATA/insar/synthetic-volcano",
    "eastNorthDepthKmByWeightPower": {str(p): fit(tracks, p) for p in (0, 0.5, 1, 1.5, 2)},
    "drawnNorthKm": {"mean": np.mean(draws), "sd": np.std(draws, ddof=1), "min": min(draws), "max": max(draws)},
    "publishedNorthKm": {"median": 0.191, "sd": 0.115},
}
text = json.dumps(result, indent=2)
print(text)
if len(sys.argv) > 2:
    with open(sys.argv[2], "w") as file:
        file.write(text + "\n")
