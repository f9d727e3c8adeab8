"""Flower's strategies aggregating updates of one size: the peer of federated_bench.ts.

    python3 peer_federated.py UPDATES WEIGHTS ROUNDS

Prints the version, and for each strategy the milliseconds of each round. What a reply is made of is not in the time.
"""
import json
import logging
import sys
import time
from importlib.metadata import version
from types import SimpleNamespace

import numpy as np
from flwr.app import Array, ArrayRecord, MetricRecord, RecordDict
from flwr.serverapp.strategy import Bulyan, FedAvg, FedMedian, FedTrimmedAvg, Krum, MultiKrum

logging.getLogger("flwr").setLevel(logging.CRITICAL)
updates, width, rounds = (int(argument) for argument in sys.argv[1:4])
random = np.random.default_rng(1)
faulty = updates // 4


def reply():
    arrays = ArrayRecord({"w": Array(random.normal(size=width))})
    content = RecordDict({"arrays": arrays, "metrics": MetricRecord({"num-examples": 100})})
    return SimpleNamespace(content=content, has_error=lambda: False)


made = {
    "fedavg": lambda: FedAvg(),
    "median": lambda: FedMedian(),
    "trimmed-mean": lambda: FedTrimmedAvg(beta=0.25),
    "krum": lambda: Krum(num_malicious_nodes=faulty),
    "multi-krum": lambda: MultiKrum(num_malicious_nodes=faulty, num_nodes_to_select=updates - faulty),
    "bulyan": lambda: Bulyan(num_malicious_nodes=min(faulty, (updates - 3) // 4)),
}
took = {}
for name, make in made.items():
    strategy, took[name] = make(), []
    for _ in range(rounds):
        replies = [reply() for _ in range(updates)]
        begin = time.perf_counter()
        strategy.aggregate_train(1, replies)
        took[name].append((time.perf_counter() - begin) * 1000)
print(json.dumps({"version": f"flwr {version('flwr')}", "ms": took}))
