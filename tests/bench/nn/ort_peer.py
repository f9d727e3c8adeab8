"""onnxruntime as a contender, one thread, float32: python ort_peer.py FOLDER-WITH-MODELS"""
import sys

import numpy as np
import onnxruntime

from serve import serve

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1


def answer(name, inputs):
    session = onnxruntime.InferenceSession(f"{sys.argv[1]}/{name}.onnx", options, ["CPUExecutionProvider"])
    one = np.sin(np.arange(inputs, dtype=np.float32)).reshape(1, inputs)

    def run(repeats):
        for _ in range(repeats):
            session.run(None, {"x": one})

    return run


if __name__ == "__main__":
    serve({name: answer(name, inputs) for name, inputs in (("mlp-one", 122), ("sensor-one", 8), ("lstm-one", 50))})
