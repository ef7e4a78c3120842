"""Fixtures that follow from the papers' formulas alone, without PyTorch and diffusers: schedules with other ends, and the terms
of the variational bound with a learned variance.

    python3 -m venv /tmp/numpy-venv && /tmp/numpy-venv/bin/pip install numpy
    /tmp/numpy-venv/bin/python tests/golden/formulas.py

Schedules are computed with 50 decimal digits and rounded to f64 once. The terms are computed in f64 from inputs that are f32
numbers. Nothing here is shared with make.py, whose losses with the bound go by Nichol & Dhariwal's code.
"""
import json
import math
from decimal import Decimal, getcontext
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
VERSIONS = {"numpy": np.__version__}
getcontext().prec = 50


def write_json(name, value):
    (HERE / name).write_text(json.dumps(value, indent=1, allow_nan=False) + "\n")


# --- schedules ---------------------------------------------------------------------------------------


def linspace(start, end, count):
    return [start + (end - start) * i / (count - 1) for i in range(count)]


def betas_of(kind, timesteps, ends):
    """beta_t with all digits; `ends` are those of beta, or for log_snr those of ln SNR, the first step's first."""
    start, end = (Decimal(end) for end in ends)
    if kind == "linear":
        return linspace(start, end, timesteps)
    if kind == "scaled_linear":
        return [root**2 for root in linspace(start.sqrt(), end.sqrt(), timesteps)]
    # Kingma et al. 2021: alpha_bar = sigmoid(-gamma), where gamma, the negative ln SNR, is linear in t.
    alpha_bars = [1 / (1 + (-log_snr).exp()) for log_snr in linspace(start, end, timesteps)]
    return [1 - here / before for here, before in zip(alpha_bars, [Decimal(1), *alpha_bars])]


def table(kind, timesteps, ends):
    """The tables of Ho et al. 2020, eq. 4, 6 and 7, at a few dozen t."""
    rows = []
    before = Decimal(1)
    for beta in betas_of(kind, timesteps, ends):
        alpha_bar = before * (1 - beta)
        rows.append({
            "betas": beta,
            "alphas_cumprod": alpha_bar,
            "posterior_variance": beta * (1 - before) / (1 - alpha_bar),
            "posterior_mean_coef1": beta * before.sqrt() / (1 - alpha_bar),
            "posterior_mean_coef2": (1 - before) * (1 - beta).sqrt() / (1 - alpha_bar),
        })
        before = alpha_bar
    grid = np.linspace(0, timesteps - 1, 25).astype(int).tolist()
    index = sorted({0, 1, 2, 3, timesteps - 3, timesteps - 2, timesteps - 1, *grid})
    columns = {name: [float(rows[i][name]) for i in index] for name in rows[0]}
    return {"kind": kind, "timesteps": timesteps, "ends": [float(end) for end in ends], "index": index} | columns


# Stable Diffusion's betas, betas that lose the image within few steps, the ends of Kingma et al. 2021 (appendix I), and those of
# www/weights/bound.safetensors.
ENDS = {
    "linear": [("0.00085", "0.012"), ("0.001", "0.5")],
    "scaled_linear": [("0.00085", "0.012"), ("0.001", "0.5")],
    "log_snr": [("13.3", "-5"), ("10.5", "-5")],
}


def schedule_ends():
    write_json("schedule_ends.json", {
        "versions": VERSIONS,
        "tables": [table(kind, timesteps, ends) for kind in ENDS for ends in ENDS[kind] for timesteps in (10, 1000)],
    })


# --- the variational bound ---------------------------------------------------------------------------

IMAGES, SIZE = 2, 4
# The schedule, its ends, T and the prediction of each variance. The range of the second is as wide as its steps are large:
# with T = 1000 the two fixed variances are almost the same at most t.
LEARNED = {
    "learned": ("linear", ("0.0001", "0.02"), 1000, "v"),
    "learned_range": ("log_snr", ("10.5", "-5"), 20, "epsilon"),
}


def to_f32(values):
    return np.asarray(values, dtype=np.float32)


def gaussian_divergence(mean, variance, other_mean, other_variance):
    """KL(N(mean, variance) || N(other_mean, other_variance)), number by number."""
    return 0.5 * (np.log(other_variance / variance) + (variance + (mean - other_mean) ** 2) / other_variance - 1)


def reverse_step(x0, x_t, alpha_bar, before):
    """Mean and variance of q(x_prev | x_t, x0), by Bayes' rule from q(x_prev | x0) and q(x_t | x_prev)."""
    alpha = alpha_bar / before
    variance = 1 / (1 / (1 - before) + alpha / (1 - alpha))
    return variance * (math.sqrt(before) * x0 / (1 - before) + math.sqrt(alpha) * x_t / (1 - alpha)), variance


def upper_tail(z):
    return 0.5 * math.erfc(z / math.sqrt(2))


def grey_level_cost(x0, mean, sigma):
    """-ln of the mass that N(mean, sigma²) gives to the interval of one grey level (Ho et al. 2020, eq. 13)."""
    low, high = (x0 - 1 / 255 - mean) / sigma, (x0 + 1 / 255 - mean) / sigma
    if x0 < -0.999:
        low = -math.inf
    if x0 > 0.999:
        high = math.inf
    if low + high < 0:  # mirrored into the upper tail, where a small mass keeps its digits
        low, high = -high, -low
    return -math.log(upper_tail(low) - upper_tail(high))


def term(variance_type, prediction, t, alpha_bars, betas, x0, x_t, output, v):
    """The term of the bound of each image, in nats."""
    alpha_bar, before = alpha_bars[t], alpha_bars[t - 1] if t > 0 else 1.0
    a, s = math.sqrt(alpha_bar), math.sqrt(1 - alpha_bar)
    x0_hat = {"epsilon": (x_t - s * output) / a, "v": a * x_t - s * output}[prediction]
    # For the decoder the smaller end of the variance is that of the second step.
    _, small = reverse_step(0.0, 0.0, alpha_bars[max(t, 1)], alpha_bars[max(t, 1) - 1])
    if variance_type == "learned":
        variance = np.exp(v)
    else:
        w = (v + 1) / 2
        variance = betas[t] ** w * small ** (1 - w)
    if t == 0:
        terms = np.vectorize(grey_level_cost)(x0, x0_hat, np.sqrt(variance))
    else:
        mean, posterior_variance = reverse_step(x0, x_t, alpha_bar, before)
        other_mean, _ = reverse_step(x0_hat, x_t, alpha_bar, before)
        terms = gaussian_divergence(mean, posterior_variance, other_mean, variance)
    return terms.reshape(IMAGES, -1).sum(1)


def term_case(rng, variance_type, t):
    schedule, ends, timesteps, prediction = LEARNED[variance_type]
    betas = np.array([float(beta) for beta in betas_of(schedule, timesteps, ends)])
    alpha_bars = np.cumprod(1 - betas)
    shape = (IMAGES, 1, SIZE, SIZE)
    # Grey levels of bytes, both ends among them: the decoder treats these apart.
    levels = rng.integers(0, 256, shape) * rng.integers(0, 2, shape)
    x0 = to_f32(np.where(rng.uniform(size=shape) < 0.2, 255, levels) / 127.5 - 1)
    eps = to_f32(rng.standard_normal(shape))
    a, s = math.sqrt(alpha_bars[t]), math.sqrt(1 - alpha_bars[t])
    x_t = to_f32(a * x0.astype(float) + s * eps.astype(float))
    target = eps if prediction == "epsilon" else a * eps.astype(float) - s * x0.astype(float)
    output = to_f32(target + 0.3 * rng.standard_normal(shape))
    # Variances around and beyond the two fixed ones.
    v = rng.uniform(-1.2, 1.2, shape)
    if variance_type == "learned":
        v = math.log(betas[max(t, 1)]) + 0.5 * v
    inputs = {"x0": x0, "eps": eps, "x_t": x_t, "output": output, "variance": to_f32(v)}
    inputs = {name: values.astype(float) for name, values in inputs.items()}
    chosen = [inputs[name] for name in ("x0", "x_t", "output", "variance")]
    terms = term(variance_type, prediction, t, alpha_bars, betas, *chosen)
    about = {"variance_type": variance_type, "prediction": prediction, "schedule": schedule, "timesteps": timesteps}
    about |= {"ends": [float(end) for end in ends], "t": t}
    return about | {name: values.ravel().tolist() for name, values in inputs.items()} | {"terms": terms.tolist()}


def bound_terms():
    rng = np.random.default_rng(8)
    cases = []
    for variance_type, (_, _, timesteps, _) in LEARNED.items():
        # The first step, whose term is the decoder's, the second, one in the middle and the last.
        for t in (0, 1, timesteps * 7 // 16, timesteps - 1):
            cases.append(term_case(rng, variance_type, t))
    write_json("bound_terms.json", {"versions": VERSIONS, "shape": [IMAGES, 1, SIZE, SIZE], "cases": cases})


if __name__ == "__main__":
    for fixture in (schedule_ends, bound_terms):
        fixture()
        print("made", fixture.__name__)
