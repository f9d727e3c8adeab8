"""Writes training_torch.json and lstm_torch.json: what PyTorch computes, in float64, for the cases of networks.py.

    python3 -m venv torch-venv && torch-venv/bin/pip install torch numpy
    torch-venv/bin/python tests/golden/nn/networks_torch.py training > tests/golden/nn/training_torch.json
    torch-venv/bin/python tests/golden/nn/networks_torch.py lstm > tests/golden/nn/lstm_torch.json

Of each case: outputs (before the softmax or sigmoid that a loss has inside), loss, the loss by every parameter, and
the first losses under each optimizer. `sequence` is what the first LSTM gives, (B, T, H).
"""
import json
import sys

import numpy
import torch

import networks

EPSILON = 1e-8
ACTIVATIONS = {
    "identity": lambda z: z, "relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
}


class Network(torch.nn.Module):
    def __init__(self, spec, tensors):
        super().__init__()
        self.spec = spec
        self.parts = torch.nn.ModuleList(
            self.lstm(*layer) if len(layer) == 3 else self.dense(*layer) for layer in tensors)

    @staticmethod
    def lstm(kernel, recurrent, bias):
        made = torch.nn.LSTM(kernel.shape[0], recurrent.shape[0], batch_first=True, dtype=torch.float64)
        with torch.no_grad():
            made.weight_ih_l0.copy_(torch.from_numpy(kernel.T.copy()))
            made.weight_hh_l0.copy_(torch.from_numpy(recurrent.T.copy()))
            made.bias_ih_l0.copy_(torch.from_numpy(bias))
            made.bias_hh_l0.zero_()
        made.bias_hh_l0.requires_grad = False
        return made

    @staticmethod
    def dense(weight, bias):
        made = torch.nn.Linear(*weight.shape, dtype=torch.float64)
        with torch.no_grad():
            made.weight.copy_(torch.from_numpy(weight.T.copy()))
            made.bias.copy_(torch.from_numpy(bias))
        return made

    def forward(self, x):
        values = x if isinstance(self.parts[0], torch.nn.LSTM) else x.reshape(len(x), -1)
        for part, layer in zip(self.parts, self.spec["layers"]):
            if layer["kind"] == "lstm":
                values, _ = part(values)
            else:
                values = ACTIVATIONS[layer["activation"]](part(values[:, -1] if values.dim() == 3 else values))
        return values

    def gradients(self):
        """In the order of the flat parameters."""
        found = []
        for part in self.parts:
            if isinstance(part, torch.nn.LSTM):
                found.append([part.weight_ih_l0.grad.T, part.weight_hh_l0.grad.T, part.bias_ih_l0.grad])
            else:
                found.append([part.weight.grad.T, part.bias.grad])
        return networks.flat([[tensor.numpy() for tensor in layer] for layer in found])


def loss_of(case):
    options, functional = case["lossOptions"], torch.nn.functional
    smoothing = options.get("labelSmoothing", 0)
    if case["loss"] == "crossEntropy":
        weights = torch.tensor(options.get("classWeights", [1.0] * options["classes"]), dtype=torch.float64)
        # PyTorch's own `weight` divides by the sum of the weights; Keras' class_weight does not.
        return lambda z, y: (
            weights[y] * functional.cross_entropy(z, y, reduction="none", label_smoothing=smoothing)).mean()
    if case["loss"] == "binaryCrossEntropy":
        return lambda z, y: functional.binary_cross_entropy_with_logits(z, y * (1 - smoothing) + smoothing / 2)
    return torch.nn.MSELoss() if case["loss"] == "mse" else torch.nn.HuberLoss(delta=options["delta"])


def optimizer_of(settings, parameters):
    options, optim = settings["options"], torch.optim
    rate = options["learningRate"]
    if settings["name"] == "sgd":
        return optim.SGD(
            parameters, lr=rate, momentum=options["momentum"], nesterov=options.get("nesterov", False))
    if settings["name"] == "rmsprop":
        return optim.RMSprop(
            parameters, lr=rate, alpha=options["beta2"], eps=EPSILON, momentum=options.get("momentum", 0))
    common = {"lr": rate, "betas": (options["beta1"], options["beta2"]), "eps": EPSILON}
    if settings["name"] == "adam":
        return optim.Adam(parameters, **common)
    return optim.AdamW(parameters, **common, weight_decay=options["weightDecay"])


class Torch:
    versions = {"torch": torch.__version__}

    @staticmethod
    def run(case, numbers, optimizers):
        tensors, x, y = numbers
        inputs, targets, loss = torch.from_numpy(x), torch.from_numpy(y), loss_of(case)
        network = Network(case["spec"], tensors)
        outputs = network(inputs)
        value = loss(outputs, targets)
        value.backward()
        curves = {}
        for name, settings in optimizers.items():
            trained = Network(case["spec"], tensors)
            optimizer = optimizer_of(settings, [p for p in trained.parameters() if p.requires_grad])
            curves[name] = []
            for _ in range(networks.STEPS):
                optimizer.zero_grad()
                step_loss = loss(trained(inputs), targets)
                step_loss.backward()
                optimizer.step()
                curves[name].append(step_loss.item())
        found = {
            "outputs": outputs.reshape(-1).tolist(),
            "lossValue": value.item(),
            "gradients": network.gradients(),
            "curves": curves,
        }
        if case["spec"]["layers"][0]["kind"] == "lstm":
            with torch.no_grad():
                found["sequence"] = network.parts[0](inputs)[0].reshape(-1).tolist()
        return found


def main():
    torch.set_num_threads(1)
    cases = networks.LSTM if sys.argv[1] == "lstm" else networks.TRAINING
    kept = ("adam",) if sys.argv[1] == "lstm" else networks.OPTIMIZERS
    optimizers = {}
    for name in kept:
        settings = networks.OPTIMIZERS[name]
        options = settings["options"] if settings["name"] == "sgd" else {**settings["options"], "epsilon": EPSILON}
        optimizers[name] = {"name": settings["name"], "options": options}
    json.dump(networks.golden(cases, optimizers, Torch), sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
