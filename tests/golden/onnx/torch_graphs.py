"""Writes torch_*.onnx and torch.json: networks as PyTorch exports them, and what PyTorch itself answers.

Versions: torch 2.15, onnx 1.23.2, onnxscript 0.7.2.   Use: python3 torch_graphs.py
"""
import json

import onnx
import torch
from torch import nn

torch.manual_seed(4)


class Lstm(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.lstm = nn.LSTM(3, 6, num_layers=layers, batch_first=True)
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        sequence, _ = self.lstm(x)
        return self.head(sequence[:, -1, :])


class LstmHidden(nn.Module):
    """Takes the hidden state instead of the last step of the sequence."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 5, batch_first=True)
        self.head = nn.Linear(5, 1)

    def forward(self, x):
        _, (hidden, _) = self.lstm(x)
        return self.head(torch.relu(hidden[-1]))


MLP = nn.Sequential(
    nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 3), nn.Softmax(dim=-1)
)
FLAT = nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.Sigmoid(), nn.Linear(5, 1))

CASES = {
    "torch_mlp": (MLP, (4,), True),
    "torch_mlp_script": (MLP, (4,), False),
    "torch_flat": (FLAT, (4, 3), True),
    "torch_lstm": (Lstm(1), (7, 3), True),
    "torch_lstm_script": (Lstm(2), (7, 3), False),
    "torch_lstm_two": (Lstm(2), (7, 3), True),
    "torch_lstm_hidden": (LstmHidden(), (7, 3), True),
    "torch_lstm_hidden_script": (LstmHidden(), (7, 3), False),
}



def strip(path):
    """Leaves out where in the source each node comes from."""
    model = onnx.load(path)
    for part in [model, model.graph, *model.graph.node, *model.graph.value_info]:
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    del model.graph.value_info[:]
    onnx.save(model, path)


answers = {}
for name, (module, shape, dynamo) in CASES.items():
    module.eval()
    x = torch.randn(5, *shape)
    if dynamo:
        torch.onnx.export(
            module, (x,), f"{name}.onnx", dynamo=True, external_data=False, input_names=["x"],
            dynamic_shapes=({0: torch.export.Dim("batch")},), verbose=False,
        )
    else:
        torch.onnx.export(
            module, (x,), f"{name}.onnx", dynamo=False, opset_version=17, input_names=["x"], output_names=["y"],
            dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}},
        )
    strip(f"{name}.onnx")
    with torch.no_grad():
        y = module(x)
    answers[name] = {"shape": list(shape), "x": x.flatten().tolist(), "y": y.flatten().tolist()}

with open("torch.json", "w") as file:
    json.dump(answers, file)
