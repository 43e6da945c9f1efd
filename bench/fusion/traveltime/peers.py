"""Travel times of one case by pykonal, eikonalfm and scikit-fmm: CPU seconds and errors against the exact times.

Argument: {"nodes": [...], "stepKm": h, "source": [node x, y, z], "model": "gradient" | "layers"}.
"""
import json
import sys
import time

import numpy as np

case = json.loads(sys.argv[1])
nodes, h, source = case["nodes"], case["stepKm"], case["source"]
x, y, z = np.meshgrid(*[np.arange(n) * h for n in nodes], indexing="ij")
sx, sy, sz = [s * h for s in source]
across = np.hypot(x - sx, y - sy)
if case["model"] == "gradient":
    v0, g = 4.0, 0.1
    velocity = v0 + g * z
    za, zb = sz + v0 / g, z + v0 / g
    exact = np.arccosh(1 + (across**2 + (za - zb) ** 2) / (2 * za * zb)) / g
    with np.errstate(all="ignore"):
        middle = (across**2 + zb**2 - za**2) / (2 * across)
    dives = (middle > 0) & (middle < across) & (np.hypot(middle, za) - v0 / g > h * (nodes[2] - 1))
    exact[dives] = np.nan
else:
    velocity = np.where(z < 10, 5.0, 8.0)
    legs = 20 - sz - z
    direct = np.sqrt(across**2 + (z - sz) ** 2) / 5
    head = across / 8 + legs * np.sqrt(1 / 25 - 1 / 64)
    critical = legs * np.tan(np.arcsin(5 / 8))
    exact = np.where(across >= critical, np.minimum(direct, head), direct)
    exact[z > 9] = np.nan


def report(solve):
    seconds = []
    for _ in range(3):
        begin = time.process_time()
        times = solve()
        seconds.append(time.process_time() - begin)
    errors = np.abs(times - exact)
    return {
        "cpuS": min(seconds),
        "rmsS": float(np.sqrt(np.nanmean(errors**2))),
        "mostS": float(np.nanmax(errors)),
    }


def by_pykonal():
    import pykonal

    solver = pykonal.solver.PointSourceSolver(coord_sys="cartesian")
    solver.vv.min_coords = 0, 0, 0
    solver.vv.node_intervals = h, h, h
    solver.vv.npts = nodes
    solver.vv.values = velocity
    solver.src_loc = np.array([sx, sy, sz])
    solver.solve()
    return np.array(solver.tt.values)


def by_pykonal_plain():
    import pykonal

    solver = pykonal.EikonalSolver(coord_sys="cartesian")
    solver.vv.min_coords = 0, 0, 0
    solver.vv.node_intervals = h, h, h
    solver.vv.npts = nodes
    solver.vv.values = velocity
    solver.tt.values[tuple(source)] = 0
    solver.unknown[tuple(source)] = False
    solver.trial.push(*source)
    solver.solve()
    return np.array(solver.tt.values)


def by_eikonalfm():
    import eikonalfm

    tau = eikonalfm.factored_fast_marching(velocity, tuple(source), (h, h, h), 2)
    return tau * eikonalfm.distance(tuple(nodes), (h, h, h), tuple(source), indexing="ij")


def by_scikit_fmm():
    import skfmm

    phi = np.ones(nodes)
    phi[tuple(source)] = -1e-3
    return np.array(skfmm.travel_time(phi, velocity, dx=h, order=2))


out = {}
for name, solve in [
    ("eikonalfm 0.9.9, factored, order 2", by_eikonalfm),
    ("pykonal 0.4.1, point source", by_pykonal),
    ("pykonal 0.4.1, plain", by_pykonal_plain),
    ("scikit-fmm 2025.6.23, order 2", by_scikit_fmm),
]:
    try:
        out[name] = report(solve)
    except Exception as error:  # a peer that fails is a result too
        out[name] = {"failed": f"{type(error).__name__}: {error}"}
print(json.dumps(out))
