"""Records as TensorBoard's own writer and plugins make them, for tests/train/tensorboard_test.ts.

Run with tensorboard 2.21.0, numpy: python3 events.py > events.json
"""

import io
import json

import numpy as np
from tensorboard.compat.proto import event_pb2
from tensorboard.compat.proto import summary_pb2
from tensorboard.plugins.histogram import summary_v2 as histogram
from tensorboard.plugins.hparams import metadata, plugin_data_pb2
from tensorboard.plugins.scalar import summary_v2 as scalar
from tensorboard.summary.writer.record_writer import RecordWriter

WALL_TIME = 1790000000.25


class Held(io.BytesIO):
    def close(self):
        pass


def record(event):
    held = Held()
    writer = RecordWriter(held)
    writer.write(event.SerializeToString(deterministic=True))
    return held.getvalue().hex()


def summary_event(summary, step):
    return record(event_pb2.Event(wall_time=WALL_TIME, step=step, summary=summary))


def hparams_summary(name, content):
    value = summary_pb2.Summary.Value(
        tag="_hparams_/" + name,
        metadata=metadata.create_summary_metadata(content),
        tensor=metadata.NULL_TENSOR,
    )
    return summary_pb2.Summary(value=[value])


def session_start(hparams, seconds):
    info = plugin_data_pb2.SessionStartInfo(start_time_secs=seconds)
    for name, value in hparams.items():
        if isinstance(value, bool):
            info.hparams[name].bool_value = value
        elif isinstance(value, str):
            info.hparams[name].string_value = value
        else:
            info.hparams[name].number_value = value
    return hparams_summary("session_start_info", plugin_data_pb2.HParamsPluginData(session_start_info=info))


def session_end(status, seconds):
    info = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=seconds)
    return hparams_summary("session_end_info", plugin_data_pb2.HParamsPluginData(session_end_info=info))


histograms = {
    "spread": [round(float(x), 6) for x in np.random.default_rng(1).normal(size=200)],
    "edges": [-3.0, -1.0, 0.0, 0.1, 0.3, 0.30000000000000004, 2.7, 27.0],
    "constant": [0.1] * 7,
    "one": [-2.5],
    "empty": [],
}

print(json.dumps({
    "wallTimeSeconds": WALL_TIME,
    "fileStart": record(event_pb2.Event(
        wall_time=WALL_TIME,
        file_version="brain.Event:2",
        source_metadata=event_pb2.SourceMetadata(writer="streamflow"),
    )),
    "scalars": [
        {"tag": tag, "value": value, "step": step,
         "record": summary_event(scalar.scalar_pb(tag, np.float32(value)), step)}
        for tag, value, step in [
            ("epoch_loss", 0.6931471805599453, 0),
            ("batch_loss", 0.0, 300),
            ("epoch_learning_rate", 1e-3, 2**31 + 5),
        ]
    ],
    "histograms": [
        {"tag": f"layers.0.weight/{name}", "values": values, "step": 4,
         "record": summary_event(histogram.histogram_pb(f"layers.0.weight/{name}", values), 4)}
        for name, values in histograms.items()
    ],
    "sessionStart": {
        "hyperparameters": {"batchSize": 64, "hidden": "64-64-32", "offsets": True, "plain": False, "rate": 0},
        "startSeconds": WALL_TIME,
        "record": summary_event(session_start(
            {"batchSize": 64, "hidden": "64-64-32", "offsets": True, "plain": False, "rate": 0}, WALL_TIME), 0),
    },
    "sessionEnd": [
        {"ending": ending, "record": summary_event(session_end(status, WALL_TIME), 0)}
        for ending, status in [("complete", 1), ("failed", 2), ("interrupted", 0)]
    ],
}, indent=1))
