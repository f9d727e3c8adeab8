"""What scikit-learn says about seeded answers, for tests/train/evaluation_test.ts.

Run with scikit-learn, numpy: python3 answers.py > answers.json
"""

import json

import numpy as np
from sklearn import __version__, metrics

CLASSES = ["normal", "dos", "probe", "r2l", "u2r"]


def case(seed, rows, digits, present):
    random = np.random.default_rng(seed)
    labels = random.choice(present, size=rows)
    logits = random.normal(size=(rows, 5)) + 1.5 * np.eye(5)[labels]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    # Few digits make ties.
    probabilities = np.round(probabilities, digits)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    chosen = probabilities.argmax(axis=1)
    everything = list(range(5))
    clipped = np.maximum(probabilities[np.arange(rows), labels], 5e-324)
    return {
        "labels": labels.tolist(),
        "probabilities": probabilities.reshape(-1).tolist(),
        "report": metrics.classification_report(
            labels, chosen, labels=everything, target_names=CLASSES, digits=4, zero_division=0),
        "dictionary": metrics.classification_report(
            labels, chosen, labels=everything, target_names=CLASSES, output_dict=True, zero_division=0),
        "confusion": metrics.confusion_matrix(labels, chosen, labels=everything).tolist(),
        "logLoss": float(-np.log(clipped).mean()),
        "rocAuc": [
            float(metrics.roc_auc_score(labels == c, probabilities[:, c])) if 0 < (labels == c).sum() < rows else None
            for c in everything
        ],
        "rocAucMacro": float(metrics.roc_auc_score(labels, probabilities, multi_class="ovr", average="macro"))
        if len(set(labels.tolist())) == 5 else None,
        "accuracyOfNormal": float((labels == 0).mean()),
        "macroF1OfNormal": float(metrics.f1_score(
            labels, np.zeros_like(labels), labels=everything, average="macro", zero_division=0)),
    }


print(json.dumps({
    "scikit-learn": __version__,
    "classes": CLASSES,
    "cases": {
        "every class": case(1, 120, 12, [0, 1, 2, 3, 4]),
        "with ties": case(2, 150, 1, [0, 1, 2, 3, 4]),
        "without u2r": case(3, 60, 3, [0, 1, 2, 3]),
    },
}))
