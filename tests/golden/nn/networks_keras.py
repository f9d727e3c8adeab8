"""Writes training_keras.json and lstm_keras.json: what Keras computes, in float64, for the cases of networks.py.

    python3 -m venv keras-venv && keras-venv/bin/pip install tensorflow-cpu
    keras-venv/bin/python tests/golden/nn/networks_keras.py training > tests/golden/nn/training_keras.json
    keras-venv/bin/python tests/golden/nn/networks_keras.py lstm > tests/golden/nn/lstm_keras.json

Of each case: outputs (before the softmax or sigmoid that a loss has inside), loss, the loss by every parameter, and
the first losses under each optimizer, by `train_on_batch` with `class_weight`. `sequence` is what the first LSTM
gives, (B, T, H). Epsilon is next to nothing, as Keras has it in another place than PyTorch.
"""
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy
import tensorflow

import networks

EPSILON = 1e-30
keras.backend.set_floatx("float64")


def build(spec, tensors):
    layers = [keras.layers.Input((spec["steps"], spec["inputs"]))]
    if spec["layers"][0]["kind"] == "dense":
        layers.append(keras.layers.Flatten())
    for layer, following in zip(spec["layers"], [*spec["layers"][1:], None]):
        if layer["kind"] == "lstm":
            sequences = following["kind"] == "lstm"
            layers.append(keras.layers.LSTM(layer["units"], return_sequences=sequences))
        else:
            activation = None if layer["activation"] == "identity" else layer["activation"]
            layers.append(keras.layers.Dense(layer["units"], activation=activation))
    model = keras.Sequential(layers)
    model.set_weights([tensor for layer in tensors for tensor in layer])
    return model


def loss_of(case):
    """The loss, and how it wants the targets."""
    options, losses = case["lossOptions"], keras.losses
    smoothing = options.get("labelSmoothing", 0)
    if case["loss"] == "crossEntropy":
        if smoothing == 0:
            return losses.SparseCategoricalCrossentropy(from_logits=True), lambda y: y
        one_hot = lambda y: numpy.eye(options["classes"])[y]
        return losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing), one_hot
    if case["loss"] == "binaryCrossEntropy":
        return losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing), lambda y: y
    return (keras.losses.MeanSquaredError() if case["loss"] == "mse"
            else keras.losses.Huber(delta=options["delta"])), lambda y: y


def optimizer_of(settings):
    options, optimizers = settings["options"], keras.optimizers
    rate = options["learningRate"]
    if settings["name"] == "sgd":
        return optimizers.SGD(
            learning_rate=rate, momentum=options["momentum"], nesterov=options.get("nesterov", False))
    if settings["name"] == "rmsprop":
        return optimizers.RMSprop(
            learning_rate=rate, rho=options["beta2"], epsilon=EPSILON, momentum=options.get("momentum", 0))
    common = {"learning_rate": rate, "beta_1": options["beta1"], "beta_2": options["beta2"], "epsilon": EPSILON}
    if settings["name"] == "adam":
        return optimizers.Adam(**common)
    return optimizers.AdamW(**common, weight_decay=options["weightDecay"])


class Keras:
    versions = {"keras": keras.__version__, "tensorflow": tensorflow.__version__}

    @staticmethod
    def run(case, numbers, optimizers):
        tensors, x, y = numbers
        loss, targets_of = loss_of(case)
        targets = targets_of(y)
        weights = case["lossOptions"].get("classWeights")
        model = build(case["spec"], tensors)
        with tensorflow.GradientTape() as tape:
            outputs = model(x, training=True)
            row_weights = None if weights is None else numpy.array(weights, dtype=float)[y]
            value = loss(targets, outputs, sample_weight=row_weights)
        gradients = tape.gradient(value, [variable.value for variable in model.trainable_variables])
        curves = {}
        for name, settings in optimizers.items():
            trained = build(case["spec"], tensors)
            trained.compile(optimizer=optimizer_of(settings), loss=loss, run_eagerly=True)
            curves[name] = []
            for _ in range(networks.STEPS):
                trained.reset_metrics()
                class_weight = None if weights is None else dict(enumerate(weights))
                step_loss = trained.train_on_batch(x, targets, class_weight=class_weight)
                curves[name].append(float(step_loss))
        found = {
            "outputs": numpy.asarray(outputs).reshape(-1).tolist(),
            "lossValue": float(value),
            "gradients": networks.flat([[gradient.numpy() for gradient in gradients]]),
            "curves": curves,
        }
        if case["spec"]["layers"][0]["kind"] == "lstm":
            sequence = keras.layers.LSTM(case["spec"]["layers"][0]["units"], return_sequences=True)
            sequence.build(x.shape)
            sequence.set_weights(tensors[0])
            found["sequence"] = numpy.asarray(sequence(x)).reshape(-1).tolist()
        return found


def main():
    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    cases = networks.LSTM if sys.argv[1] == "lstm" else networks.TRAINING
    kept = ("adam",) if sys.argv[1] == "lstm" else networks.OPTIMIZERS
    optimizers = {}
    for name in kept:
        settings = networks.OPTIMIZERS[name]
        options = settings["options"] if settings["name"] == "sgd" else {**settings["options"], "epsilon": EPSILON}
        optimizers[name] = {"name": settings["name"], "options": options}
    json.dump(networks.golden(cases, optimizers, Keras), sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
