"""Posterior of the synthetic volcano with the covariance of its errors: `gls.py DATA_DIR offset|ramp CELL_M [OUT.json]`.

McTigue sphere on asc_low.txt and des_low.txt, points averaged over cells; errors with an exponential covariance as the
semivariogram of the residuals shows it (sill 85 mm2, range 1.05 km); uniform priors of place, depth and radius, strength and
offset or ramp of a track solved for; affine-invariant sampler of 24 walkers.
"""

import json
import sys

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist

SILL_M2, RANGE_M, NU = 85e-6, 1050.0, 0.25
PUBLISHED = {"medians": [-3071, 191, 2166, 2092], "deviations": [157, 115, 148, 380]}


def unit_los(shape, x, y, look):
    """Displacement of 1e6 m3 (McTigue 1987, equations 52 and 53), m towards the satellite."""
    east, north, depth, radius = shape
    de, dn = x - east, y - north
    r2 = de**2 + dn**2 + depth**2
    q = (radius / depth) ** 3
    first, second = q * (1 + NU) / (2 * (7 - 5 * NU)), q * 15 * (2 - NU) / (4 * (7 - 5 * NU))
    factor = (1 - NU) / np.pi * 1e6 / r2**1.5 * (1 - first + second * depth**2 / r2)
    return factor * (de * look[:, 0] + dn * look[:, 1] + depth * look[:, 2])


def prepared(table, nuisance, cell_m):
    """Whitened data, and what whitens a prediction at all points."""
    x, y, azimuth, incidence, los = table[:, :5].T
    look = np.c_[-np.cos(azimuth) * np.sin(incidence), np.sin(azimuth) * np.sin(incidence), np.cos(incidence)]
    cells = np.floor(np.c_[x, y] / cell_m).astype(int)
    own = np.unique(cells, axis=0, return_inverse=True)[1].ravel()
    count = np.bincount(own)
    mean = csr_matrix((1 / count[own], (own, np.arange(len(x)))), shape=(len(count), len(x)))
    covariance = SILL_M2 * np.exp(-cdist(table[:, :2], table[:, :2]) / RANGE_M)
    averaged = mean @ (mean @ covariance).T + 1e-8 * np.eye(len(count))
    factor = cholesky(averaged, lower=True)
    columns = [np.ones(len(x))] + ([x / 2e4, y / 2e4] if nuisance == "ramp" else [])
    free = np.linalg.qr(solve_triangular(factor, mean @ np.c_[tuple(columns)], lower=True))[0]

    def white(values):
        out = solve_triangular(factor, mean @ values, lower=True, check_finite=False)
        return out - free @ (free.T @ out)

    return x, y, look, white, white(los)


folder, nuisance, cell_m = sys.argv[1], sys.argv[2], float(sys.argv[3])
tracks = [prepared(np.loadtxt(f"{folder}/{n}_low.txt"), nuisance, cell_m) for n in ("asc", "des")]


def log_density(point):
    depth, radius = 1e3 * point[2], 1e3 * point[3]
    if not (300 < depth < 12000 and 50 < radius < 0.95 * depth):
        return -np.inf, 0
    parts = [(white(unit_los(1e3 * point, x, y, look)), data) for x, y, look, white, data in tracks]
    g, d = (np.concatenate(p) for p in zip(*parts))
    left = d - g * (g @ d / (g @ g))
    return -0.5 * left @ left - 0.5 * np.log(g @ g), left @ left / len(d)


random = np.random.default_rng(1)
walkers, steps = 24, 350
at = np.c_[
    random.normal(-3.1, 0.2, walkers), random.normal(0.1, 0.2, walkers),
    random.normal(2.4, 0.2, walkers), random.uniform(0.6, 1.8, walkers),
]
density = [log_density(p)[0] for p in at]
kept = []
for step in range(steps):
    for i in range(walkers):
        other = random.choice([k for k in range(walkers) if k % 2 != i % 2])
        z = (random.random() * (2**0.5 - 0.5**0.5) + 0.5**0.5) ** 2
        tried = at[other] + z * (at[i] - at[other])
        value = log_density(tried)[0]
        if np.log(random.random()) < 3 * np.log(z) + value - density[i]:
            at[i], density[i] = tried, value
    if step >= 80:
        kept.append(at.copy())
samples = 1e3 * np.concatenate(kept)
result = {
    "command": "python bench/insar/volcano/gls.py $QUAKELOOM_DATA/insar/synthetic-volcano offset 1500",
    "parameters": ["eastM", "northM", "depthM", "radiusM"],
    "nuisance": nuisance, "cellM": cell_m, "sillM2": SILL_M2, "rangeM": RANGE_M,
    "misfitPerValue": log_density(samples.mean(0) / 1e3)[1],
    "mean": samples.mean(0).tolist(), "sd": samples.std(0).tolist(),
    "publishedDeviationsAway": (
        (samples.mean(0) - PUBLISHED["medians"]) / PUBLISHED["deviations"]
    ).tolist(),
}
print(json.dumps(result, indent=2))
if len(sys.argv) > 4:
    with open(sys.argv[4], "w") as file:
        file.write(json.dumps(result, indent=2) + "\n")
