"""Writes schedule.json: what PyTorch's learning-rate schedulers and Keras' EarlyStopping do, epoch by epoch.

    python3 -m venv torch-venv && torch-venv/bin/pip install torch numpy
    python3 -m venv keras-venv && keras-venv/bin/pip install tensorflow-cpu
    torch-venv/bin/python tests/golden/nn/schedule.py torch > schedules.json
    keras-venv/bin/python tests/golden/nn/schedule.py keras schedules.json > tests/golden/nn/schedule.json
"""
import json
import platform
import sys

import numpy

SEED = 20240302
EPOCHS = 40
BASE_RATE = 0.05
SPECS = [
    {"kind": "constant"},
    {"kind": "step", "every": 7, "factor": 0.3},
    {"kind": "step", "every": 1, "factor": 0.9},
    {"kind": "cosine", "epochs": 40},
    {"kind": "cosine", "epochs": 25, "minimum": 0.002},
    {"kind": "plateau", "patience": 2, "factor": 0.5},
    {"kind": "plateau", "patience": 0, "factor": 0.7, "cooldown": 3, "minimum": 0.01},
    {"kind": "plateau", "patience": 1, "factor": 0.1, "threshold": 0.05},
]
STOPPING = [
    {"patience": 1},
    {"patience": 3},
    {"patience": 4, "minDelta": 0.05},
    {"patience": 3, "mode": "max"},
    {"patience": 5, "mode": "max", "minDelta": 0.02},
]


def losses():
    """Falls, stands, falls again, with noise; the same for all."""
    random = numpy.random.default_rng(SEED)
    fall = numpy.concatenate([numpy.linspace(1, 0.4, 15), numpy.full(10, 0.4), numpy.linspace(0.4, 0.3, 15)])
    return (fall + 0.02 * random.standard_normal(EPOCHS)).tolist()


def torch_rates(spec):
    import torch
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE_RATE)
    scheduler = torch.optim.lr_scheduler
    made = {
        "constant": lambda: scheduler.ConstantLR(optimizer, factor=1),
        "step": lambda: scheduler.StepLR(optimizer, spec["every"], gamma=spec["factor"]),
        # Its closed form has no end: it would rise again behind the last epoch.
        "cosine": lambda: scheduler.LambdaLR(optimizer, lambda passed: cosine(spec, passed)),
        "plateau": lambda: scheduler.ReduceLROnPlateau(
            optimizer, patience=spec["patience"], factor=spec["factor"], threshold=spec.get("threshold", 1e-4),
            cooldown=spec.get("cooldown", 0), min_lr=spec.get("minimum", 0), eps=0),
    }[spec["kind"]]()
    rates = []
    for loss in losses():
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if spec["kind"] == "plateau":
            scheduler_step = lambda: made.step(loss)
        else:
            scheduler_step = made.step
        scheduler_step()
    return rates


def cosine(spec, passed):
    """CosineAnnealingLR up to its T_max, from then on what it had there; as a share of the base rate."""
    import torch
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE_RATE)
    made = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, spec["epochs"], eta_min=spec.get("minimum", 0))
    for _ in range(min(passed, spec["epochs"])):
        optimizer.step()
        made.step()
    return optimizer.param_groups[0]["lr"] / BASE_RATE


def keras_stopping(options):
    import keras

    class Model:
        stop_training = False

    callback = keras.callbacks.EarlyStopping(
        monitor="figure", patience=options["patience"], min_delta=options.get("minDelta", 0),
        mode=options.get("mode", "min"))
    callback.set_model(Model())
    callback.on_train_begin()
    sign = -1 if options.get("mode") == "max" else 1
    for epoch, loss in enumerate(losses()):
        callback.on_epoch_end(epoch, {"figure": sign * loss})
        if callback.model.stop_training:
            return {**options, "stoppedAfter": epoch + 1, "bestEpoch": int(callback.best_epoch) + 1}
    return {**options, "stoppedAfter": None, "bestEpoch": int(callback.best_epoch) + 1}


def main():
    if sys.argv[1] == "torch":
        import torch
        golden = {
            "madeBy": {
                "command": "see tests/golden/nn/schedule.py",
                "python": platform.python_version(),
                "torch": torch.__version__,
                "numpy": numpy.__version__,
                "seed": SEED,
            },
            "baseRate": BASE_RATE,
            "losses": losses(),
            "schedules": [{"spec": spec, "rates": torch_rates(spec)} for spec in SPECS],
        }
    else:
        import keras
        with open(sys.argv[2]) as file:
            golden = json.load(file)
        golden["madeBy"]["keras"] = keras.__version__
        golden["stopping"] = [keras_stopping(options) for options in STOPPING]
    json.dump(golden, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
