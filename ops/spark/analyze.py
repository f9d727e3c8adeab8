"""The batch analysis on a Spark cluster: the table that `streamflow analyze batch --json` has under `devices`.

    streamflow store export --table device_data --format parquet     # readings as files, or straight from Kafka
    streamflow export --model global.safetensors --onnx global.onnx  # where a model is to be judged, too

    spark-submit analyze.py --parquet device_data.parquet --target power
    spark-submit analyze.py --parquet device_data.parquet --onnx global.onnx --out devices.parquet
    spark-submit --packages org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0 \\
        analyze.py --kafka 127.0.0.1:9092 --topic input-data --target power

Needs Python 3.10+, pyspark 4, pandas, pyarrow, numpy; with a model onnx and onnxruntime. The formulas stand in
src/analytics/README.md. The readings of a device are one task: they have to fit into an executor's memory.
"""
import argparse
import json
import math
import sys

import numpy as np
import pandas as pd

STEP_INTERVALS = 64
GAP_STEPS = 1.5
WEIGHT, LIMIT, WARM_UP, THRESHOLD = 0.02, 6.0, 30, 0.5
ROWS_AT_ONCE = 65_536

ERRORS = "struct<mse: double, mae: double, mseOverVariance: double>"
SCHEMA = (
    "device string, count long, missing long, late long, duplicates long, firstMs long, lastMs long, stepMs double, "
    "gaps long, absent long, mean double, sd double, min double, max double, scored long, "
    f"model {ERRORS}, lastValue {ERRORS}, anomalies long"
)


class Task:
    """What is forecast: by the last value, and by a model where there is one. Plain data, so that Spark can send it."""

    def __init__(self, target, horizon, features=None, lookback=1, onnx=None):
        self.target, self.horizon, self.lookback, self.onnx = target, horizon, lookback, onnx
        self.features = features or [target]
        self.column = self.features.index(target)

    @staticmethod
    def of_model(path):
        import onnx

        model = onnx.load(path)
        told = {entry.key: entry.value for entry in model.metadata_props}
        inputs = {one.name: [d.dim_value for d in one.type.tensor_type.shape.dim] for one in model.graph.input}
        if told.get("task") != "forecast" or list(inputs) != ["window"]:
            sys.exit(
                f"Cannot analyse with {path}: its inputs are {', '.join(inputs)}, and a forecast from a window of readings "
                "alone is wanted: models with a calendar or seasons need more than the window"
            )
        return Task(
            told["target"], int(told["horizon"]), json.loads(told["features"]), inputs["window"][1], in_doubles(model)
        )


def in_doubles(model):
    """The graph with all numbers in 64 bits, as streamflow computes, in place of 32."""
    from onnx import TensorProto, numpy_helper

    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float64), tensor.name))
    for node in model.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT:
                attribute.i = TensorProto.DOUBLE
    del model.graph.value_info[:]
    return model.SerializeToString()


def forecasts_of(values, task):
    """(n) What the model forecasts at each reading; NaN where there are too few before it. values: (n, F)."""
    import onnxruntime

    found = np.full(len(values), np.nan)
    if len(values) < task.lookback:
        return found
    session = onnxruntime.InferenceSession(task.onnx, providers=["CPUExecutionProvider"])
    windows = np.lib.stride_tricks.sliding_window_view(values, task.lookback, axis=0).transpose(0, 2, 1)
    for at in range(0, len(windows), ROWS_AT_ONCE):
        some = np.ascontiguousarray(windows[at : at + ROWS_AT_ONCE])
        answers = session.run(None, {"window": some})[0][:, 0]
        found[task.lookback - 1 + at : task.lookback - 1 + at + len(some)] = answers
    return found


def count_anomalies(errors):
    """Errors beyond the device's own exponentially weighted scale, each judged by those before it."""
    rows, mean, variance, found = 0, 0.0, 0.0, 0
    for error in errors.tolist():
        spread = math.sqrt(variance)
        if rows >= WARM_UP:
            floor = max(1e-9 * abs(mean), 5e-324)
            distance = abs(error - mean)
            deviation = 0.0 if distance == 0 else min(distance / max(spread, floor), 1e12)
            found += deviation / (deviation + LIMIT) >= THRESHOLD
        off, bound = error - mean, LIMIT * spread
        is_bounded = rows >= WARM_UP and bound > 0
        rows += 1
        gain = max(WEIGHT, 1 / rows)
        mean += gain * off
        if is_bounded:
            off = min(max(off, -bound), bound)
        variance = (1 - gain) * (variance + gain * off * off)
    return int(found)


def errors_of(errors, actuals):
    if len(errors) == 0:
        return None
    squares = float(((actuals - actuals.mean()) ** 2).sum())
    squared = float((errors**2).sum())
    return {
        "mse": squared / len(errors),
        "mae": float(np.abs(errors).mean()),
        "mseOverVariance": squared / squares if squares > 0 else None,
    }


def accepted(frame, remembered):
    """Readings in the order of the log, without late ones and repeated ones, and how many of each there were."""
    keep, newest, ids, late, duplicates = [], -math.inf, [], 0, 0
    for time, name in zip(frame["time_ms"].tolist(), frame["id"].tolist()):
        is_twice = time <= newest and name in ids[-remembered:]
        is_late = not is_twice and time < newest
        duplicates, late = duplicates + is_twice, late + is_late
        keep.append(not is_twice and not is_late)
        if keep[-1]:
            newest = time
            ids.append(name)
            if len(ids) > 2 * remembered:
                ids = ids[-remembered:]
    return frame[keep], late, duplicates


def analyse(frame, task):
    """The row of one device. frame: id, time_ms, and the features as value_0 … value_F−1, in the order of the log."""
    columns = [f"value_{i}" for i in range(len(task.features))]
    whole = frame[columns].notna().all(axis=1)
    known, late, duplicates = accepted(frame[whole], task.lookback + task.horizon)
    values = known[columns].to_numpy(dtype=np.float64)
    target = values[:, task.column]
    times = known["time_ms"].to_numpy(dtype=np.int64)
    intervals = np.diff(times)
    intervals = intervals[intervals > 0]
    step = float(np.quantile(intervals[:STEP_INTERVALS], 0.5, method="lower")) if len(intervals) else None
    gaps = intervals[intervals > GAP_STEPS * step] if step else np.array([])
    predicted = target if task.onnx is None else forecasts_of(values, task)
    h = task.horizon
    due = ~np.isnan(predicted[:-h]) if len(target) > h else np.zeros(0, dtype=bool)
    actuals = target[h:][due]
    errors = actuals - predicted[:-h][due]
    n = len(target)
    return {
        "device": frame["device"].iloc[0],
        "count": n,
        "missing": int((~whole).sum()),
        **{"late": late, "duplicates": duplicates},
        "firstMs": int(times[0]) if n else None,
        "lastMs": int(times[-1]) if n else None,
        "stepMs": step,
        "gaps": len(gaps),
        "absent": int((np.floor(gaps / step + 0.5) - 1).sum()) if len(gaps) else 0,
        "mean": float(target.mean()) if n else None,
        "sd": float(target.std(ddof=1)) if n > 1 else None,
        "min": float(target.min()) if n else None,
        "max": float(target.max()) if n else None,
        "scored": len(errors),
        "model": None if task.onnx is None else errors_of(errors, actuals),
        "lastValue": errors_of(actuals - target[:-h][due] if len(errors) else errors, actuals),
        "anomalies": count_anomalies(errors),
    }


def readings_of(spark, options, task):
    """device, id, time_ms, place in the log, and the features' values."""
    from pyspark.sql import functions as f

    if options.parquet is not None:
        found = spark.read.parquet(options.parquet)
        # A store's export says milliseconds, or has timestamps.
        time = f.col("time_ms")
        if dict(found.dtypes)["time_ms"].startswith("timestamp"):
            time = f.unix_millis(time)
        features = f.col("features")
        rows = found.select("device", "id", time.alias("time_ms"), "partition", "offset", features.alias("features"))
    else:
        records = (
            spark.read.format("kafka")
            .option("kafka.bootstrap.servers", options.kafka)
            .option("subscribe", options.topic)
            .option("startingOffsets", "earliest")
            .load()
        )
        text = f.col("value").cast("string")
        rows = records.select(
            f.get_json_object(text, "$.source").alias("device"),
            f.get_json_object(text, "$.id").alias("id"),
            f.unix_millis(f.to_timestamp(f.get_json_object(text, "$.timestamp"))).alias("time_ms"),
            *["partition", "offset"],
            f.get_json_object(text, "$.features").alias("features"),
        ).where("device IS NOT NULL AND time_ms IS NOT NULL")
    values = f.from_json("features", "map<string, double>")
    return rows.select(
        *["device", "id", "time_ms", "partition", "offset"],
        *[values[name].alias(f"value_{i}") for i, name in enumerate(task.features)],
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--parquet", help="readings as 'streamflow store export' writes them: a file or a folder")
    source.add_argument("--kafka", help="brokers, host:port")
    parser.add_argument("--topic", default="input-data")
    parser.add_argument("--target", help="feature to analyse; a model says it itself")
    parser.add_argument("--horizon", type=int, default=1, help="readings ahead; a model says it itself")
    parser.add_argument("--onnx", help="model of 'streamflow export'")
    parser.add_argument("--out", help="write the table as Parquet to this folder [default: JSON lines on standard output]")
    options = parser.parse_args()
    if (options.onnx is None) == (options.target is None):
        parser.error("one of --target and --onnx is wanted")
    task = Task.of_model(options.onnx) if options.onnx else Task(options.target, options.horizon)

    from pyspark.sql import SparkSession

    spark = SparkSession.builder.appName("streamflow-analyze").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")

    def one_device(frame):
        row = analyse(frame.sort_values(["partition", "offset"]), task)
        return pd.DataFrame([row], dtype=object)

    table = readings_of(spark, options, task).groupBy("device").applyInPandas(one_device, SCHEMA).orderBy("device")
    if options.out is not None:
        table.write.mode("overwrite").parquet(options.out)
    else:
        for row in table.toLocalIterator():
            print(json.dumps(row.asDict(recursive=True)))
    spark.stop()


if __name__ == "__main__":
    main()
