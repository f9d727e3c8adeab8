"""Writes sklearn_*.onnx and sklearn.json: networks as skl2onnx writes them, and what scikit-learn itself answers.

Versions: scikit-learn 1.9.1, skl2onnx 1.20.0, onnx 1.23.2.   Use: python3 sklearn_graphs.py
"""
import json
import warnings

import numpy as np
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
random = np.random.default_rng(4)
X = random.normal([1, 20, -3, 0], [1, 5, 0.1, 2], (200, 4)).astype("float32")
CLASS = np.array(["red", "green", "blue"])[np.argmax((X - X.mean(0)) / X.std(0) @ random.normal(size=(4, 3)), axis=1)]
BINARY = (X[:, 0] > 1).astype(int)
AMOUNT = X[:, 0] * 2 - X[:, 3]
NET = {"hidden_layer_sizes": (8, 5), "max_iter": 40, "random_state": 4}

CASES = {
    "sklearn_classifier": (make_pipeline(StandardScaler(), MLPClassifier(**NET)), CLASS, {"zipmap": True}),
    "sklearn_classifier_plain": (MLPClassifier(activation="tanh", **NET), CLASS, {"zipmap": False}),
    "sklearn_binary": (make_pipeline(StandardScaler(), MLPClassifier(activation="logistic", **NET)), BINARY,
                       {"zipmap": False}),
    "sklearn_columns": (make_pipeline(StandardScaler(), MLPClassifier(**NET)), CLASS, {"zipmap": "columns"}),
    "sklearn_columns_binary": (make_pipeline(StandardScaler(), MLPClassifier(**NET)), BINARY, {"zipmap": "columns"}),
    "sklearn_columns_some": (MLPClassifier(**NET), CLASS, {"zipmap": "columns"}),
    "sklearn_columns_first": (MLPClassifier(**NET), BINARY, {"zipmap": "columns"}),
    "sklearn_regressor": (make_pipeline(StandardScaler(), MLPRegressor(**NET)), AMOUNT, None),
}

# Outputs that a user keeps of those, in an order of his own: the network still has all classes.
KEPT = {"sklearn_columns_some": ["sred", "sgreen"], "sklearn_columns_first": ["i0"]}

answers = {}
for name, (pipeline, target, options) in CASES.items():
    pipeline.fit(X, target)
    last = pipeline[-1] if hasattr(pipeline, "steps") else pipeline
    model = convert_sklearn(
        pipeline, initial_types=[("input", FloatTensorType([None, 4]))], target_opset=17,
        options=None if options is None else {id(last): options},
    )
    if name in KEPT:
        ports = {port.name: port for port in model.graph.output}
        del model.graph.output[:]
        model.graph.output.extend([ports[one] for one in KEPT[name]])
    with open(f"{name}.onnx", "wb") as file:
        file.write(model.SerializeToString())
    x = X[:5]
    y = pipeline.predict(x) if options is None else pipeline.predict_proba(x)
    answers[name] = {"shape": [4], "x": x.flatten().tolist(), "y": np.asarray(y).flatten().tolist()}
    if options is not None:
        answers[name]["classes"] = [str(one) for one in last.classes_]

with open("sklearn.json", "w") as file:
    json.dump(answers, file)
