"""The analysis of a CSV file, or of readings as JSON lines, as one would write it in Python: pandas, River.

    peer_analyze.py batch FILE     pandas: read_csv, groupby, exponentially weighted scale of the changes
    peer_analyze.py stream FILE    River: a reading at a time, figures and the same scale per device

Prints one line of JSON with the seconds from the first reading to the last, and what was found.
"""
import json
import sys
import time

how, path = sys.argv[1:]
begin = time.perf_counter()
if how == "batch":
    import pandas as pd

    begin = time.perf_counter()
    frame = pd.read_csv(path)
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], format="ISO8601", utc=True)
    readings = len(frame)
    devices = frame.groupby("device", sort=True)["temperature"]
    figures = devices.agg(["count", "mean", "std", "min", "max"])
    gaps = frame.groupby("device")["timestamp"].diff().dt.total_seconds()
    error = devices.diff()
    by = error.groupby(frame["device"])
    figures["mse"], figures["mae"] = (error**2).groupby(frame["device"]).mean(), error.abs().groupby(frame["device"]).mean()
    usual = by.transform(lambda one: one.ewm(alpha=0.02).std().shift())
    center = by.transform(lambda one: one.ewm(alpha=0.02).mean().shift())
    anomalies = int(((error - center).abs() > 6 * usual).sum())
else:
    from river import stats

    class Device:
        def __init__(self):
            self.mean, self.var, self.min, self.max = stats.Mean(), stats.Var(), stats.Min(), stats.Max()
            self.squared, self.absolute = stats.Mean(), stats.Mean()
            self.center, self.scale, self.last = stats.EWMean(fading_factor=0.02), stats.EWVar(fading_factor=0.02), None

    begin = time.perf_counter()
    devices, readings, anomalies = {}, 0, 0
    with open(path, "rb") as lines:
        for line in lines:
            reading = json.loads(line)
            x = reading["features"]["temperature"]
            device = devices.get(reading["source"])
            if device is None:
                device = devices[reading["source"]] = Device()
            readings += 1
            for figure in (device.mean, device.var, device.min, device.max):
                figure.update(x)
            if device.last is not None:
                error = x - device.last
                spread = device.scale.get() ** 0.5 if device.squared.n > 30 else float("inf")
                anomalies += abs(error - device.center.get()) > 6 * spread
                device.squared.update(error * error)
                device.absolute.update(abs(error))
                device.center.update(error)
                device.scale.update(error)
            device.last = x
print(json.dumps({"seconds": time.perf_counter() - begin, "readings": readings, "anomalies": anomalies}))
