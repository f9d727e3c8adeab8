"""Writes classification_sklearn.json: scikit-learn's reports, in text and as dictionaries, and its log-loss.

    python3 -m venv sklearn-venv && sklearn-venv/bin/pip install scikit-learn
    sklearn-venv/bin/python tests/golden/nn/classification_sklearn.py > tests/golden/nn/classification_sklearn.json

Each case is a confusion matrix (rows: actual). Every report is made with both settings of zero_division. Log-losses
are of probabilities that scikit-learn does not clip (all above 2.3e-16).
"""
import json
import platform
import sys

import numpy
import sklearn
from sklearn.metrics import classification_report, confusion_matrix, log_loss

SEED = 20240301
CASES = [
    {"classes": ["normal", "dos", "probe", "r2l", "u2r"], "digits": 4, "matrix": [
        [9400, 80, 220, 9, 2], [1500, 5900, 50, 8, 0], [250, 160, 1990, 21, 0], [1600, 2, 41, 1240, 4],
        [38, 0, 7, 10, 12]]},
    {"classes": ["normal", "attack"], "digits": 2, "matrix": [[50, 0], [0, 50]]},
    {"classes": ["ties", "to", "even"], "digits": 2, "matrix": [[1, 7, 0], [3, 3, 2], [0, 0, 8]]},
    {"classes": ["ties", "to", "even"], "digits": 4, "matrix": [[1, 31, 0], [0, 29, 3], [2, 0, 30]]},
    {"classes": ["halves", "alone"], "digits": 0, "matrix": [[1, 1], [0, 0]]},
    {"classes": ["never predicted", "predicted", "never seen"], "digits": 2,
     "matrix": [[0, 5, 0], [0, 7, 1], [0, 0, 0]]},
    {"classes": ["neither", "one class only"], "digits": 3, "matrix": [[0, 0], [0, 3]]},
    {"classes": ["all wrong", "as well"], "digits": 2, "matrix": [[0, 4], [3, 0]]},
    {"classes": ["single"], "digits": 15, "matrix": [[2]]},
    {"classes": ["a name that is longer than the headings", "größe", "☃"], "digits": 4,
     "matrix": [[12, 3, 1], [0, 1_000_000, 250_000], [1, 1, 1]]},
]


def pairs(matrix):
    """The labels, actual and predicted, that give the matrix."""
    cells = [(a, p, n) for a, row in enumerate(matrix) for p, n in enumerate(row)]
    actual = numpy.repeat([a for a, _, _ in cells], [n for _, _, n in cells])
    predicted = numpy.repeat([p for _, p, _ in cells], [n for _, _, n in cells])
    return actual, predicted


def run(case):
    labels = list(range(len(case["classes"])))
    actual, predicted = pairs(case["matrix"])
    assert confusion_matrix(actual, predicted, labels=labels).tolist() == case["matrix"]
    common = {"labels": labels, "target_names": case["classes"], "digits": case["digits"]}
    report = lambda zero, form: classification_report(
        actual, predicted, zero_division=zero, output_dict=form, **common)
    return {**case, "reports": [
        {"zeroDivision": zero, "text": report(zero, False), "dictionary": report(zero, True)} for zero in (0, 1)]}


def log_losses(random):
    found = []
    for rows, classes in ((1, 2), (40, 3), (1000, 5)):
        probabilities = random.dirichlet(numpy.full(classes, 0.3), rows)
        probabilities = numpy.clip(probabilities, 1e-12, None)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        actual = random.integers(classes, size=rows)
        found.append({
            "ofActual": probabilities[numpy.arange(rows), actual].tolist(),
            "logLoss": float(log_loss(actual, probabilities, labels=list(range(classes)))),
        })
    return found


def main():
    json.dump({
        "madeBy": {
            "command": "python tests/golden/nn/classification_sklearn.py > tests/golden/nn/classification_sklearn.json",
            "python": platform.python_version(),
            "scikit-learn": sklearn.__version__,
            "numpy": numpy.__version__,
            "seed": SEED,
        },
        "cases": [run(case) for case in CASES],
        "logLosses": log_losses(numpy.random.default_rng(SEED)),
    }, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
