"""Makes the network of the peer: `peer_model.py TASK.json` writes TASK.json.onnx.

TASK.json: {"layers": [{"weights": [[...]], "bias": [...]}], ...}, weights (inputs, outputs), tanh between the layers.
"""
import json
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def create_model(layers):
    nodes, initializers, name = [], [], "x"
    for index, layer in enumerate(layers):
        weights = np.array(layer["weights"], dtype=np.float32)
        initializers.append(numpy_helper.from_array(weights, f"w{index}"))
        initializers.append(numpy_helper.from_array(np.array(layer["bias"], dtype=np.float32), f"b{index}"))
        nodes.append(helper.make_node("Gemm", [name, f"w{index}", f"b{index}"], [f"z{index}"]))
        name = f"z{index}"
        if index < len(layers) - 1:
            nodes.append(helper.make_node("Tanh", [name], [f"a{index}"]))
            name = f"a{index}"
    graph = helper.make_graph(
        nodes,
        "mlp",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, len(layers[0]["weights"])])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1])],
        initializers,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def main():
    path = sys.argv[1]
    with open(path, encoding="utf-8") as file:
        onnx.save(create_model(json.load(file)["layers"]), f"{path}.onnx")


main()
