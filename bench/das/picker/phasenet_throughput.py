"""PhaseNet through TensorFlow in Python on random 30 s traces: reads the TensorFlow.js graph model
back into a TensorFlow graph, checks it against the reference output, prints seconds per run as JSON.

Usage: phasenet_throughput.py MODEL_DIR TRACES REPEATS
"""

import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf
from google.protobuf import json_format

folder, traces, repeats = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
model = json.load(open(os.path.join(folder, "model.json")))
group = model["weightsManifest"][0]
data = b"".join(open(os.path.join(folder, p), "rb").read() for p in group["paths"])
values, at = {}, 0
for w in group["weights"]:
    kind = np.dtype(w["dtype"])
    size = int(np.prod(w["shape"], dtype=np.int64)) * kind.itemsize
    values[w["name"]] = np.frombuffer(data[at : at + size], kind).reshape(w["shape"])
    at += size

graph_def = tf.compat.v1.GraphDef()
for node in model["modelTopology"]["node"]:
    node = json.loads(json.dumps(node))
    weight = values.get(node["name"])
    if weight is not None:
        node["attr"].pop("value", None)
    message = json_format.ParseDict(node, graph_def.node.add(), ignore_unknown_fields=True)
    if weight is not None:
        message.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(weight))


def wrap():
    tf.import_graph_def(graph_def, name="")


function = tf.compat.v1.wrap_function(wrap, [])
run = function.prune("x:0", "Identity:0")

x = np.fromfile(os.path.join(folder, "ref_x.f32"), "<f4").reshape(-1, 3000, 1, 3)
y = np.fromfile(os.path.join(folder, "ref_y.f32"), "<f4").reshape(-1, 3000, 1, 3)
worst = float(np.abs(run(tf.constant(x)).numpy() - y).max())

# As PhaseNet itself does: high-pass left out, each trace without mean and with unit deviation,
# windows that do not overlap.
raw = np.random.default_rng(1).standard_normal((traces, 3000)).astype("f4")
best = float("inf")
for _ in range(repeats):
    start = time.perf_counter()
    for first in range(0, traces, 64):
        part = raw[first : first + 64]
        part = part - part.mean(1, keepdims=True)
        part /= part.std(1, keepdims=True)
        run(tf.constant(np.repeat(part[:, :, None, None], 3, axis=3))).numpy()
    best = min(best, time.perf_counter() - start)
print(json.dumps({"seconds": best, "worstDifference": worst, "tensorflow": tf.__version__}))
