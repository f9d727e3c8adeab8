"""Hopping windows of 5 s every 1 s over 10,000 keys by bytewax: the peer of windows_bench.ts.

    python3 peer_windows.py RATE RECORDS

RATE records a second of event time, out of order by up to 1 s. Prints the version, the seconds by the clock and by the
processor, the windows that were told and the records in them.
"""
import json
import random
import sys
import time
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

import bytewax.operators as op
import bytewax.operators.windowing as w
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, run_main

rate, records = int(sys.argv[1]), int(sys.argv[2])
random.seed(1)
begin = datetime(2026, 1, 5, tzinfo=timezone.utc)
stream = [
    (f"10.{key >> 8}.{key & 255}.1", (begin + timedelta(microseconds=at), 64 + at % 1400))
    for key, at in (
        (random.randrange(10_000), i * 1_000_000 // rate - random.randrange(1_000_001)) for i in range(records))
]


def fold(state, value):
    state[0] += 1
    state[1] += value[1]
    return state


def merge(into, other):
    return [into[0] + other[0], into[1] + other[1]]


told = []
# No system time in the watermark: event time alone, as in the other contender.
clock = w.EventClock(
    lambda value: value[0], wait_for_system_duration=timedelta(seconds=1), now_getter=lambda: begin,
    to_system_utc=lambda _: None)
windower = w.SlidingWindower(length=timedelta(seconds=5), offset=timedelta(seconds=1), align_to=begin)
flow = Dataflow("windows")
source = op.input("source", flow, TestingSource(stream, batch_size=500))
out = w.fold_window("fold", source, clock, windower, lambda: [0, 0], fold, merge)
op.output("sink", out.down, TestingSink(told))

began, used = time.perf_counter(), time.process_time()
run_main(flow)
print(json.dumps({
    "name": f"bytewax {version('bytewax')}",
    "seconds": time.perf_counter() - began,
    "processorSeconds": time.process_time() - used,
    "windows": len(told),
    "records": sum(count for _, (_, (count, _)) in told),
}))
