"""Fixtures of the schedules, of single passes and whole draws of diffusers' schedulers, and of the decoder.

Run by make.py. diffusers computes its tables in f32; here each is replaced by the same formula in f64, after a
check that the two agree as far as f32 goes.
"""
import math
from unittest import mock

import numpy as np
import torch
from diffusers import (
    DDIMInverseScheduler,
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    HeunDiscreteScheduler,
)
from diffusers.schedulers import scheduling_ddim, scheduling_ddpm, scheduling_dpmsolver_multistep

from common import BETAS, HERE, VERSIONS, linear_betas, normal, tables, write_json, write_tensors
from unet import load

# --- schedules ---------------------------------------------------------------------------------------


def cosine_betas(timesteps):
    def f(t):
        return math.cos((t / timesteps + 0.008) / 1.008 * math.pi / 2) ** 2

    return np.array([min(1 - f(t + 1) / f(t), 0.999) for t in range(timesteps)])


def sigmoid_betas(timesteps):
    u = np.linspace(-6, 6, timesteps)
    return np.array([1 / (1 + math.exp(-v)) for v in u]) * (BETAS[1] - BETAS[0]) + BETAS[0]


def rescaled(betas):
    """diffusers' rescale_zero_terminal_snr in numpy: torch's square root of f64 is sometimes off by one bit, which is a
    relative error of 2e-12 in a beta of 1e-4."""
    root = np.sqrt(np.cumprod(1 - betas))
    first, last = root[0], root[-1]
    alphas_cumprod = ((root - last) * (first / (first - last))) ** 2
    return 1 - alphas_cumprod / np.concatenate([[1.0], alphas_cumprod[:-1]])


# our name: (formula in f64, diffusers' name)
KINDS = {
    "linear": (linear_betas, "linear"),
    "scaled_linear": (lambda n: np.linspace(BETAS[0] ** 0.5, BETAS[1] ** 0.5, n) ** 2, "scaled_linear"),
    "cosine": (cosine_betas, "squaredcos_cap_v2"),
    "sigmoid": (sigmoid_betas, "sigmoid"),
}


def betas_of(kind, timesteps, rescale=False):
    formula, name = KINDS[kind]
    betas = rescaled(formula(timesteps)) if rescale else formula(timesteps)
    theirs = DDPMScheduler(timesteps, *BETAS, beta_schedule=name, rescale_betas_zero_snr=rescale).betas.numpy()
    # a beta is 1 minus a number of order 1, so its error is absolute, not relative
    assert np.abs(betas - theirs).max() < (2e-5 if rescale else 3e-7), (kind, timesteps, np.abs(betas - theirs).max())
    return betas


def schedules():
    """A few dozen t of each schedule: alpha_bar is a running product, so if it is right at a late t, it was right before."""
    found = {}
    for kind in KINDS:
        for rescale in (False, True):
            for timesteps in (10, 1000, 4000):
                grid = np.linspace(0, timesteps - 1, 25).astype(int).tolist()
                index = sorted({0, 1, 2, 3, timesteps - 3, timesteps - 2, timesteps - 1, *grid})
                columns = {
                    k: [float(v[i]) for i in index] for k, v in tables(betas_of(kind, timesteps, rescale)).items()
                }
                key = f"{kind}_{timesteps}" + ("_rescaled" if rescale else "")
                found[key] = {"kind": kind, "timesteps": timesteps, "rescale": rescale, "index": index} | columns
    write_json("schedules.json", {"versions": VERSIONS, "tables": found})


# --- schedulers in f64 -------------------------------------------------------------------------------

PREDICTIONS = {"epsilon": "epsilon", "x0": "sample", "v": "v_prediction"}
SPACINGS = ("linspace", "leading", "trailing")
STEPS = 10
PERCENTILE = 0.9
CLIPS = {
    "none": {"clip_sample": False},
    "static": {"clip_sample": True},
    # without a cap: with diffusers' default cap, 1.0, this would be "static"
    "dynamic": {
        "clip_sample": False,
        "thresholding": True,
        "dynamic_thresholding_ratio": PERCENTILE,
        "sample_max_value": 1e9,
    },
}


class DiffusersDraw:
    """A diffusers scheduler with f64 tables, set to `steps` forward passes; step(index, x, output, z) is what follows one."""

    def __init__(
        self, sampler, prediction, spacing, clip="none", rescale=False, eta=0.0, variance_type="fixed_small", steps=STEPS
    ):
        self.eta, self.steps = eta, steps
        options = {"prediction_type": PREDICTIONS[prediction], "timestep_spacing": spacing}
        if sampler == "dpm++2m":
            clips = {k: v for k, v in CLIPS[clip].items() if k != "clip_sample"}
            if clip == "static":  # this scheduler clips by thresholding only; with its default cap of 1 that is static clipping
                clips = {"thresholding": True}
            # diffusers has the two ends of eta only
            algorithm = {0.0: "dpmsolver++", 1.0: "sde-dpmsolver++"}[eta]
            self.scheduler = DPMSolverMultistepScheduler(1000, *BETAS, algorithm_type=algorithm, **options, **clips)
        elif sampler == "inversion":
            self.scheduler = DDIMInverseScheduler(1000, *BETAS, **options, **CLIPS[clip])
        elif sampler == "heun":
            self.scheduler = HeunDiscreteScheduler(1000, *BETAS, **options, **CLIPS[clip])
        elif sampler == "ddim":
            self.scheduler = DDIMScheduler(1000, *BETAS, **options, **CLIPS[clip])
        else:
            self.scheduler = DDPMScheduler(1000, *BETAS, variance_type=variance_type, **options, **CLIPS[clip])
        self.alphas_cumprod = torch.from_numpy(tables(betas_of("linear", 1000, rescale))["alphas_cumprod"])
        self.scheduler.alphas_cumprod = self.alphas_cumprod
        if sampler == "heun":
            # Two passes a level, one at the last. The levels are those of diffusers' other solver that goes from the last
            # of them straight to x_0: Heun's own spacing asks for fractions of t, and visits t = 0 (crate/samplers/heun.rs).
            spaced = DPMSolverMultistepScheduler(1000, *BETAS, **options)
            spaced.set_timesteps((steps + 1) // 2)
            self.scheduler.set_timesteps(timesteps=spaced.timesteps.tolist())
        else:
            self.scheduler.set_timesteps(steps)
        self.timesteps = [int(t) for t in self.scheduler.timesteps.tolist()]
        assert len(self.timesteps) == steps
        sigmas = ((1 - self.alphas_cumprod) / self.alphas_cumprod).sqrt()[self.timesteps]
        sigmas = torch.cat([sigmas, torch.zeros(1, dtype=torch.float64)])
        if sampler in ("dpm++2m", "heun"):
            assert torch.allclose(self.scheduler.sigmas.double(), sigmas, rtol=1e-4), "another order of sigmas"
            self.scheduler.sigmas = sigmas

    def step(self, index, x, output, z):
        t, last = self.timesteps[index], index == len(self.timesteps) - 1
        x, output, z = x.double(), output.double(), z.double()
        # the paper's rule for the last step; diffusers' DDPM tests t == 0 instead
        z = torch.zeros_like(z) if last else z
        if isinstance(self.scheduler, HeunDiscreteScheduler):
            # diffusers' samples are x/a here, a = sqrt(alpha_bar)
            a = self.alphas_cumprod[t].sqrt()
            a_prev = 1.0 if last else self.alphas_cumprod[self.timesteps[index + 1]].sqrt()
            return self.scheduler.step(output, float(t), x / a).prev_sample * a_prev
        if isinstance(self.scheduler, DDIMScheduler):
            # diffusers steps to t - T//steps, the paper to the next t of the list
            table = self.alphas_cumprod.clone()
            if not last:
                table[t - 1000 // self.steps] = self.alphas_cumprod[self.timesteps[index + 1]]
            self.scheduler.alphas_cumprod = table
            with mock.patch.object(scheduling_ddim, "randn_tensor", lambda *_, **__: z):
                step = self.scheduler.step(output, t, x, eta=self.eta, use_clipped_model_output=True)
                return step.prev_sample
        module = scheduling_dpmsolver_multistep if isinstance(self.scheduler, DPMSolverMultistepScheduler) else scheduling_ddpm
        with mock.patch.object(module, "randn_tensor", lambda *_, **__: z):
            return self.scheduler.step(output, t, x).prev_sample


class Langevin:
    """Annealed Langevin dynamics (Song & Ermon 2019, algorithm 1) by its own formulas, in the paper's x/a = x0 + sigma*eps:
    diffusers has none. crate/samplers/langevin.rs says which levels, and that the last step gives x0_hat."""

    INNER, STEP_SIZE = 2, 1.0

    def __init__(self, prediction, clip="none", steps=STEPS):
        self.prediction, self.clip = prediction, clip
        self.alphas_cumprod = torch.from_numpy(tables(linear_betas(1000))["alphas_cumprod"])
        self.sigmas = ((1 - self.alphas_cumprod) / self.alphas_cumprod).sqrt()
        logs = self.sigmas.log().numpy()
        levels = np.linspace(logs[-1], logs[0], -(-steps // self.INNER))
        self.timesteps = [int(np.abs(logs - levels[step // self.INNER]).argmin()) for step in range(steps)]

    def step(self, index, x, output, z):
        t, last = self.timesteps[index], index == len(self.timesteps) - 1
        x, output, z = x.double(), output.double(), z.double()
        a, sigma = self.alphas_cumprod[t].sqrt(), self.sigmas[t]
        x0 = {"epsilon": x / a - sigma * output, "x0": output, "v": a * x - a * sigma * output}[self.prediction]
        x0 = x0.clamp(-1, 1) if self.clip == "static" else x0
        if last:
            return x0
        size = self.STEP_SIZE * sigma**2
        moved = x / a + size / 2 * (x0 - x / a) / sigma**2 + size.sqrt() * z
        return moved * self.alphas_cumprod[self.timesteps[index + 1]].sqrt()


def draw_of(sampler, **options):
    """By the names of crate/samplers/registry.rs: every sampler there is needs a branch in DiffusersDraw or, if diffusers
    does not have it, a class like Langevin and a branch here."""
    if sampler == "langevin":
        del options["spacing"]  # it has its own levels
        return Langevin(**options)
    return DiffusersDraw(sampler, **options)


# --- single steps ------------------------------------------------------------------------------------

SHAPE = (2, 1, 4, 4)
SHOWN = (0, 5, 9)
HEUN_STEPS = 7


def inputs(rng, prediction, timesteps, alphas_cumprod):
    """x_t, a nearly right output and z for each t; x0 in [-1.3, 1.3], so that some x0_hat are clipped."""
    rows = []
    for t in timesteps:
        a, s = alphas_cumprod[t].sqrt(), (1 - alphas_cumprod[t]).sqrt()
        x0, eps = torch.from_numpy(rng.uniform(-1.3, 1.3, SHAPE)), normal(rng, *SHAPE).double()
        output = {"epsilon": eps, "x0": x0, "v": a * eps - s * x0}[prediction]
        wrong = min(0.1, 0.2 * (a / s).item()) if prediction == "epsilon" else 0.1
        rows.append(torch.stack([a * x0 + s * eps, output + wrong * normal(rng, *SHAPE), normal(rng, *SHAPE).double()]))
    return torch.stack(rows).float()


def inputs_of_draw(rng, draw, prediction):
    """Inputs of a whole draw: each x is the result of the row before, because a second pass at a level relies on that. The
    outputs are nearly right for one x0 in [-1.3, 1.3]."""
    x0, rows = torch.from_numpy(rng.uniform(-1.3, 1.3, SHAPE)), []
    for index, t in enumerate(draw.timesteps):
        a, s = draw.alphas_cumprod[t].sqrt(), (1 - draw.alphas_cumprod[t]).sqrt()
        x = (a * x0 + s * normal(rng, *SHAPE)).float() if index == 0 else x
        eps = (x - a * x0) / s
        output = {"epsilon": eps, "x0": x0, "v": a * eps - s * x0}[prediction]
        wrong = min(0.1, 0.2 * (a / s).item()) if prediction == "epsilon" else 0.1
        output = (output + wrong * normal(rng, *SHAPE)).float()
        rows.append(torch.stack([x, output]))
        x = draw.step(index, x, output, torch.zeros(SHAPE)).float()
    return torch.stack(rows)


def scheduler_steps():
    rng = np.random.default_rng(4)
    tensors, cases, spaced = {}, [], {}

    def add(key, options, source, shown, rows):
        draw = draw_of(**options)
        spaced.setdefault(options["sampler"], {})[options["spacing"]] = draw.timesteps
        tensors[key] = torch.stack([draw.step(i, row[0], row[1], row[-1]) for i, row in zip(shown, rows)])
        cases.append({"key": key, "inputs": source, "index": list(shown), "steps": STEPS} | options)

    for spacing in SPACINGS:
        for prediction in PREDICTIONS:
            base = {"prediction": prediction, "spacing": spacing}
            draw = DiffusersDraw("ddpm", **base)
            source = f"in.{spacing}.{prediction}"
            rows = inputs(rng, prediction, [draw.timesteps[i] for i in SHOWN], draw.alphas_cumprod)
            tensors[source] = rows
            for clip in CLIPS:
                options = base | {"clip": clip}
                for variance_type in ("fixed_small", "fixed_large"):
                    key = f"ddpm.{variance_type}.{spacing}.{prediction}.{clip}"
                    add(key, {"sampler": "ddpm", "variance_type": variance_type} | options, source, SHOWN, rows)
                for eta in (0.0, 0.5, 1.0):
                    key = f"ddim.{eta}.{spacing}.{prediction}.{clip}"
                    add(key, {"sampler": "ddim", "eta": eta} | options, source, SHOWN, rows)
            # the solver keeps the x0_hat of the pass before, so all ten passes are needed, each from the x given here
            draw = DiffusersDraw("dpm++2m", **base)
            source = f"in.dpm.{spacing}.{prediction}"
            rows = inputs(rng, prediction, draw.timesteps, draw.alphas_cumprod)
            tensors[source] = rows
            for clip in CLIPS:
                for eta in (0.0, 1.0):
                    key = f"dpm++2m.{eta}.{spacing}.{prediction}.{clip}"
                    add(key, {"sampler": "dpm++2m", "eta": eta} | base | {"clip": clip}, source, range(STEPS), rows)
    # ᾱ = 0 at the first step
    base = {"prediction": "v", "spacing": "trailing", "clip": "static", "rescale": True}
    draw = DiffusersDraw("ddpm", **base)
    rows = inputs(rng, "v", [draw.timesteps[i] for i in SHOWN], draw.alphas_cumprod)
    tensors["in.rescaled"] = rows
    for name, options in {"ddpm": {"variance_type": "fixed_large"}, "ddim": {"eta": 1.0}}.items():
        add(f"{name}.rescaled", {"sampler": name} | options | base, "in.rescaled", SHOWN, rows)
    for prediction in PREDICTIONS:
        base = {"prediction": prediction, "spacing": "linspace"}
        draw = Langevin(prediction)
        rows = inputs(rng, prediction, [draw.timesteps[i] for i in SHOWN], draw.alphas_cumprod)
        tensors[f"in.langevin.{prediction}"] = rows
        for clip in ("none", "static"):
            options = {"sampler": "langevin"} | base | {"clip": clip}
            add(f"langevin.linspace.{prediction}.{clip}", options, f"in.langevin.{prediction}", SHOWN, rows)
        for spacing in SPACINGS:
            for clip in ("none", "static"):  # diffusers' Heun does not threshold
                options = {"sampler": "heun", "steps": HEUN_STEPS} | base | {"spacing": spacing, "clip": clip}
                key = f"heun.{spacing}.{prediction}.{clip}"
                tensors[f"in.{key}"] = rows = inputs_of_draw(rng, DiffusersDraw(**options), prediction)
                add(key, options, f"in.{key}", range(HEUN_STEPS), rows)
    write_tensors("scheduler_steps.safetensors", tensors)
    write_json("scheduler_steps.json", {
        "versions": VERSIONS,
        "percentile": PERCENTILE,
        "timesteps": spaced,
        "cases": cases,
    })


# --- draws -------------------------------------------------------------------------------------------

DRAWS = [
    {"sampler": "ddpm", "variance_type": "fixed_small", "prediction": "epsilon", "spacing": "linspace", "clip": "static"},
    {"sampler": "ddpm", "variance_type": "fixed_large", "prediction": "v", "spacing": "trailing", "clip": "none"},
    {"sampler": "ddpm", "variance_type": "fixed_large", "prediction": "epsilon", "spacing": "leading", "clip": "dynamic"},
    {"sampler": "ddim", "eta": 0.0, "prediction": "epsilon", "spacing": "linspace", "clip": "static"},
    {"sampler": "ddim", "eta": 0.5, "prediction": "x0", "spacing": "leading", "clip": "none"},
    {"sampler": "ddim", "eta": 1.0, "prediction": "v", "spacing": "trailing", "clip": "static"},
    {"sampler": "dpm++2m", "prediction": "epsilon", "spacing": "linspace", "clip": "static"},
    {"sampler": "dpm++2m", "prediction": "v", "spacing": "trailing", "clip": "none"},
    {"sampler": "dpm++2m", "eta": 1.0, "prediction": "v", "spacing": "linspace", "clip": "static"},
    {"sampler": "inversion", "prediction": "epsilon", "spacing": "leading", "clip": "none"},
    {"sampler": "heun", "prediction": "epsilon", "spacing": "linspace", "clip": "static", "steps": 7},
    {"sampler": "heun", "prediction": "v", "spacing": "trailing", "clip": "none", "steps": 9},
    {"sampler": "langevin", "prediction": "epsilon", "spacing": "linspace", "clip": "static"},
]


def trajectories():
    """Whole draws with the network of unet_micro.safetensors; `noise`[0] is x_T, the rest z."""
    rng = np.random.default_rng(5)
    noise, y = normal(rng, STEPS, 2, 1, 28, 28), torch.tensor([7, 10])
    model = load(HERE / "unet_micro.safetensors", "param.").double()
    tensors = {"noise": noise}
    for number, options in enumerate(DRAWS):
        draw, x = draw_of(**options), noise[0].double()
        with torch.no_grad():
            for index, t in enumerate(draw.timesteps):
                output = model(x, torch.full((2,), t), y)
                x = draw.step(index, x, output, noise[(index + 1) % STEPS])
        tensors[f"x0.{number}"] = x
    draws = [{"steps": STEPS} | options for options in DRAWS]
    write_tensors("trajectories.safetensors", tensors)
    write_json("trajectories.json", {"versions": VERSIONS, "percentile": PERCENTILE, "y": y.tolist(), "walks": draws})


# --- the decoder -------------------------------------------------------------------------------------


def ln_level(level, mean, sigma):
    """ln of N(mean, sigma²)'s integral over a grey level (Ho et al. 2020, eq. 13), in f64."""

    def ln_cdf(z):
        return torch.special.log_ndtr(torch.tensor(z, dtype=torch.float64)).item()

    x = level / 127.5 - 1
    low, high = (x - 1 / 255 - mean) / sigma, (x + 1 / 255 - mean) / sigma
    if level == 0:
        return ln_cdf(high)
    if level == 255:
        return ln_cdf(-low)
    if low + high > 0:  # mirrored into the lower tail, where the logarithms are exact
        low, high = -high, -low
    return ln_cdf(high) + math.log(-math.expm1(ln_cdf(low) - ln_cdf(high)))


def decoder():
    levels, means = (0, 1, 2, 100, 128, 253, 254, 255), (-1.0, -0.98, -0.2, 0.0, 0.004, 0.6, 0.97, 1.0, 1.4)
    rows = [
        [level, mean, sigma, ln_level(level, mean, sigma)]
        for sigma in (0.0073, 0.01, 0.05, 0.3, 1.0)
        for level in levels
        for mean in means
    ]
    for sigma in (0.0073, 0.3):
        for mean in means:
            total = sum(math.exp(ln_level(level, mean, sigma)) for level in range(256))
            assert abs(total - 1) < 1e-12, total
    write_json("decoder.json", {"versions": VERSIONS, "columns": ["level", "mean", "sigma", "ln_p"], "rows": rows})


FIXTURES = [schedules, scheduler_steps, trajectories, decoder]
