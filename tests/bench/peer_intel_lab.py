"""The Intel lab's file cleaned by pandas: the peer of intel_lab_bench.ts.

    python3 peer_intel_lab.py FILE OUT

The same rules as `streamflow datasets prepare intel-lab`: lines that lack a field but light, or have one that is no number
or no time, motes outside of 1 to 54, voltages below 2.4 V and values that cannot be are left out; readings are put in the
order of time, the second of one mote and time is left out, and all are written as CSV. Prints the version and the rows.
"""
import json
import sys

import pandas as pd

path, out = sys.argv[1:3]
names = ["date", "clock", "epoch", "mote", "temperature", "humidity", "light", "voltage"]
values = ["temperature", "humidity", "light", "voltage"]
rows = pd.read_csv(path, sep=" ", names=names, dtype=str, on_bad_lines="skip", skip_blank_lines=True, engine="c")
rows = rows.dropna(subset=[name for name in names if name != "light"])
for name in ["mote", *values]:
    rows[name] = pd.to_numeric(rows[name], errors="coerce")
rows["time"] = pd.to_datetime(rows["date"] + " " + rows["clock"], format="ISO8601", errors="coerce").dt.floor("ms")
rows = rows.drop(columns=["date", "clock", "epoch"]).dropna(subset=["time", "mote", "temperature", "humidity", "voltage"])
rows = rows[rows["mote"].between(1, 54) & (rows["mote"] % 1 == 0) & (rows["voltage"] >= 2.4)]
light = rows["light"].isna() | rows["light"].between(0, 100_000)
rows = rows[
    rows["temperature"].between(-10, 50) & rows["humidity"].between(0, 100) & light & (rows["voltage"] <= 3.6)]
rows = rows.sort_values(["time", "mote"], kind="stable").drop_duplicates(["time", "mote"])
rows["mote"] = "mote-" + rows["mote"].astype(int).astype(str)
rows[["time", "mote", *values]].to_csv(out, index=False, date_format="%Y-%m-%dT%H:%M:%S.%fZ")
print(json.dumps({"version": f"pandas {pd.__version__}", "rows": len(rows)}))
