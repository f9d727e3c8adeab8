"""Windows of packets, computed offline by pandas: the oracle of the streaming ones.

usage: windows_offline.py PACKETS.ndjson WINDOW_US
Prints one JSON array [link, start_us, packets, bytes, meanSize, interarrival, tcp, udp] per window that has packets.
"""
import json
import sys

import pandas as pd

packets = pd.read_json(sys.argv[1], lines=True, dtype={"id": str, "src": str, "dst": str}, convert_dates=False)
window = int(sys.argv[2])
packets["start"] = packets["timestamp"] // window * window
packets["n"] = packets["packets"].fillna(1).astype("int64") if "packets" in packets else 1
packets["tcp"] = packets["n"].where(packets["protocol"] == "TCP", 0)
packets["udp"] = packets["n"].where(packets["protocol"] == "UDP", 0)
groups = packets.groupby(["link", "start"], sort=True)
table = groups.agg(
    records=("id", "size"), packets=("n", "sum"), bytes=("length", "sum"),
    first=("timestamp", "min"), last=("timestamp", "max"), tcp=("tcp", "sum"), udp=("udp", "sum"),
).reset_index()
for row in table.itertuples(index=False):
    gap = (int(row.last) - int(row.first)) / (int(row.records) - 1) if row.records > 1 else window
    print(json.dumps([
        row.link, int(row.start), int(row.packets), int(row.bytes), int(row.bytes) / int(row.packets), gap,
        int(row.tcp) / int(row.packets), int(row.udp) / int(row.packets),
    ]))
