"""Writes windows_pandas.json: what pandas makes of windows over seeded records, for tests/stream/windows_golden_test.ts.

    python3 -m venv pandas-venv && pandas-venv/bin/pip install pandas
    pandas-venv/bin/python tests/golden/windows/windows_pandas.py > tests/golden/windows/windows_pandas.json

Tumbling, hopping and session windows are groups of rows; sliding ones are pandas' own rolling windows over time, closed
on both sides, and, for those that begin after a record, rolling ones over time run backwards, without the record.
"""
import json
import sys

import numpy as np
import pandas as pd

SEED = 20260105
SPECS = [
    {"kind": "tumbling", "size": 60},
    {"kind": "tumbling", "size": 7},
    {"kind": "hopping", "size": 60, "advance": 20},
    {"kind": "hopping", "size": 50, "advance": 35},
    {"kind": "sliding", "size": 25},
    {"kind": "sliding", "size": 1},
    {"kind": "session", "gap": 8},
    {"kind": "session", "gap": 20},
]


def draw(length=500):
    random = np.random.default_rng(SEED)
    # Clusters and gaps, some times twice, some before 0, in no order.
    time = np.cumsum(random.choice([0, 1, 2, 5, 30], size=length, p=[0.25, 0.35, 0.2, 0.17, 0.03])) - 200
    frame = pd.DataFrame({
        "key": random.choice(["north", "south", "west"], size=length, p=[0.6, 0.3, 0.1]),
        "time": time,
        "x": np.round(random.normal(1000, 300, size=length), 3),
        "name": [f"10.0.0.{n}" for n in random.zipf(1.5, size=length) % 40],
    })
    return frame.sample(frac=1, random_state=SEED).reset_index(drop=True)


def figures(group):
    names = group["name"].value_counts()
    top = sorted(names.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
    return {
        "count": len(group),
        "sum": group["x"].sum(),
        "mean": group["x"].mean(),
        "variance": None if len(group) < 2 else group["x"].var(),
        "min": group["x"].min(),
        "max": group["x"].max(),
        "distinct": int(group["name"].nunique()),
        "quantiles": [float(group["x"].quantile(q, interpolation="lower")) for q in (0.5, 0.9)],
        "top": [[name, int(count)] for name, count in top],
    }


def grouped(frame, length):
    """One window for each key and start."""
    return [
        {"key": key, "start": int(start), "end": int(start + length), **figures(group)}
        for (key, start), group in frame.groupby(["key", "start"])
    ]


def hopping(frame, size, advance):
    copies = []
    last = frame["time"] // advance * advance
    for back in range(-(-size // advance)):
        copy = frame.assign(start=last - back * advance)
        copies.append(copy[copy["time"] < copy["start"] + size])
    return grouped(pd.concat(copies), size)


def session(frame, gap):
    windows = []
    for key, group in frame.groupby("key"):
        group = group.sort_values("time", kind="stable")
        for _, part in group.groupby((group["time"].diff() >= gap).cumsum()):
            windows.append({
                "key": key, "start": int(part["time"].min()), "end": int(part["time"].max() + gap), **figures(part)})
    return windows


def rolled(series, span, closed):
    """The last row of each time: the one that has seen all rows of its window."""
    rolling = series.rolling(f"{span}us", closed=closed, min_periods=0)
    table = pd.DataFrame({
        "count": rolling.count(), "sum": rolling.sum(), "mean": rolling.mean(), "variance": rolling.var(),
        "min": rolling.min(), "max": rolling.max()})
    return table[~table.index.duplicated(keep="last")]


def sliding(frame, size):
    windows = {}
    for key, group in frame.groupby("key"):
        group = group.sort_values("time", kind="stable")
        forward = pd.Series(group["x"].to_numpy(), index=pd.to_datetime(group["time"], unit="us"))
        backward = pd.Series(group["x"].to_numpy()[::-1], index=pd.to_datetime(-group["time"][::-1], unit="us"))
        for series, span, closed, sign in [(forward, size, "both", 1), (backward, size + 1, "left", -1)]:
            table = rolled(series, span, closed)
            micros = table.index.astype("datetime64[us]").astype("int64") * sign
            for time, row in zip(micros, table.to_dict("records")):
                start = time - size if sign == 1 else time + 1
                if row["count"] == 0:
                    continue
                row["count"] = int(row["count"])
                if row["count"] < 2:
                    row["variance"] = None
                windows[key, int(start)] = {"key": key, "start": int(start), "end": int(start + size + 1), **row}
    return list(windows.values())


def windows_of(frame, spec):
    kind = spec["kind"]
    if kind == "tumbling":
        found = grouped(frame.assign(start=frame["time"] // spec["size"] * spec["size"]), spec["size"])
    elif kind == "hopping":
        found = hopping(frame, spec["size"], spec["advance"])
    elif kind == "sliding":
        found = sliding(frame, spec["size"])
    else:
        found = session(frame, spec["gap"])
    return sorted(found, key=lambda window: (window["end"], window["start"], window["key"]))


frame = draw()
json.dump({
    "tool": f"pandas {pd.__version__}, numpy {np.__version__}, Python {sys.version.split()[0]}",
    "command": "python tests/golden/windows/windows_pandas.py > tests/golden/windows/windows_pandas.json",
    "records": frame.values.tolist(),
    "cases": [{"spec": spec, "windows": windows_of(frame, spec)} for spec in SPECS],
}, sys.stdout, separators=(",", ":"))
