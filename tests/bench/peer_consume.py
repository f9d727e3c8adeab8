"""The peer of `consume` in Python: confluent-kafka and onnxruntime, one inference for everything a poll brought.

    peer_consume.py BOOTSTRAP INPUT OUTPUT GROUP LIMIT TASK.json

Keeps the last readings of each source in memory, publishes the whole input (as it came) with the prediction, commits
at most every 100 ms what is flushed. The network is TASK.json.onnx, made by peer_model.py.
"""
import json
import sys
import time
from collections import deque
from datetime import datetime, timezone

import numpy as np
import onnxruntime
from confluent_kafka import Consumer, Producer

POLL_RECORDS_MAX = 2_000
COMMIT_INTERVAL_S = 0.1


class Series:
    """One source: the window's values, and what was forecast."""

    def __init__(self, horizon):
        self.window = []
        self.forecasts = deque(maxlen=horizon)


def main():
    bootstrap, source_topic, target_topic, group, limit, task_path = sys.argv[1:7]
    limit = int(limit)
    with open(task_path, encoding="utf-8") as file:
        task = json.load(file)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(f"{task_path}.onnx", options, providers=["CPUExecutionProvider"])
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
    failed = []
    producer = Producer({
        "bootstrap.servers": bootstrap,
        "acks": "all",
        "enable.idempotence": True,
        "queue.buffering.max.messages": 1_000_000,
        "delivery.report.only.error": True,
        "on_delivery": lambda error, _: failed.append(error),
    })

    consumer.subscribe([source_topic])
    produce, quote = producer.produce, json.encoder.encode_basestring_ascii
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
            text = message.value().decode()
            reading = json.loads(text)
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
            readings.append((message, text, reading, one, window[-target_at]))
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
        for (message, text, reading, one, baseline), value in zip(readings, values):
            by = "baseline" if value is None else "network"
            value = baseline if value is None else value
            scored = "null"
            forecasts = one.forecasts
            if len(forecasts) == horizon:
                made, predicted, then, made_by = forecasts[0]
                scored = (
                    f'{{"id":{made},"predicted":{predicted!r},"baseline":{then!r},"actual":{baseline!r},'
                    f'"by":"{made_by}"}}'
                )
            identity = quote(reading["id"])
            forecasts.append((identity, value, baseline, by))
            produce(
                target_topic,
                f'{{"id":{identity},"input":{text},"prediction":{{"target":"{target}","horizon":{horizon},'
                f'"value":{value!r},"by":"{by}"}},"baseline":{baseline!r},"scored":{scored},'
                f'"model":{{"name":"bench","version":"1"}},"predictedAt":"{at}",'
                f'"latencyMs":{now_ms - message.timestamp()[1]}}}',
                message.key(),
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
