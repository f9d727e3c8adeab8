"""What Gaussian noise gives away: ε of (ε, δ)-differential privacy, by scipy's normal distribution and by Google's accountant.

    pip install dp-accounting==0.6.0 scipy==1.17.1
    python privacy.py > privacy.json
"""

import json
import math

import dp_accounting as dp
import numpy as np
from dp_accounting.pld import PLDAccountant
from scipy.optimize import brentq
from scipy.stats import norm


def exact(z, rounds, delta):
    mu = math.sqrt(rounds) / z

    def off(epsilon):
        return (
            np.exp(norm.logcdf(mu / 2 - epsilon / mu))
            - np.exp(epsilon + norm.logcdf(-mu / 2 - epsilon / mu))
            - delta
        )

    return brentq(off, 0, 1e6, xtol=1e-14) if off(0) > 0 else 0.0


def google(z, rounds, delta):
    accountant = PLDAccountant()
    accountant.compose(dp.GaussianDpEvent(z), rounds)
    return accountant.get_epsilon(delta)


rows = []
for z, rounds, delta in [
    (1, 1, 1e-5),
    (1, 20, 1e-5),
    (0.5, 10, 1e-6),
    (1, 100, 1e-5),
    (10, 100, 1e-5),
    (100, 1, 1e-5),
    (2, 10_000, 1e-7),
    (1_000_000, 1, 1e-5),
]:
    rows.append(
        {
            "noiseMultiplier": z,
            "rounds": rounds,
            "delta": delta,
            "exact": exact(z, rounds, delta),
            "google": google(z, rounds, delta) if rounds <= 100 and z <= 10 else None,
        }
    )
print(json.dumps({"versions": {"dp-accounting": "0.6.0", "scipy": "1.17.1"}, "rows": rows}, indent=2))
