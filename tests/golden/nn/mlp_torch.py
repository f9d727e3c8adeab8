"""Writes mlp_torch.json: what PyTorch computes, in float64, for networks, losses and optimizers of nn/.

    python3 -m venv torch-venv && torch-venv/bin/pip install torch numpy
    torch-venv/bin/python tests/golden/nn/mlp_torch.py > tests/golden/nn/mlp_torch.json

Parameters, inputs and targets are drawn by NumPy's seeded generator and written out. All parameters are one flat
list: each layer's weight as W[in][out], then its bias.
"""
import json
import platform
import sys

import numpy
import torch

SEED = 20240229
STEPS = 50
CASES = [
    {"inputs": 22, "hidden": [16], "outputs": 1, "activation": "tanh", "loss": "mse", "rows": 12},
    {"inputs": 24, "hidden": [32, 16], "outputs": 1, "activation": "relu", "loss": "mse", "rows": 9},
    {"inputs": 5, "hidden": [7, 6], "outputs": 3, "activation": "tanh", "loss": "huber", "rows": 4},
    {"inputs": 3, "hidden": [9], "outputs": 6, "activation": "relu", "loss": "mae", "rows": 7},
    {"inputs": 4, "hidden": [], "outputs": 2, "activation": "relu", "loss": "mse", "rows": 5},
]
HUBER_DELTA = 0.75
OPTIMIZERS = {
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01, betas=(0.9, 0.999), eps=1e-8),
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.02, momentum=0.9),
}


def build(case, flat):
    """A torch.nn.Sequential with these flat parameters."""
    widths = [case["inputs"], *case["hidden"], case["outputs"]]
    layers, offset = [], 0
    for place, (k, n) in enumerate(zip(widths, widths[1:])):
        linear = torch.nn.Linear(k, n, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(flat[offset:offset + k * n].reshape(k, n).T.copy()))
            linear.bias.copy_(torch.from_numpy(flat[offset + k * n:offset + k * n + n].copy()))
        offset += k * n + n
        layers.append(linear)
        if place < len(widths) - 2:
            layers.append(torch.nn.Tanh() if case["activation"] == "tanh" else torch.nn.ReLU())
    return torch.nn.Sequential(*layers)


def flat_gradients(model):
    """The gradients in the order of the flat parameters."""
    parts = []
    for layer in model:
        if isinstance(layer, torch.nn.Linear):
            parts += [layer.weight.grad.T.reshape(-1), layer.bias.grad]
    return torch.cat(parts).tolist()


def loss_of(case):
    return {
        "mse": torch.nn.MSELoss(),
        "mae": torch.nn.L1Loss(),
        "huber": torch.nn.HuberLoss(delta=HUBER_DELTA),
    }[case["loss"]]


def run(case, random):
    widths = [case["inputs"], *case["hidden"], case["outputs"]]
    count = sum((k + 1) * n for k, n in zip(widths, widths[1:]))
    flat = random.standard_normal(count) * 0.4
    x = random.standard_normal((case["rows"], case["inputs"]))
    y = random.standard_normal((case["rows"], case["outputs"]))
    inputs, targets, loss = torch.from_numpy(x), torch.from_numpy(y), loss_of(case)
    model = build(case, flat)
    outputs = model(inputs)
    value = loss(outputs, targets)
    value.backward()
    curves = {}
    for name, make in OPTIMIZERS.items():
        trained = build(case, flat)
        optimizer = make(trained.parameters())
        curves[name] = []
        for _ in range(STEPS):
            optimizer.zero_grad()
            step_loss = loss(trained(inputs), targets)
            step_loss.backward()
            optimizer.step()
            curves[name].append(step_loss.item())
    return {
        "spec": {key: case[key] for key in ("inputs", "hidden", "outputs", "activation")},
        "loss": case["loss"],
        "rows": case["rows"],
        "x": x.reshape(-1).tolist(),
        "y": y.reshape(-1).tolist(),
        "parameters": flat.tolist(),
        "outputs": outputs.reshape(-1).tolist(),
        "lossValue": value.item(),
        "gradients": flat_gradients(model),
        "curves": curves,
    }


def main():
    torch.set_num_threads(1)
    random = numpy.random.default_rng(SEED)
    golden = {
        "madeBy": {
            "command": "python tests/golden/nn/mlp_torch.py > tests/golden/nn/mlp_torch.json",
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": numpy.__version__,
            "seed": SEED,
        },
        "huberDelta": HUBER_DELTA,
        "adam": {"learningRate": 0.01},
        "sgd": {"learningRate": 0.02, "momentum": 0.9},
        "cases": [run(case, random) for case in CASES],
    }
    json.dump(golden, sys.stdout, indent=None, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
