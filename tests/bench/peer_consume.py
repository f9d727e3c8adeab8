"""The peer of `consume` in Python: confluent-kafka and onnxruntime, one inference for everything a poll brought.

    peer_consume.py BOOTSTRAP INPUT OUTPUT GROUP LIMIT WEIGHTS.json

Keeps the last readings of each source in memory, publishes the whole input with the prediction, commits at most
every 100 ms what is flushed. WEIGHTS.json: {"lookback", "horizon", "features", "target", "center", "scale", "clip",
"targetScale", "targetClip", "layers": [{"weights": [[...]], "bias": [...]}]}, tanh between the layers.
"""
import json
import sys
import time
from collections import deque
from datetime import datetime, timezone

import numpy as np
import onnx
import onnxruntime
from confluent_kafka import Consumer, Producer
from onnx import TensorProto, helper, numpy_helper

POLL_RECORDS_MAX = 2_000
COMMIT_INTERVAL_S = 0.1


def create_session(layers):
    nodes, initializers, name = [], [], "x"
    for index, layer in enumerate(layers):
        weights = np.array(layer["weights"], dtype=np.float32)
        initializers.append(numpy_helper.from_array(weights, f"w{index}"))
        initializers.append(numpy_helper.from_array(np.array(layer["bias"], dtype=np.float32), f"b{index}"))
        nodes.append(helper.make_node("Gemm", [name, f"w{index}", f"b{index}"], [f"z{index}"]))
        name = f"z{index}"
        if index < len(layers) - 1:
            nodes.append(helper.make_node("Tanh", [name], [f"a{index}"]))
            name = f"a{index}"
    graph = helper.make_graph(
        nodes,
        "mlp",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, len(layers[0]["weights"])])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


class Series:
    """One source: the window's values, and what was forecast."""

    def __init__(self, horizon):
        self.window = []
        self.forecasts = deque(maxlen=horizon)


def main():
    bootstrap, source_topic, target_topic, group, limit, weights_path = sys.argv[1:7]
    limit = int(limit)
    with open(weights_path, encoding="utf-8") as file:
        task = json.load(file)
    session = create_session(task["layers"])
    features, lookback, horizon, target = task["features"], task["lookback"], task["horizon"], task["target"]
    width = len(features)
    size = lookback * width
    target_at = width - features.index(target)
    center = np.array(task["center"])
    scale = np.array(task["scale"])
    clip, target_scale, target_clip = task["clip"], task["targetScale"], task["targetClip"]
    consumer = Consumer({
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "fetch.wait.max.ms": 100,
    })
    producer = Producer({
        "bootstrap.servers": bootstrap,
        "acks": "all",
        "enable.idempotence": True,
        "queue.buffering.max.messages": 1_000_000,
    })
    failed = []

    def delivered(error, _):
        if error is not None:
            failed.append(error)

    consumer.subscribe([source_topic])
    series = {}
    done = 0
    committed_at = time.monotonic()
    while done < limit:
        messages = consumer.consume(min(POLL_RECORDS_MAX, limit - done), 0.1)
        if not messages:
            continue
        readings, windows, whole = [], [], []
        for message in messages:
            if message.error():
                raise RuntimeError(message.error())
            reading = json.loads(message.value())
            measured = reading["features"]
            one = series.get(reading["source"])
            if one is None:
                one = series[reading["source"]] = Series(horizon)
            window = one.window + [measured[name] for name in features]
            if len(window) > size:
                window = window[width:]
            one.window = window
            if len(window) == size:
                whole.append(len(readings))
                windows.append(window)
            readings.append((reading, one, window[-target_at], message.timestamp()[1]))
        values = [None] * len(readings)
        if windows:
            raw = np.array(windows)
            inputs = np.clip((raw - center) / scale, -clip, clip).astype(np.float32)
            outputs = np.clip(session.run(None, {"x": inputs})[0][:, 0], -target_clip, target_clip)
            answers = (raw[:, -target_at] + outputs.astype(np.float64) * target_scale).tolist()
            for place, answer in zip(whole, answers):
                values[place] = answer
        now = time.time()
        at = datetime.fromtimestamp(now, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        now_ms = int(now * 1000)
        for message, (reading, one, baseline, sent_ms), value in zip(messages, readings, values):
            by = "baseline" if value is None else "network"
            value = baseline if value is None else value
            scored = None
            if len(one.forecasts) == horizon:
                made, predicted, then, made_by = one.forecasts[0]
                scored = {"id": made, "predicted": predicted, "baseline": then, "actual": baseline, "by": made_by}
            one.forecasts.append((reading["id"], value, baseline, by))
            output = {
                "id": reading["id"],
                "input": reading,
                "prediction": {"target": target, "horizon": horizon, "value": value, "by": by},
                "baseline": baseline,
                "scored": scored,
                "model": {"name": "bench", "version": "1"},
                "predictedAt": at,
                "latencyMs": now_ms - sent_ms,
            }
            producer.produce(
                target_topic,
                json.dumps(output, separators=(",", ":")),
                message.key(),
                on_delivery=delivered,
            )
        producer.poll(0)
        done += len(messages)
        if time.monotonic() - committed_at >= COMMIT_INTERVAL_S:
            producer.flush()
            consumer.commit(asynchronous=True)
            committed_at = time.monotonic()
    producer.flush()
    if failed:
        raise RuntimeError(failed[0])
    consumer.commit(asynchronous=False)
    consumer.close()


main()
