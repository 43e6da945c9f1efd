"""Runs one peer with one or more settings on prepared picks and writes what it found.

usage: run_peer.py JOB.json, where the job is
  {"system": "pyocto" | "gamma", "picks": CSV, "stations": CSV, "configs": [{...}], "out": FOLDER}
picks: index,station,time,phase,prob,amp (time: s; amp: m/s or empty); stations: id,x,y,z (km, z down).
For each configuration i it writes OUT/i.json: events [t,x,y,z,magnitude,picks], assignments
[event,pick index], CPU and wall seconds of the association (reading excluded), peak memory in MiB.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd


def cpu() -> float:
    mine = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


def run_pyocto(picks, stations, config):
    import pyocto

    box = config["box"]
    if "layers" in config:
        path = Path(config["table"])
        layers = pd.DataFrame(config["layers"], columns=["depth", "vp", "vs"])
        pyocto.VelocityModel1D.create_model(layers, 1.0, box["reach"], box["z"][1] + 5, path)
        model = pyocto.VelocityModel1D(
            path,
            config["tolerance"],
            association_cutoff_distance=config.get("cutoff"),
            surface_p_velocity=config["layers"][0][1],
            surface_s_velocity=config["layers"][0][2],
        )
    else:
        model = pyocto.VelocityModel0D(
            config["vp"],
            config["vp"] / config["vpvs"],
            config["tolerance"],
            association_cutoff_distance=config.get("cutoff"),
        )
    associator = pyocto.OctoAssociator(
        xlim=tuple(box["x"]),
        ylim=tuple(box["y"]),
        zlim=tuple(box["z"]),
        velocity_model=model,
        time_before=config.get("time_before", 300),
        n_picks=config["n_picks"],
        n_p_picks=config["n_p"],
        n_s_picks=config["n_s"],
        n_p_and_s_picks=config["n_ps"],
        pick_match_tolerance=config.get("match", config["tolerance"]),
        **config.get("options", {}),
    )
    table = picks[picks.prob >= config.get("min_prob", 0)]
    table = table[["station", "time", "phase", "index"]].rename(columns={"index": "source"})
    table = table.reset_index(drop=True)
    begin = (time.perf_counter(), cpu())
    events, assigned = associator.associate(table.copy(), stations.copy())
    spent = (time.perf_counter() - begin[0], cpu() - begin[1])
    if len(events) == 0:
        return [], [], spent
    rows = [
        [float(e.time), float(e.x), float(e.y), float(e.z), None, int(e.picks)]
        for e in events.itertuples()
    ]
    order = {int(idx): i for i, idx in enumerate(events.idx)}
    pairs = [
        [order[int(a.event_idx)], int(table.source.iloc[int(a.pick_idx)])]
        for a in assigned.itertuples()
    ]
    return rows, pairs, spent


def run_gamma(picks, stations, config):
    from gamma.utils import association

    box = config["box"]
    table = picks[picks.prob >= config.get("min_prob", 0)]
    frame = pd.DataFrame(
        {
            "id": table.station.values,
            "timestamp": pd.to_datetime(table.time.values, unit="s"),
            "type": table.phase.str.lower().values,
            "prob": table.prob.values,
            "amp": table.amp.values,
        }
    )
    source = table["index"].values
    places = pd.DataFrame(
        {
            "id": stations.id,
            "x(km)": stations.x,
            "y(km)": stations.y,
            "z(km)": stations.z,
        }
    )
    vp = config["vp"]
    vs = vp / config["vpvs"]
    settings = {
        "dims": ["x(km)", "y(km)", "z(km)"],
        "use_dbscan": True,
        "use_amplitude": config.get("use_amplitude", True),
        "x(km)": box["x"],
        "y(km)": box["y"],
        "z(km)": box["z"],
        "method": "BGMM",
        "oversample_factor": config.get("oversample", 5),
        "vel": {"p": vp, "s": vs},
        "dbscan_eps": config["eps"],
        "dbscan_min_samples": config.get("dbscan_min", 3),
        "min_picks_per_eq": config["min_picks"],
        "min_p_picks_per_eq": config.get("n_p", 0),
        "min_s_picks_per_eq": config.get("n_s", 0),
        "max_sigma11": config.get("max_sigma11", 2.0),
        "max_sigma22": config.get("max_sigma22", 1.0),
        "max_sigma12": config.get("max_sigma12", 1.0),
        "ncpu": 1,
        "bfgs_bounds": (
            (box["x"][0] - 1, box["x"][1] + 1),
            (box["y"][0] - 1, box["y"][1] + 1),
            (0, box["z"][1] + 1),
            (None, None),
        ),
    }
    if "layers" in config:
        layers = np.array(config["layers"])
        settings["eikonal"] = {
            "vel": {"z": layers[:, 0], "p": layers[:, 1], "s": layers[:, 2]},
            "h": config.get("h", 0.5),
            "xlim": box["x"],
            "ylim": box["y"],
            "zlim": box["z"],
        }
        from gamma.seismic_ops import initialize_eikonal

        settings["eikonal"] = initialize_eikonal(settings["eikonal"])
    begin = (time.perf_counter(), cpu())
    events, assigned = association(frame, places, settings, method="BGMM")
    spent = (time.perf_counter() - begin[0], cpu() - begin[1])
    rows, order = [], {}
    for i, e in enumerate(events):
        order[e["event_index"]] = i
        moment = pd.Timestamp(e["time"]).value / 1e9 if isinstance(e["time"], str) else e["time"]
        rows.append(
            [
                float(moment),
                float(e["x(km)"]),
                float(e["y(km)"]),
                float(e["z(km)"]),
                float(e["magnitude"]),
                int(e.get("num_picks", 0)),
            ]
        )
    pairs = [[order[a[1]], int(source[a[0]])] for a in assigned if a[1] in order]
    return rows, pairs, spent


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    picks = pd.read_csv(job["picks"])
    stations = pd.read_csv(job["stations"])
    out = Path(job["out"])
    out.mkdir(parents=True, exist_ok=True)
    run = {"pyocto": run_pyocto, "gamma": run_gamma}[job["system"]]
    for i, config in enumerate(job["configs"]):
        rows, pairs, (wall, used) = run(picks, stations, config)
        result = {
            "config": config,
            "events": rows,
            "assignments": pairs,
            "wallS": wall,
            "cpuS": used,
            "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        (out / f"{i}.json").write_text(json.dumps(result))
        print(f"{job['system']} {i}: {len(rows)} events, {used:.1f} CPU s", file=sys.stderr)


main()
