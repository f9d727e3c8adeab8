"""Keras or TFLite as a contender, one thread, float32: python keras_peer.py keras|tflite"""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf
import keras
from keras import layers

from serve import serve

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
keras.utils.set_random_seed(1)


def dense(inputs, hidden, outputs, last):
    return keras.Sequential(
        [keras.Input((inputs,))] + [layers.Dense(n, "relu") for n in hidden] + [layers.Dense(outputs, last)]
    )


def compiled(model, loss):
    model.compile(keras.optimizers.Adam(1e-3), loss)
    return model


def new_mlp():
    return compiled(dense(122, (64, 64, 32), 5, "softmax"), "sparse_categorical_crossentropy")


mlp, sensor = new_mlp(), dense(8, (32, 16), 1, None)
lstm = compiled(
    keras.Sequential([keras.Input((10, 5)), layers.LSTM(64, return_sequences=True), layers.LSTM(64), layers.Dense(1)]),
    "mse",
)
rng = np.random.default_rng(1)
x, y = rng.normal(size=(64, 122)).astype(np.float32), np.arange(64) % 5
lx, ly = rng.normal(size=(32, 10, 5)).astype(np.float32), rng.normal(size=(32, 1)).astype(np.float32)


def train(model, x, y):
    """What `fit` does, a whole round in one call: the quickest way that Keras has."""

    def run(repeats):
        model.fit(np.tile(x, (repeats,) + (1,) * (x.ndim - 1)), np.tile(y, (repeats,) + (1,) * (y.ndim - 1)),
                  batch_size=len(x), epochs=1, shuffle=False, verbose=0)

    return run


def record(*shape):
    return np.sin(np.arange(np.prod(shape), dtype=np.float32)).reshape(1, *shape)


def graph_answer(model, *shape):
    call = tf.function(model).get_concrete_function(tf.TensorSpec((1, *shape), tf.float32))
    one = record(*shape)

    def run(repeats):
        for _ in range(repeats):
            call(tf.constant(one)).numpy()

    return run


def tflite_answer(model, *shape):
    function = tf.function(model).get_concrete_function(tf.TensorSpec((1, *shape), tf.float32))
    converted = tf.lite.TFLiteConverter.from_concrete_functions([function], model).convert()
    interpreter = tf.lite.Interpreter(model_content=converted, num_threads=1)
    interpreter.allocate_tensors()
    into, out = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    one = record(*shape)

    def run(repeats):
        for _ in range(repeats):
            interpreter.set_tensor(into, one)
            interpreter.invoke()
            interpreter.get_tensor(out)

    return run


def recipe(path):
    def run(epochs):
        rows = np.load(path + "/x.npy"), np.load(path + "/y.npy")
        new_mlp().fit(*rows, batch_size=64, epochs=epochs, verbose=0)

    return run


if __name__ == "__main__":
    if sys.argv[1] == "tflite":
        serve({"mlp-one": tflite_answer(mlp, 122), "sensor-one": tflite_answer(sensor, 8)})
    else:
        serve({
            "mlp-train": train(mlp, x, y),
            "mlp-one": graph_answer(mlp, 122),
            "sensor-one": graph_answer(sensor, 8),
            "lstm-train": train(lstm, lx, ly),
            "lstm-one": graph_answer(lstm, 10, 5),
            **({"recipe": recipe(sys.argv[2])} if len(sys.argv) > 2 else {}),
        })
