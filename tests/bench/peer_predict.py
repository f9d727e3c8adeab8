"""The work of POST /api/v1/predict in Python: `peer_predict.py TASK.json BODY.json BATCH…`, with TASK.json.onnx beside.

JSON → the last readings of each source → scaled windows → one call of onnxruntime for the batch → JSON. Prints the
median in ms by batch.
"""
import json
import statistics
import sys
import time

import numpy as np
import onnxruntime

with open(sys.argv[1], encoding="utf-8") as file:
    task = json.load(file)
session = onnxruntime.InferenceSession(f"{sys.argv[1]}.onnx", providers=["CPUExecutionProvider"])
center = np.array(task["center"], dtype=np.float32)
scale = np.array(task["scale"], dtype=np.float32)
features, lookback = task["features"], task["lookback"]
target = features.index(task["target"])


def predict(text):
    past, windows, places, answers = {}, [], [], []
    for reading in json.loads(text)["readings"]:
        rows = past.setdefault(reading["source"], [])
        rows.append([reading["features"][name] for name in features])
        last = rows[-1][target]
        answers.append({"id": reading["id"], "value": last, "by": "baseline"})
        if len(rows) >= lookback:
            windows.append(rows[-lookback:])
            places.append(len(answers) - 1)
    if windows:
        inputs = np.array(windows, dtype=np.float32).reshape(len(windows), -1)
        inputs = np.clip((inputs - center) / scale, -task["clip"], task["clip"])
        changes = session.run(None, {"x": inputs})[0][:, 0]
        changes = np.clip(changes, -task["targetClip"], task["targetClip"]) * task["targetScale"]
        for place, change in zip(places, changes.tolist()):
            answers[place]["value"] += change
            answers[place]["by"] = "network"
    return json.dumps({"predictions": answers})


with open(sys.argv[2], encoding="utf-8") as file:
    readings = json.load(file)["readings"]
medians = {}
for batch in map(int, sys.argv[3:]):
    body = json.dumps({"readings": readings[:batch]})
    rounds = 20 if batch > 1_000 else 200
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        predict(body)
        times.append((time.perf_counter() - began) * 1_000)
    medians[batch] = statistics.median(times)
print(json.dumps(medians))
