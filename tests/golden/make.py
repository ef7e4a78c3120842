"""Makes the fixtures in this folder, but for those of formulas.py and pictures.py: the numbers that the Rust code must agree with.

    python3 -m venv /tmp/torch-venv                      # outside the project: torch brings 5 GB
    /tmp/torch-venv/bin/pip install torch diffusers safetensors numpy
    /tmp/torch-venv/bin/python tests/golden/make.py      # all, or: make.py unet_tiny schedule ...

Inputs are f32 numbers from numpy's PCG64 with fixed seeds. All results are computed from them in f64 by PyTorch, diffusers or
numpy and rounded to f32 once at the end, so the error of a fixture is half a unit in the last place. `f32_floor` in its
metadata is the error of PyTorch in f32; a test's tolerance must be larger. README.md describes the files.
"""
import math
import sys

import numpy as np
import torch
from torch.nn.functional import mse_loss

import samplers
from common import BETAS, VERSIONS, gap, linear_betas, normal, prefixed, tables, write_json, write_tensors
from ddpm_steps import ddpm_steps
from unet import UNet

MICRO = {"channels": [4, 8, 8], "groups": 2}
TINY = {"channels": [12, 24, 24], "groups": 4}
NO_CLASS = 10


# --- inputs ------------------------------------------------------------------------------------------


def random_weights(rng, unet):
    """Weights none of which hides a mistake: norms near but not at 1, biases and conv_out not 0."""
    weights = {}
    for name, p in UNet(**unet).state_dict().items():
        if "norm" in name:
            scale, shift = 0.1, float(name.endswith("weight"))
        elif name.endswith("bias"):
            scale, shift = 0.1, 0.0
        elif name == "class_embed.weight":
            scale, shift = 0.5, 0.0
        else:
            scale, shift = 1 / math.sqrt(p[0].numel()), 0.0
        weights[name] = shift + scale * normal(rng, *p.shape)
    return weights


def build(unet, weights, timesteps=1000, dtype=torch.float64):
    model = UNet(**unet, timesteps=timesteps)
    model.load_state_dict(weights)
    return model.to(dtype)


# --- the network -------------------------------------------------------------------------------------


def unet_tiny():
    rng = np.random.default_rng(2)
    weights = random_weights(rng, TINY)
    x, t, y = normal(rng, 2, 1, 28, 28), torch.tensor([3, 731]), torch.tensor([5, NO_CLASS])
    with torch.no_grad():
        output = build(TINY, weights)(x.double(), t, y)
        plain = build(TINY, weights, dtype=torch.float32)(x, t, y)
    write_tensors(
        "unet_tiny.safetensors",
        prefixed("param", weights) | {"x": x, "t": t, "y": y, "output": output},
        unet=TINY,
        train={"timesteps": 1000},
        golden={"versions": VERSIONS, "f32_floor": {"output": gap({"": output}, {"": plain})}},
    )


ADAM = {"lr": 1e-3, "betas": [0.9, 0.999], "eps": 1e-8}
ADAMW = ADAM | {"weight_decay": 0.01}
MAX_NORM = 0.5  # the gradient's norm on this batch is above it in all five steps: every step is clipped
EMA_DECAY = 0.999
STEPS = 5


def train(dtype, unet, weights, batch, optimizer, options, max_norm=None):
    """STEPS steps on one batch. Returns per step: loss, norm before clipping, weights, EMA; and gradients of step 1."""
    model = build(unet, weights, dtype=dtype)
    opt = optimizer(model.parameters(), **options)
    ema = {k: v.clone() for k, v in model.state_dict().items()}
    x, t, y, eps = (v.to(dtype) if v.is_floating_point() else v for v in batch)
    out = {"loss": [], "norm": [], "weights": [], "ema": []}
    for step in range(1, STEPS + 1):
        opt.zero_grad()
        loss = mse_loss(model(x, t, y), eps)
        loss.backward()
        if step == 1:
            out["grad"] = {k: p.grad.clone() for k, p in model.named_parameters()}
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm or math.inf)
        opt.step()
        decay = min(EMA_DECAY, (1 + step) / (10 + step))
        now = {k: v.clone() for k, v in model.state_dict().items()}
        ema = {k: decay * ema[k] + (1 - decay) * now[k] for k in now}
        for key, value in {"loss": loss.detach(), "norm": norm, "weights": now, "ema": ema}.items():
            out[key].append(value)
    out["loss"], out["norm"] = torch.stack(out["loss"]), torch.stack(out["norm"])
    return out


def micro_tensors(dtype, weights, batch, t250):
    x, t, y, _ = batch
    with torch.no_grad():
        output = build(MICRO, weights, dtype=dtype)(x.to(dtype), t, y)
        output_t250 = build(MICRO, weights, 250, dtype)(x.to(dtype), t250, y)
    adam = train(dtype, MICRO, weights, batch, torch.optim.Adam, ADAM)
    adamw = train(dtype, MICRO, weights, batch, torch.optim.AdamW, ADAMW, MAX_NORM)
    assert (adamw["norm"] > MAX_NORM).all(), adamw["norm"]
    return {
        **{"output": output, "output_t250": output_t250, "loss": adam["loss"][:1]},
        **{"adam.losses": adam["loss"], "adamw.losses": adamw["loss"], "adamw.norms": adamw["norm"]},
        **prefixed("grad", adam["grad"]),
        **prefixed("adam1", adam["weights"][0]),
        **prefixed("adam5", adam["weights"][4]),
        **prefixed("adamw5", adamw["weights"][4]),
        **prefixed("ema5", adamw["ema"][4]),
    }


def unet_micro():
    # Of 300 seeds one whose smallest gradient (2.6e-6) is far above f32 noise and Adam's eps: its first steps are
    # lr * sign(gradient), so noise in a gradient near 0 would move a weight by up to 2 lr.
    rng = np.random.default_rng(44)
    weights = random_weights(rng, MICRO)
    x, eps = normal(rng, 3, 1, 28, 28), normal(rng, 3, 1, 28, 28)
    t, t250, y = torch.tensor([0, 437, 999]), torch.tensor([0, 101, 249]), torch.tensor([3, NO_CLASS, 7])
    batch = (x, t, y, eps)
    exact = micro_tensors(torch.float64, weights, batch, t250)
    plain = micro_tensors(torch.float32, weights, batch, t250)
    # The key's bias moves every score of a row alike, and softmax does not see it: its gradient is 0, in
    # f32 rounding noise that Adam blows up to whole steps. Tests leave these elements out of adam*/ema*.
    c = MICRO["channels"][2]
    invariant = {"mid.attn.qkv.bias": [c, 2 * c]}
    floor = {}
    for key in exact:
        a, b = exact[key], plain[key].clone()
        if key.endswith("mid.attn.qkv.bias"):
            b[c : 2 * c] = a[c : 2 * c]
        group = key.split(".")[0] if key.split(".")[0] not in ("adam", "adamw") else key
        floor[group] = max(floor.get(group, 0.0), gap({"": a}, {"": b}))
    # the effect of each part of the recipe: a test with a larger tolerance would not notice that the part is missing
    adamw5 = {k: exact[f"adamw5.{k}"] for k in weights}
    without = {"clipping": (ADAMW, None), "weight_decay": (ADAMW | {"weight_decay": 0.0}, MAX_NORM)}
    without = {
        k: gap(adamw5, train(torch.float64, MICRO, weights, batch, torch.optim.AdamW, options, max_norm)["weights"][4])
        for k, (options, max_norm) in without.items()
    }
    write_tensors(
        "unet_micro.safetensors",
        {"x": x, "t": t, "t250": t250, "y": y, "eps": eps} | prefixed("param", weights) | exact,
        unet=MICRO,
        train={"timesteps": 1000},
        golden={
            "versions": VERSIONS,
            "adam": ADAM,
            "adamw": ADAMW | {"max_norm": MAX_NORM, "ema_decay": EMA_DECAY},
            "f32_floor": floor,
            "zero_gradient": invariant,
            "adamw5_differs_without": without,
        },
    )


# --- objectives ---------------------------------------------------------------------------------------

# prediction, schedule, rescaled to zero terminal SNR, gamma of min-SNR (0: off)
OBJECTIVES = [
    ("epsilon", "linear", False, 5.0),
    ("x0", "sigmoid", False, 0.0),
    ("x0", "linear", False, 5.0),
    ("v", "cosine", False, 5.0),
    ("v", "scaled_linear", True, 0.0),
]


def objective(dtype, weights, batch, prediction, schedule, rescale, gamma):
    """The loss and all gradients. The weights of min-SNR are those of diffusers' train_text_to_image.py, and min(SNR, gamma) for x0."""
    x0, eps, t, y = batch
    x0, eps = x0.to(dtype), eps.to(dtype)
    model = build(MICRO, weights, dtype=dtype)
    alpha_bar = np.cumprod(1.0 - samplers.betas_of(schedule, 1000, rescale))[t]
    a, s = (torch.from_numpy(np.sqrt(v)).to(dtype).view(-1, 1, 1, 1) for v in (alpha_bar, 1 - alpha_bar))
    target = {"epsilon": eps, "x0": x0, "v": a * eps - s * x0}[prediction]
    snr = torch.from_numpy(alpha_bar / (1 - alpha_bar)).to(dtype).view(-1, 1, 1, 1)
    least = snr.clamp(max=gamma)
    weight = {"epsilon": least / snr, "x0": least, "v": least / (snr + 1)}[prediction] if gamma else 1.0
    loss = (weight * (model(a * x0 + s * eps, t, y) - target) ** 2).mean()
    loss.backward()
    return {"loss": loss.detach()[None]} | {f"grad.{k}": p.grad for k, p in model.named_parameters()}


def objectives():
    """Losses and gradients of the network of unet_micro for each prediction."""
    weights = random_weights(np.random.default_rng(44), MICRO)
    rng = np.random.default_rng(5)
    x0 = torch.from_numpy(rng.uniform(-1, 1, (3, 1, 28, 28)).astype(np.float32))
    eps, t, y = normal(rng, 3, 1, 28, 28), torch.tensor([20, 437, 999]), torch.tensor([3, NO_CLASS, 7])
    tensors = {"x0": x0, "eps": eps, "t": t, "y": y}
    cases = []
    for number, case in enumerate(OBJECTIVES):
        exact, plain = (objective(dtype, weights, (x0, eps, t, y), *case) for dtype in (torch.float64, torch.float32))
        tensors |= prefixed(str(number), exact)
        names = ("prediction", "schedule", "zero_terminal_snr", "min_snr_gamma")
        cases.append(dict(zip(names, case)) | {"f32_floor": gap(exact, plain)})
    write_tensors("objectives.safetensors", tensors, versions=VERSIONS)
    write_json("objectives.json", cases)


# --- the variational bound as a loss -------------------------------------------------------------------

# Two heads at 14x14 and 7x7, three classes, a second output channel; and the same network without classes and variance.
LEARNED = MICRO | {"classes": 3, "attention": [False, True, True], "heads": 2, "out_channels": 2}
FIXED = LEARNED | {"classes": 0, "out_channels": 1}
# loss, variance_type, prediction, schedule, T
BOUNDS = [
    ("hybrid", "learned_range", "epsilon", "linear", 1000),
    ("hybrid", "learned_range", "v", "cosine", 250),
    ("hybrid", "learned", "x0", "linear", 1000),
    ("vlb", "learned_range", "epsilon", "linear", 1000),
    ("vlb", "fixed_large", "v", "linear", 1000),
    ("vlb", "fixed_small", "epsilon", "linear", 1000),
]
VLB_WEIGHT = 0.001


def bound_terms(x0, x_t, x0_hat, v, t, betas, variance_type):
    """One term of the bound for each pixel, in nats, as in Nichol & Dhariwal's gaussian_diffusion.py but with the exact cdf."""
    column = lambda values: torch.from_numpy(np.ascontiguousarray(values[t])).to(x0.dtype).view(-1, 1, 1, 1)
    alpha_bar = np.cumprod(1 - betas)
    before = np.append(1.0, alpha_bar[:-1])
    beta_tilde = betas * (1 - before) / (1 - alpha_bar)
    log_small = column(np.log(np.append(beta_tilde[1], beta_tilde[1:])))  # posterior_log_variance_clipped
    log_large = column(np.log(betas))
    log_variance = {
        "fixed_small": log_small,
        "fixed_large": log_large,
        "learned": v,
        "learned_range": None if v is None else (v + 1) / 2 * log_large + (1 - (v + 1) / 2) * log_small,
    }[variance_type].expand_as(x0)
    coef1, coef2 = np.sqrt(before) * betas / (1 - alpha_bar), np.sqrt(1 - betas) * (1 - before) / (1 - alpha_bar)
    mean, true_mean = (column(coef1) * x + column(coef2) * x_t for x in (x0_hat, x0))
    kl = 0.5 * (log_variance - log_small - 1 + (log_small - log_variance).exp()
                + (true_mean - mean) ** 2 * (-log_variance).exp())
    sigma = (0.5 * log_variance).exp()
    # ln of the mass of a grey level's interval, in the tail where it is small; the two end levels have one edge only.
    upper, lower = (x0 + 1 / 255 - mean) / sigma, (x0 - 1 / 255 - mean) / sigma
    flip = torch.where(lower + upper > 0, -1.0, 1.0)
    far, near = torch.special.log_ndtr(torch.minimum(flip * upper, flip * lower)), torch.special.log_ndtr(torch.maximum(flip * upper, flip * lower))
    inside = near + torch.log1p(-(far - near).exp())
    nll = -torch.where(x0 > 1 - 1 / 255, torch.special.log_ndtr(-lower), torch.where(x0 < -1 + 1 / 255, torch.special.log_ndtr(upper), inside))
    return torch.where(torch.from_numpy(t == 0).view(-1, 1, 1, 1), nll, kl)


def bound_loss(dtype, unet, weights, batch, loss, variance_type, prediction, schedule, timesteps):
    x0, eps, t, y = batch
    t = torch.where(t == 999, timesteps - 1, t).clamp(max=timesteps - 1)
    x0, eps = x0.to(dtype), eps.to(dtype)
    model = build(unet, weights, timesteps, dtype)
    betas = samplers.betas_of(schedule, timesteps, False)
    alpha_bar = np.cumprod(1.0 - betas)[t]
    a, s = (torch.from_numpy(np.sqrt(v)).to(dtype).view(-1, 1, 1, 1) for v in (alpha_bar, 1 - alpha_bar))
    x_t = a * x0 + s * eps
    target = {"epsilon": eps, "x0": x0, "v": a * eps - s * x0}[prediction]
    output = model(x_t, t, y)
    output, v = output.chunk(2, 1) if unet["out_channels"] == 2 else (output, None)
    of_bound = output.detach() if loss == "hybrid" else output
    x0_hat = {"epsilon": (x_t - s * of_bound) / a, "x0": of_bound, "v": a * x_t - s * of_bound}[prediction]
    terms = bound_terms(x0, x_t, x0_hat, v, t.numpy(), betas, variance_type)
    vlb = timesteps * terms.mean() / math.log(2)
    total = vlb if loss == "vlb" else mse_loss(output, target) + VLB_WEIGHT * vlb
    total.backward()
    return {"loss": total.detach()[None]} | {f"grad.{k}": p.grad for k, p in model.named_parameters()}


def bounds():
    """Outputs, losses with the variational bound and their gradients, of networks with attention at 14x14."""
    rng = np.random.default_rng(7)
    weights = {"learned": random_weights(rng, LEARNED), "fixed": random_weights(rng, FIXED)}
    # Grey levels of bytes, both ends among them: the decoder treats these apart.
    levels = rng.integers(0, 256, (4, 1, 28, 28)) * rng.integers(0, 2, (4, 1, 28, 28))
    levels = np.where(rng.uniform(size=levels.shape) < 0.1, 255, levels)
    x0 = torch.from_numpy((levels / 127.5 - 1).astype(np.float32))
    eps, t, y = normal(rng, 4, 1, 28, 28), torch.tensor([0, 3, 437, 999]), torch.tensor([2, 3, 0, 1])
    tensors = {"x0": x0, "eps": eps, "t": t, "y": y}
    cases, floor = [], {}
    for name, unet in {"learned": LEARNED, "fixed": FIXED}.items():
        with torch.no_grad():
            exact = build(unet, weights[name])(x0.double(), t, y)
            plain = build(unet, weights[name], dtype=torch.float32)(x0, t, y)
        tensors |= prefixed(f"{name}.param", weights[name]) | {f"{name}.output": exact}
        floor[name] = gap({"": exact}, {"": plain})
    for number, case in enumerate(BOUNDS):
        name = "learned" if case[1].startswith("learned") else "fixed"
        unet = {"learned": LEARNED, "fixed": FIXED}[name]
        exact, plain = (bound_loss(dtype, unet, weights[name], (x0, eps, t, y), *case) for dtype in (torch.float64, torch.float32))
        tensors |= prefixed(str(number), exact)
        names = ("loss", "variance_type", "prediction", "schedule", "timesteps")
        cases.append({"network": name} | dict(zip(names, case)) | {"vlb_weight": VLB_WEIGHT, "f32_floor": gap(exact, plain)})
    write_tensors("bounds.safetensors", tensors, versions=VERSIONS)
    write_json("bounds.json", {"networks": {"learned": LEARNED, "fixed": FIXED}, "f32_floor": floor, "cases": cases})


# --- the schedule ------------------------------------------------------------------------------------


def schedule_case(betas, indices=None):
    indices = list(range(len(betas))) if indices is None else indices
    columns = {k: [float(v[i]) for i in indices] for k, v in tables(betas).items()}
    return {"timesteps": len(betas), "index": indices} | columns


def schedule():
    write_json(
        "schedule.json",
        {
            "versions": VERSIONS,
            "beta_start": BETAS[0],
            "beta_end": BETAS[1],
            "note": "numpy, f64. betas[i] = start + i*((end-start)/(T-1)), the last one exactly end, the same ends for "
            "every T (not scaled by 1000/T). alphas_cumprod is the running product of 1-betas. posterior_mean = "
            "coef1*x0 + coef2*x_t. Near t = 0 the difference 1-alphas_cumprod cancels: another order of the same "
            "operations moves posterior_* by about 1e-12 relative.",
            "linear_1000": schedule_case(linear_betas(1000)),
            "linear_10": schedule_case(linear_betas(10)),
            "linear_4000": schedule_case(linear_betas(4000), [0, 1, 2, 10, 100, 1000, 1999, 2000, 3000, 3998, 3999]),
        },
    )


# -----------------------------------------------------------------------------------------------------

FIXTURES = [unet_micro, unet_tiny, objectives, bounds, schedule, ddpm_steps, *samplers.FIXTURES]

if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    selected = sys.argv[1:] or [f.__name__ for f in FIXTURES]
    unknown = set(selected) - {f.__name__ for f in FIXTURES}
    if unknown:
        sys.exit(f"unknown fixture {', '.join(sorted(unknown))}; there are {', '.join(f.__name__ for f in FIXTURES)}")
    for fixture in FIXTURES:
        if fixture.__name__ in selected:
            fixture()
            print("made", fixture.__name__, flush=True)
