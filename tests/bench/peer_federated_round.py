"""Rounds of Flower's simulation: the peer of federated_round_bench.ts. Clients send what they were given; nothing is learned.

    python3 peer_federated_round.py CLIENTS WEIGHTS ROUNDS

Prints the version, and the milliseconds from the end of one round's aggregation to the end of the next one's.
"""
import json
import logging
import os
import sys
import time
from importlib.metadata import version

os.environ.setdefault("RAY_DEDUP_LOGS", "0")
import numpy as np
from flwr.app import Array, ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg
from flwr.simulation import run_simulation

logging.getLogger("flwr").setLevel(logging.CRITICAL)
clients, width, rounds = (int(argument) for argument in sys.argv[1:4])
ends = []
client_app, server_app = ClientApp(), ServerApp()


@client_app.train()
def train(message: Message, context: Context):
    content = RecordDict({
        "arrays": message.content["arrays"],
        "metrics": MetricRecord({"num-examples": 100, "loss": 0.1}),
    })
    return Message(content=content, reply_to=message)


class Timed(FedAvg):
    def aggregate_train(self, server_round, replies):
        made = super().aggregate_train(server_round, replies)
        ends.append(time.perf_counter())
        return made


@server_app.main()
def main(grid: Grid, context: Context):
    strategy = Timed(fraction_train=1.0, fraction_evaluate=0.0, min_train_nodes=clients, min_available_nodes=clients)
    weights = np.random.default_rng(1).normal(size=width)
    strategy.start(grid=grid, initial_arrays=ArrayRecord({"w": Array(weights)}), num_rounds=rounds + 1)


run_simulation(
    server_app,
    client_app,
    num_supernodes=clients,
    backend_config={"client_resources": {"num_cpus": 1, "num_gpus": 0.0}},
)
took = [(after - before) * 1000 for before, after in zip(ends, ends[1:])]
print(json.dumps({"version": f"flwr {version('flwr')}", "ms": took}))
