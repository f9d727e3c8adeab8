"""Devices that learn on a stream, with numpy: the peer of participate_bench.ts.

    python3 peer_participate.py DEVICES READINGS ROUNDS

Each reading is parsed and prepared (24 inputs by the device's own spread); 64 of a device together are forecast by three
networks of 64 hidden units and scored, then two of the networks take a step of Adam on them. Prints the version and the
readings a second of each round.
"""
import json
import math
import sys
import time

import numpy as np

devices, readings, rounds = (int(argument) for argument in sys.argv[1:4])
LOOKBACK, HORIZON, HIDDEN, BATCH, RATE = 24, 6, 64, 64, 0.004


def records():
    random = np.random.default_rng(1)
    noise = random.normal(0, 0.1, (devices, readings))
    for n in range(readings):
        for device in range(devices):
            size = 1 + device * 3
            value = 50 * device + size * (math.sin((n + 3 * device) / 4) + noise[device, n])
            stamp = f"2020-01-01T00:{n // 60 % 60:02d}:{n % 60:02d}.000Z"
            reading = {"id": f"d{device}-{n}", "timestamp": stamp, "source": f"d{device}", "features": {"x": value}}
            yield json.dumps(reading).encode()


class Network:
    def __init__(self, seed):
        random = np.random.default_rng(seed)
        inputs = LOOKBACK
        self.weights = [
            random.normal(0, math.sqrt(2 / inputs), (inputs, HIDDEN)), np.zeros(HIDDEN),
            random.normal(0, math.sqrt(1 / HIDDEN), (HIDDEN, 1)), np.zeros(1),
        ]
        self.first = [np.zeros_like(weight) for weight in self.weights]
        self.second = [np.zeros_like(weight) for weight in self.weights]
        self.steps = 0

    def forward(self, inputs):
        hidden = np.maximum(inputs @ self.weights[0] + self.weights[1], 0)
        return hidden, (hidden @ self.weights[2] + self.weights[3])[:, 0]

    def learn(self, inputs, targets):
        hidden, outputs = self.forward(inputs)
        slope = np.clip(outputs - targets, -5, 5)[:, None] / len(targets)
        back = (slope @ self.weights[2].T) * (hidden > 0)
        gradients = [inputs.T @ back, back.sum(0), hidden.T @ slope, slope.sum(0)]
        self.steps += 1
        step = RATE * math.sqrt(1 - 0.999 ** self.steps) / (1 - 0.9 ** self.steps)
        for weight, gradient, first, second in zip(self.weights, gradients, self.first, self.second):
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient * gradient - second)
            weight -= step * first / (np.sqrt(second) + 1e-8)


class Device:
    def __init__(self, shared):
        self.shared, self.own, self.local = shared, Network(1), Network(1)
        self.values, self.pending, self.batch = [], [], []
        self.errors = np.zeros(4)

    def take(self, value):
        values = self.values
        values.append(value)
        if len(values) > LOOKBACK + HORIZON:
            row, unit, last = self.pending.pop(0)
            self.batch.append((row, (value - last) / unit, unit, last, value))
            if len(self.batch) == BATCH:
                self.flush()
        if len(values) >= LOOKBACK:
            window = np.array(values[-LOOKBACK:])
            unit = window.std() or 1.0
            row = np.append((window[:-1] - window[-1]) / unit, (window[-1] - window.mean()) / unit)
            self.pending.append((np.clip(row, -20, 20), unit, window[-1]))
        del values[:-(LOOKBACK + HORIZON + 1)]

    def flush(self):
        rows = np.stack([one[0] for one in self.batch])
        targets, units, lasts, actuals = (np.array([one[i] for one in self.batch]) for i in range(1, 5))
        self.errors[0] += ((lasts - actuals) ** 2).sum()
        for i, network in enumerate((self.local, self.shared, self.own), start=1):
            self.errors[i] += ((lasts + network.forward(rows)[1] * units - actuals) ** 2).sum()
        self.own.learn(rows, targets)
        self.local.learn(rows, targets)
        self.batch = []


rows = list(records())
rates = []
for _ in range(rounds):
    shared, known = Network(1), {}
    begin = time.perf_counter()
    for row in rows:
        reading = json.loads(row)
        source = reading["source"]
        device = known.get(source)
        if device is None:
            device = known[source] = Device(shared)
        device.take(reading["features"]["x"])
    rates.append(len(rows) / (time.perf_counter() - begin))
print(json.dumps({"version": f"numpy {np.__version__}", "rates": rates}))
