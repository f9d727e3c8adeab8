"""What Flower's strategies make of the same updates, where it is right and where it is not.

    python3 -m venv venv && venv/bin/pip install flwr==1.42.0 && venv/bin/python flower.py > flower.json
"""
import json
import logging
import math
import sys
from importlib.metadata import version
from types import SimpleNamespace

import numpy as np
from flwr.app import Array, ArrayRecord, MetricRecord, RecordDict
from flwr.serverapp.strategy import (
    Bulyan, FedAdagrad, FedAdam, FedAvg, FedAvgM, FedMedian, FedTrimmedAvg, FedYogi, Krum, MultiKrum,
)

logging.getLogger("flwr").setLevel(logging.CRITICAL)
WIDTH = 6


def record(weights):
    return ArrayRecord({"w": Array(np.asarray(weights, dtype=np.float64))})


def reply(weights, num_examples):
    content = RecordDict({"arrays": record(weights), "metrics": MetricRecord({"num-examples": num_examples})})
    # As much of a Message as strategies look at: a real one needs a running server.
    return SimpleNamespace(content=content, has_error=lambda: False)


def aggregate(strategy, server_round, global_weights, updates):
    if isinstance(strategy, FedAvgM):
        strategy.current_arrays = record(global_weights)
    elif hasattr(strategy, "current_arrays"):
        strategy.current_arrays = {"w": np.asarray(global_weights)}
    arrays, _ = strategy.aggregate_train(server_round, [reply(w, n) for w, n in updates])
    return None if arrays is None else arrays["w"].numpy()


def rounds(strategy, clients, count=3, spread=0.3):
    random = np.random.default_rng(7)
    global_weights, made = random.normal(size=WIDTH), []
    for server_round in range(1, count + 1):
        updates = [
            (global_weights + random.normal(0.1, spread, WIDTH) * (5 if client == 2 else 1), int(random.integers(10, 500)))
            for client in range(clients)
        ]
        result = aggregate(strategy, server_round, global_weights, updates)
        made.append({
            "round": server_round,
            "global": global_weights.tolist(),
            "updates": [{"numExamples": n, "weights": w.tolist()} for w, n in updates],
            "result": result.tolist(),
        })
        global_weights = result
    return made


def attempt(make, updates):
    try:
        result = aggregate(make(), 1, np.zeros(len(updates[0][0])), updates)
    except Exception as error:  # what it says is the case
        return f"{type(error).__name__}: {error}"
    return [number if math.isfinite(number) else str(number) for number in result.tolist()]


CASES = [
    ("fedavg", {}, FedAvg(), 5),
    ("fedavgm", {"serverLearningRate": 0.8, "momentum": 0.6}, FedAvgM(server_learning_rate=0.8, server_momentum=0.6), 5),
    ("fedadam", {"serverLearningRate": 0.1}, FedAdam(eta=0.1), 5),
    ("fedyogi", {"serverLearningRate": 0.01}, FedYogi(eta=0.01), 5),
    ("fedadagrad", {"serverLearningRate": 0.1}, FedAdagrad(eta=0.1), 5),
    ("median", {}, FedMedian(), 5),
    ("median", {}, FedMedian(), 6),
    ("trimmed-mean", {"faultyShare": 0.2}, FedTrimmedAvg(beta=0.2), 7),
    ("trimmed-mean", {"faultyShare": 0.4}, FedTrimmedAvg(beta=0.4), 6),
    ("krum", {"faultyShare": 0.25}, Krum(num_malicious_nodes=2), 8),
    ("multi-krum", {"faultyShare": 0.25}, MultiKrum(num_malicious_nodes=2, num_nodes_to_select=6), 8),
    ("bulyan", {"faultyShare": 0.1}, Bulyan(num_malicious_nodes=1), 8),
    ("bulyan", {"faultyShare": 0.15}, Bulyan(num_malicious_nodes=2), 12),
]

NAN = ([float("nan"), 1.0], 10)
GOOD = [([1.0, 2.0], 10), ([3.0, 4.0], 10)]
FAR = [([1.0], 10), ([2.0], 10), ([1e9], 10)]
WRONG = {
    "one NaN client": {
        "fedavg": attempt(lambda: FedAvg(), [*GOOD, NAN]),
        "median": attempt(lambda: FedMedian(), [*GOOD, NAN]),
        "trimmed-mean": attempt(lambda: FedTrimmedAvg(beta=0.2), [*GOOD, NAN]),
    },
    "trimmed mean of three, one at 1e9": attempt(lambda: FedTrimmedAvg(beta=0.2), FAR),
    "trimmed mean of four, β = 0.5": attempt(lambda: FedTrimmedAvg(beta=0.5), [*FAR, ([4.0], 10)]),
    "no examples at all": attempt(lambda: FedAvg(), [([1.0], 0), ([2.0], 0)]),
    "Krum's distances of near updates far from 0": attempt(
        lambda: Krum(num_malicious_nodes=0), [([1e8], 1), ([1e8 + 1], 1), ([1e8 + 0.9], 1), ([1e8 + 30], 1)]
    ),
}

json.dump(
    {
        "tool": f"flwr {version('flwr')}, numpy {version('numpy')}",
        "command": "python flower.py > flower.json",
        "cases": [
            {"strategy": name, "options": options, "rounds": rounds(strategy, clients)}
            for name, options, strategy, clients in CASES
        ],
        "wrong": WRONG,
    },
    sys.stdout,
    ensure_ascii=False,
)
