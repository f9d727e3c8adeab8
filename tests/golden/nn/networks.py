"""The networks, losses and optimizers that networks_torch.py and networks_keras.py compute; NumPy alone.

All parameters of a network are one flat list, layer after layer:

- dense: weight W[in][out], then bias
- lstm: kernel (F, 4H), recurrent (H, 4H), bias (4H), the gates in the order i, f, g, o: input, forget, candidate,
  output. Keras has just that (it calls the candidate c). PyTorch's weight_ih and weight_hh are the transposed of
  kernel and recurrent, its gates are in the same order too; its second bias, bias_hh, is 0 and not trained.

Inputs are (B, T, F), row-major. Class labels are indices.
"""
import platform

import numpy

SEED = 20240303
STEPS = 10


def dense(units, activation="identity"):
    return {"kind": "dense", "units": units, "activation": activation}


def lstm(units):
    return {"kind": "lstm", "units": units}


TRAINING = [
    {"spec": {"inputs": 6, "steps": 1, "layers": [dense(8, "relu"), dense(5, "relu"), dense(4)]},
     "loss": "crossEntropy", "lossOptions": {"classes": 4}, "rows": 10},
    {"spec": {"inputs": 5, "steps": 1, "layers": [dense(7, "tanh"), dense(3)]},
     "loss": "crossEntropy", "lossOptions": {"classes": 3, "classWeights": [0.3, 1.5, 4]}, "rows": 9},
    {"spec": {"inputs": 5, "steps": 1, "layers": [dense(7, "sigmoid"), dense(5)]},
     "loss": "crossEntropy", "lossOptions": {"classes": 5, "labelSmoothing": 0.1}, "rows": 11},
    {"spec": {"inputs": 3, "steps": 1, "layers": [dense(6, "relu"), dense(3)]},
     "loss": "crossEntropy",
     "lossOptions": {"classes": 3, "classWeights": [2, 0.5, 1], "labelSmoothing": 0.2}, "rows": 8},
    {"spec": {"inputs": 4, "steps": 1, "layers": [dense(6, "tanh"), dense(3)]},
     "loss": "binaryCrossEntropy", "lossOptions": {}, "rows": 6},
    {"spec": {"inputs": 4, "steps": 1, "layers": [dense(6, "relu"), dense(1)]},
     "loss": "binaryCrossEntropy", "lossOptions": {"labelSmoothing": 0.2}, "rows": 7},
    {"spec": {"inputs": 5, "steps": 1, "layers": [dense(6, "tanh"), dense(2)]},
     "loss": "mse", "lossOptions": {}, "rows": 9},
    {"spec": {"inputs": 5, "steps": 1, "layers": [dense(6, "sigmoid"), dense(2, "tanh")]},
     "loss": "huber", "lossOptions": {"delta": 0.75}, "rows": 9},
]
LSTM = [
    {"spec": {"inputs": 2, "steps": 5, "layers": [lstm(4), lstm(3), dense(1)]},
     "loss": "mse", "lossOptions": {}, "rows": 3},
    {"spec": {"inputs": 3, "steps": 7, "layers": [lstm(5), dense(6, "tanh"), dense(2)]},
     "loss": "mse", "lossOptions": {}, "rows": 4},
    {"spec": {"inputs": 1, "steps": 1, "layers": [lstm(1), dense(1)]},
     "loss": "mse", "lossOptions": {}, "rows": 1},
    {"spec": {"inputs": 2, "steps": 6, "layers": [lstm(3), lstm(3), lstm(2), dense(3)]},
     "loss": "crossEntropy", "lossOptions": {"classes": 3}, "rows": 5, "inputScale": 20},
]
# All settings are sums of few powers of two: Keras rounds them to 32 bits before it computes in 64.
OPTIMIZERS = {
    "sgd": {"name": "sgd", "options": {"learningRate": 0.0625, "momentum": 0.0}},
    "sgd with momentum": {"name": "sgd", "options": {"learningRate": 0.015625, "momentum": 0.875}},
    "sgd with Nesterov's momentum": {
        "name": "sgd", "options": {"learningRate": 0.015625, "momentum": 0.75, "nesterov": True}},
    "adam": {"name": "adam", "options": {"learningRate": 0.0078125, "beta1": 0.875, "beta2": 1 - 2**-10}},
    "adamw": {"name": "adamw", "options": {
        "learningRate": 0.015625, "beta1": 0.75, "beta2": 1 - 2**-6, "weightDecay": 0.25}},
    "rmsprop": {"name": "rmsprop", "options": {"learningRate": 0.0078125, "beta2": 0.875}},
    "rmsprop with momentum": {"name": "rmsprop", "options": {
        "learningRate": 0.00390625, "beta2": 1 - 2**-5, "momentum": 0.75}},
}


def shapes(spec):
    """Of each layer's tensors, in the order of the flat list."""
    found, steps, width = [], spec["steps"], spec["inputs"]
    for place, layer in enumerate(spec["layers"]):
        units = layer["units"]
        if layer["kind"] == "lstm":
            found.append([(width, 4 * units), (units, 4 * units), (4 * units,)])
            steps = steps if spec["layers"][place + 1]["kind"] == "lstm" else 1
        else:
            found.append([(steps * width, units), (units,)])
            steps = 1
        width = units
    return found


def draw(case, random):
    """Parameters (a list of tensors per layer), x (B, T, F) and y."""
    spec, rows = case["spec"], case["rows"]
    tensors = [[random.standard_normal(shape) * 0.5 for shape in layer] for layer in shapes(spec)]
    x = random.standard_normal((rows, spec["steps"], spec["inputs"])) * case.get("inputScale", 1)
    outputs = spec["layers"][-1]["units"]
    if case["loss"] == "crossEntropy":
        y = random.integers(outputs, size=rows)
    elif case["loss"] == "binaryCrossEntropy":
        y = random.random((rows, outputs))
    else:
        y = random.standard_normal((rows, outputs))
    return tensors, x, y


def flat(tensors):
    return [float(value) for layer in tensors for tensor in layer for value in numpy.asarray(tensor).reshape(-1)]


def golden(cases, optimizers, software):
    """Runs `software.run` on every case; `software.versions` says what made it."""
    random = numpy.random.default_rng(SEED)
    found = []
    for case in cases:
        tensors, x, y = draw(case, random)
        found.append({
            **{key: case[key] for key in ("spec", "loss", "lossOptions", "rows")},
            "x": x.reshape(-1).tolist(),
            "y": y.reshape(-1).tolist(),
            "parameters": flat(tensors),
            **software.run(case, (tensors, x, y), optimizers),
        })
    return {
        "madeBy": {
            "command": "see the script",
            "python": platform.python_version(),
            "numpy": numpy.__version__,
            "seed": SEED,
            **software.versions,
        },
        "optimizers": optimizers,
        "cases": found,
    }
