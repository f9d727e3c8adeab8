"""What pandas and numpy make of a small file of four devices: what `analyze batch` has to come to.

python3 -m venv v && v/bin/pip install pandas==3.1.1 numpy==2.4.6
v/bin/python analysis_pandas.py   # writes devices.csv and analysis_pandas.json beside itself
"""
import json
import math
import pathlib
import sys

import numpy as np
import pandas as pd

HERE = pathlib.Path(__file__).parent
HORIZON = 3
rng = np.random.default_rng(7)


def make() -> str:
    """Readings that drift, jump, stand still, go missing and leave gaps."""
    rows = []
    for device, level, spread, step in [("a", 20, 1, 60), ("b", -3e3, 40, 60), ("c", 7, 0, 300), ("d", 1e6, 1, 30)]:
        value, seconds = level, 0
        for i in range(240):
            seconds += step * int(rng.choice([1, 1, 1, 1, 1, 1, 1, 1, 2, 5]))
            value += spread * rng.standard_normal() + (30 * spread if i == 150 else 0)
            cell = "" if rng.random() < 0.04 else repr(round(value, 3))
            rows.append((seconds, f"{pd.Timestamp(2026, 1, 1) + pd.Timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ},{device},{cell},1"))
    rows.sort(key=lambda row: row[0])
    return "timestamp,device,load,other\n" + "".join(f"{text}\n" for _, text in rows)


def scores(errors):
    """Exponentially weighted mean and variance, robust by a bound of 6 standard deviations; score d / (d + 6)."""
    weight, limit, warm_up = 0.02, 6.0, 30
    rows, mean, variance, found = 0, 0.0, 0.0, []
    for error in map(float, errors):
        spread = math.sqrt(variance)
        distance = abs(error - mean)
        deviation = 0.0 if distance == 0 else min(distance / max(spread, 1e-9 * abs(mean), 5e-324), 1e12)
        found.append(deviation / (deviation + limit) if rows >= warm_up else 0.0)
        off, bound = error - mean, limit * spread
        bounded = rows >= warm_up and bound > 0
        rows += 1
        gain = max(weight, 1 / rows)
        mean += gain * off
        if bounded:
            off = min(max(off, -bound), bound)
        variance = (1 - gain) * (variance + gain * off * off)
    return np.array(found)


def analyse(frame: pd.DataFrame) -> dict:
    known = frame[frame["load"].notna()]
    load = known["load"]
    times = (known["timestamp"] - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(milliseconds=1)
    intervals = np.diff(times.to_numpy())
    step = float(np.quantile(intervals[:64], 0.5, method="lower"))
    gaps = intervals[intervals > 1.5 * step]
    before = load.shift(HORIZON)
    errors = (load - before).dropna()
    actual = load[errors.index]
    score = scores(errors.to_numpy())
    mse = float((errors**2).mean())
    variance = float(actual.var(ddof=0))
    return {
        "device": frame["device"].iloc[0],
        "count": int(load.count()),
        "missing": int(frame["load"].isna().sum()),
        "firstMs": int(times.iloc[0]),
        "lastMs": int(times.iloc[-1]),
        "stepMs": step,
        "gaps": len(gaps),
        "absent": int((np.floor(gaps / step + 0.5) - 1).sum()),
        "mean": float(load.mean()),
        "sd": float(load.std()),
        "min": float(load.min()),
        "max": float(load.max()),
        "scored": int(errors.count()),
        "lastValue": {
            "mse": mse,
            "mae": float(errors.abs().mean()),
            "mseOverVariance": mse / variance if variance > 0 else None,
        },
        "anomalies": int((score >= 0.5).sum()),
        "anomalyTimes": [int(t) for t in times[errors.index][score >= 0.5]],
    }


(HERE / "devices.csv").write_text(make())
data = pd.read_csv(HERE / "devices.csv", parse_dates=["timestamp"])
devices = [analyse(frame) for _, frame in data.groupby("device", sort=True)]
out = {"python": sys.version.split()[0], "pandas": pd.__version__, "numpy": np.__version__, "horizon": HORIZON, "devices": devices}
(HERE / "analysis_pandas.json").write_text(json.dumps(out, indent=1) + "\n")
