"""Writes keras_*.onnx and keras.json: networks as Keras 3 exports them, and what Keras itself answers.

Versions: keras 3.15.1 (tensorflow-cpu 2.21.0), tf2onnx 1.17.0, onnx 1.23.2.   Use: python3 keras_graphs.py
"""
import json

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(4)
CASES = {
    "keras_mlp": keras.Sequential([
        layers.Input((4,)), layers.Dense(8, "relu"), layers.Dropout(0.3), layers.Dense(6, "tanh"),
        layers.Dense(3, "softmax"),
    ]),
    "keras_rescaled": keras.Sequential([
        layers.Input((4,)), layers.Rescaling(0.5, offset=-1.0), layers.Dense(5, "sigmoid"), layers.Dense(1),
    ]),
    "keras_lstm": keras.Sequential([layers.Input((7, 3)), layers.LSTM(6), layers.Dense(2)]),
    "keras_lstm_two": keras.Sequential([
        layers.Input((7, 3)), layers.LSTM(6, return_sequences=True), layers.LSTM(4), layers.Dense(1),
    ]),
}

answers = {}
for name, model in CASES.items():
    for weight in model.trainable_weights:  # biases that are not zero
        weight.assign(weight + 0.1 * np.random.default_rng(4).standard_normal(weight.shape))
    shape = model.input_shape[1:]
    x = np.random.default_rng(5).standard_normal((5, *shape)).astype("float32")
    y = model.predict(x, verbose=0)
    model.export(f"{name}.onnx", format="onnx", verbose=False)
    answers[name] = {"shape": list(shape), "x": x.flatten().tolist(), "y": y.flatten().tolist()}

with open("keras.json", "w") as file:
    json.dump(answers, file)
