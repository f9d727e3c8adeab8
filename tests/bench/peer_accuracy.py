"""What the peers reach on NSL-KDD: `peer_accuracy.py TASK.json` prints a line of JSON for every training.

TASK.json: {"train": FILE, "test": FILE, "classes": [...], "classOf": {attack: class}, "validationRows": [...],
"testRows": [...], "seeds": [...]}. Same split and preparation as the plain recipe: numbers standardised by the
training file, one-hot of its categories; 64-64-32 ReLU, softmax, cross-entropy, Adam 1e-3, batch 64, 30 epochs.
A peer that cannot be imported is left out, with a line that says so.
"""
import json
import sys
import time

import numpy as np

CATEGORIES = (1, 2, 3)
HIDDEN = (64, 64, 32)
EPOCHS, BATCH, RATE = 30, 64, 1e-3


def read(path, task):
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split(",") for line in file if line.strip()]
    labels = np.array([task["classes"].index(task["classOf"][row[41]]) for row in rows])
    numbers = np.array([[float(row[i]) for i in range(41) if i not in CATEGORIES] for row in rows])
    return numbers, [[row[i] for row in rows] for i in CATEGORIES], labels


def prepare(task):
    numbers, categories, labels = read(task["train"], task)
    held, held_categories, held_labels = read(task["test"], task)
    center, scale = numbers.mean(0), numbers.std(0)
    scale[scale == 0] = 1
    train, test = [(numbers - center) / scale], [(held - center) / scale]
    for seen, other in zip(categories, held_categories):
        place = {value: i for i, value in enumerate(dict.fromkeys(seen))}
        for values, blocks in ((seen, train), (other, test)):
            block = np.zeros((len(values), len(place)))
            for row, value in enumerate(values):
                if value in place:
                    block[row, place[value]] = 1
            blocks.append(block)
    return np.hstack(train).astype("f4"), labels, np.hstack(test).astype("f4"), held_labels


def macro_f1(labels, chosen, classes):
    scores = []
    for c in range(classes):
        both = (labels == c).sum() + (chosen == c).sum()
        scores.append(2 * ((labels == c) & (chosen == c)).sum() / both if both else 0)
    return float(np.mean(scores))


def reach(labels, chosen, classes):
    return macro_f1(labels, chosen, classes) + float((chosen == labels).mean())


def fit_offsets(logits, labels):
    """The program's search on its grid, -10 to 10 in steps of 0.1, for its goal: macro-F1 + accuracy."""
    classes = logits.shape[1]
    offsets, best = np.zeros(classes), reach(labels, logits.argmax(1), classes)
    for _ in range(20):
        gained = False
        for c in range(classes):
            scores = []
            for offset in np.arange(-100, 101) / 10:
                tried = offsets.copy()
                tried[c] = offset
                scores.append(reach(labels, (logits + tried).argmax(1), classes))
            if max(scores) > best + 1e-12:
                best, first = max(scores), int(np.argmax(scores))
                last = first
                while last + 1 < len(scores) and scores[last + 1] == best:
                    last += 1
                offsets[c] = (first + last) // 2 / 10 - 10
                gained = True
        if not gained:
            break
    return offsets


def keras_logits(data, seed):
    import os

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    x, y, held, _ = data
    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Dense(units, activation="relu") for units in HIDDEN]
    model = keras.Sequential([keras.Input((x.shape[1],)), *layers, keras.layers.Dense(5, activation="softmax")])
    model.compile(optimizer=keras.optimizers.Adam(RATE), loss="sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return np.log(np.maximum(model.predict(held, verbose=0, batch_size=4096), 1e-30))


def torch_logits(data, seed):
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    x, y, held, _ = data
    layers, before = [], x.shape[1]
    for units in HIDDEN:
        layers += [torch.nn.Linear(before, units), torch.nn.ReLU()]
        before = units
    model = torch.nn.Sequential(*layers, torch.nn.Linear(before, 5))
    for layer in model:
        if isinstance(layer, torch.nn.Linear):
            torch.nn.init.xavier_uniform_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
    adam = torch.optim.Adam(model.parameters(), lr=RATE, eps=1e-7)
    inputs, labels = torch.tensor(x), torch.tensor(y)
    for _ in range(EPOCHS):
        order = torch.randperm(len(labels))
        for start in range(0, len(labels), BATCH):
            rows = order[start : start + BATCH]
            loss = torch.nn.functional.cross_entropy(model(inputs[rows]), labels[rows])
            adam.zero_grad()
            loss.backward()
            adam.step()
    with torch.no_grad():
        return model(torch.tensor(held)).numpy()


def forest_logits(data, seed):
    from sklearn.ensemble import RandomForestClassifier

    x, y, held, _ = data
    forest = RandomForestClassifier(100, random_state=seed).fit(x, y)
    return np.log(np.maximum(forest.predict_proba(held), 1e-3))


PEERS = {"Keras": keras_logits, "PyTorch": torch_logits, "RandomForest(100)": forest_logits}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        task = json.load(file)
    data = prepare(task)
    labels, validation, test = data[3], task["validationRows"], task["testRows"]
    for name in task["peers"]:
        for seed in task["seeds"]:
            start = time.time()
            try:
                logits = PEERS[name](data, seed)
            except ImportError as error:
                print(json.dumps({"peer": name, "missing": str(error)}), flush=True)
                break
            seconds = time.time() - start
            for suffix, offsets in (("", 0), (" + offsets", fit_offsets(logits[validation], labels[validation]))):
                chosen = (logits + offsets).argmax(1)
                result = {
                    "peer": name + suffix,
                    "seed": seed,
                    "accuracy": float((chosen[test] == labels[test]).mean()),
                    "macroF1": macro_f1(labels[test], chosen[test], len(task["classes"])),
                    "seconds": seconds,
                }
                print(json.dumps(result), flush=True)


main()
