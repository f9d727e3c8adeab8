"""PyTorch as a contender, one thread, float32: python torch_peer.py"""
import numpy as np
import torch
from torch import nn

from serve import serve

torch.set_num_threads(1)
torch.manual_seed(1)


def dense(*widths):
    layers = []
    for before, after in zip(widths, widths[1:]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 64, num_layers=2, batch_first=True)
        self.out = nn.Linear(64, 1)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


mlp, sensor, lstm = dense(122, 64, 64, 32, 5), dense(8, 32, 16, 1), Lstm()
adam = {model: torch.optim.Adam(model.parameters(), lr=1e-3) for model in (mlp, lstm)}
x, y = torch.randn(64, 122), torch.arange(64) % 5
lx, ly = torch.randn(32, 10, 5), torch.randn(32, 1)


def train(model, loss, x, y):
    def run(repeats):
        for _ in range(repeats):
            adam[model].zero_grad()
            loss(model(x), y).backward()
            adam[model].step()

    return run


def answer(model, *shape):
    record = np.sin(np.arange(np.prod(shape), dtype=np.float32)).reshape(1, *shape)

    def run(repeats):
        with torch.inference_mode():
            for _ in range(repeats):
                model(torch.from_numpy(record)).numpy()

    return run


def recipe(path):
    """30 epochs over the rows of a file: (R, 122) float32, then (R) int64."""

    def run(epochs):
        rows = np.load(path + "/x.npy"), np.load(path + "/y.npy")
        x, y = torch.from_numpy(rows[0]), torch.from_numpy(rows[1])
        model, loss = dense(122, 64, 64, 32, 5), nn.CrossEntropyLoss()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        for _ in range(epochs):
            for batch in torch.randperm(len(x)).split(64):
                optimizer.zero_grad()
                loss(model(x[batch]), y[batch]).backward()
                optimizer.step()

    return run


if __name__ == "__main__":
    import sys

    serve({
        "mlp-train": train(mlp, nn.CrossEntropyLoss(), x, y),
        "mlp-one": answer(mlp, 122),
        "sensor-one": answer(sensor, 8),
        "lstm-train": train(lstm, nn.MSELoss(), lx, ly),
        "lstm-one": answer(lstm, 10, 5),
        **({"recipe": recipe(sys.argv[1])} if len(sys.argv) > 1 else {}),
    })
