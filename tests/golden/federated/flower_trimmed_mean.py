"""What Flower's trimmed mean made of β = 0.5 before it refused that.

    python3 -m venv venv && venv/bin/pip install flwr==1.20.0
    venv/bin/python flower_trimmed_mean.py > flower_trimmed_mean.json
"""
import json
import sys
from importlib.metadata import version

import numpy as np
from flwr.server.strategy.aggregate import aggregate_trimmed_avg

results = [([np.array([value])], 10) for value in (1.0, 2.0, 1e9, 4.0)]
(result,) = aggregate_trimmed_avg(results, 0.5)
json.dump(
    {
        "tool": f"flwr {version('flwr')}, numpy {version('numpy')}",
        "command": "python flower_trimmed_mean.py > flower_trimmed_mean.json",
        "values": [1.0, 2.0, 1e9, 4.0],
        "result": str(result[0]),
    },
    sys.stdout,
)
