"""The side of a contender: a line in names a task and how often, a line out says how long it took."""
import json
import sys
import time


def serve(work):
    print(json.dumps({"tasks": list(work)}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        start = time.perf_counter()
        work[asked["task"]](asked["repeats"])
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
