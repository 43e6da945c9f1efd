"""What the published posterior of the synthetic volcano rests on: `reference.py DATA_DIR OUT.json`.

The likelihood and the prior of the notebook that published it (VMOD, dvd_insar_high.ipynb at ce3d9f6 with vmod/inverse.py,
data/joint.py, source/mctigue.py): McTigue sphere, one offset a track, errors independent with the sixth column (deviation in a
block over its pixels, divided by the smallest of the track) times one unknown factor, uniform in its logarithm; uniform in
place, depth (0.1 to 90 km), radius (0.1 to 5 km, less than the depth) and pressure over rigidity. Strength, offsets and
factor are integrated over in closed form (their bounds lie where there is no density); the four others are sampled, two
chains of 16 walkers each by stretch and differential moves. Sampled are the stored points; about as many as were
published, cut again from them as VMOD cuts (its denoising with h = 0.3 m is a mean over 31 x 31 pixels); and the stored
points with 3.1 % of their information, the share that `insar invert` finds that correlated errors leave.
"""

import json
import sys

import numpy as np
from scipy.ndimage import uniform_filter

NU, SIDE, PIXELS, CANVAS = 0.25, 40_000.0, 401, 512
PUBLISHED = {"medians": [-3070.67, 190.85, 2165.93, 2092.11], "deviations": [157, 115, 148, 380]}


def blocks(table):
    """Level, row and column of each point's block: the largest square of a halved image that holds no other."""
    c, r = (table[:, 0] / SIDE + 0.5) * PIXELS, (0.5 - table[:, 1] / SIDE) * PIXELS
    found = np.zeros((len(table), 3), int)

    def halve(level, i, j, inside):
        if len(inside) == 1 or PIXELS / 2**level < 1.2:
            found[inside] = level, i, j
            return
        half = PIXELS / 2 ** (level + 1)
        for a in (2 * i, 2 * i + 1):
            for b in (2 * j, 2 * j + 1):
                own = inside[(r[inside] // half == a) & (c[inside] // half == b)]
                if len(own):
                    halve(level + 1, a, b, own)

    halve(0, 0, 0, np.arange(len(table)))
    return found


def cut_again(table, parts):
    """Points of a coarser cut: blocks whose smoothed variance is under the image's over `parts`."""
    place = blocks(table)
    image, inner = np.full((CANVAS, CANVAS), np.nan), np.zeros((CANVAS, CANVAS))
    for (level, i, j), (value, column) in zip(place, table[:, 4:6]):
        k = CANVAS >> level
        at = np.s_[i * k : (i + 1) * k, j * k : (j + 1) * k]
        image[at], inner[at] = value, (column * (PIXELS / 2.0**level) ** 2) ** 2
    known = np.isfinite(image)
    near = uniform_filter(np.where(known, image, 0), 9) / np.maximum(uniform_filter(known * 1.0, 9), 1e-9)
    image = np.where(known, image, near)
    smooth = uniform_filter(image, round(31 * CANVAS / PIXELS), mode="reflect")
    threshold = (image.var() + inner[known].mean()) / parts
    rows = []

    def cut(level, i, j):
        k, width = CANVAS >> level, PIXELS / 2**level
        at = np.s_[i * k : (i + 1) * k, j * k : (j + 1) * k]
        if width**2 > 10 and k > 1 and smooth[at].var() > threshold:
            for a in (2 * i, 2 * i + 1):
                for b in (2 * j, 2 * j + 1):
                    cut(level + 1, a, b)
            return
        east, north = ((j + 0.5) / 2**level - 0.5) * SIDE, (0.5 - (i + 0.5) / 2**level) * SIDE
        deviation = np.sqrt(image[at].var() + inner[at].mean()) / width**2
        rows.append([east, north, table[0, 2], table[0, 3], image[at].mean(), deviation])

    cut(0, 0, 0)
    return np.array(rows)


def prepared(tables):
    parts = []
    for k, (x, y, azimuth, incidence, los, column) in enumerate(t.T for t in tables):
        look = -np.cos(azimuth) * np.sin(incidence), np.sin(azimuth) * np.sin(incidence), np.cos(incidence)
        weight = column.min() / column
        parts.append((x, y, *look, los * weight, weight, weight * (k == 0), weight * (k == 1)))
    return [np.concatenate(column) for column in zip(*parts)]


def log_density(point, data, share, power):
    """Uniform in pressure for power 0; times radius**power (3: uniform in volume, 2: in volume and log radius)."""
    east, north, depth, radius = point
    if not (abs(east) < 2e4 and abs(north) < 2e4 and 100 < depth < 9e4 and 100 < radius < min(5000, depth)):
        return -np.inf
    x, y, e, n, u, los, weight, first, second = data
    dx, dy = x - east, y - north
    r2, q = dx * dx + dy * dy + depth * depth, (radius / depth) ** 3
    a, b = (1 - NU) * (1 + NU) / (2 * (7 - 5 * NU)), 15 * (2 - NU) * (1 - NU) / (4 * (7 - 5 * NU))
    factor = depth**3 / r2**1.5 * (q * (1 - NU) - q * q * (a - b * depth * depth / r2))
    design = np.stack([factor * (dx * e + dy * n + depth * u) * weight, first, second], 1)
    normal, right = design.T @ design, design.T @ los
    best = np.linalg.solve(normal, right)
    if abs(best[0]) > 1e-2:
        return -np.inf
    misfit = los @ los - right @ best
    values = share * len(los)
    return power * np.log(radius) - 0.5 * np.linalg.slogdet(normal)[1] - 0.5 * (values - 3) * np.log(misfit)


def chain(data, share, power, seed, steps, walkers=16):
    random = np.random.default_rng(seed)
    at = random.normal([-3100, 150, 2300, 1800], [40, 40, 40, 60], (walkers, 4))
    density = [log_density(p, data, share, power) for p in at]
    kept = []
    for step in range(steps):
        for i in range(walkers):
            others = [k for k in range(walkers) if k % 2 != i % 2]
            if random.random() < 0.5:
                z = (random.random() * (2**0.5 - 0.5**0.5) + 0.5**0.5) ** 2
                j = random.choice(others)
                tried, extra = at[j] + z * (at[i] - at[j]), 3 * np.log(z)
            else:
                j, k = random.choice(others, 2, replace=False)
                scale = 0.84 * random.choice([1, 0.3])
                tried, extra = at[i] + scale * (at[j] - at[k]) + random.normal(0, 0.5, 4), 0
            value = log_density(tried, data, share, power)
            if np.log(random.random()) < extra + value - density[i]:
                at[i], density[i] = tried, value
        if step >= steps // 5:
            kept.append(at.copy())
    return np.concatenate(kept)


def posterior(label, tables, share=1.0, power=0, steps=2500):
    data = prepared(tables)
    chains = [chain(data, share, power, seed, steps) for seed in (1, 2)]
    means, samples = [c.mean(0) for c in chains], np.concatenate(chains)
    within = np.mean([c.var(0) for c in chains], axis=0)
    away = (samples.mean(0) - PUBLISHED["medians"]) / PUBLISHED["deviations"]
    result = {
        "label": label, "points": [len(t) for t in tables],
        "mean": samples.mean(0).round(1).tolist(), "sd": samples.std(0).round(1).tolist(),
        "p05": np.percentile(samples, 5, 0).round(1).tolist(), "p95": np.percentile(samples, 95, 0).round(1).tolist(),
        "rHat": np.sqrt(1 + np.var(means, 0, ddof=1) / within).round(4).tolist(),
        "publishedDeviationsAway": away.round(2).tolist(),
    }
    print(json.dumps(result), flush=True)
    return result


folder, out = sys.argv[1:3]
stored = [np.loadtxt(f"{folder}/{n}_low.txt") for n in ("asc", "des")]
again = [cut_again(table, 63) for table in stored]
result = {
    "command": "python bench/insar/volcano/reference.py $QUAKELOOM_DATA/insar/synthetic-volcano bench/insar/volcano/reference.json",
    "parameters": ["eastM", "northM", "depthM", "radiusM"],
    "published": PUBLISHED,
    "posteriors": [
        posterior("reference likelihood and prior, stored points", stored),
        posterior("reference likelihood and prior, points cut again", again, steps=3000),
        posterior("3.1 % of the information, uniform in pressure (the reference's prior)", stored, 0.031, 0),
        posterior("3.1 % of the information, uniform in volume and log radius", stored, 0.031, 2),
        posterior("3.1 % of the information, uniform in volume and radius", stored, 0.031, 3),
    ],
}
with open(out, "w") as file:
    file.write(json.dumps(result, indent=2) + "\n")
