"""Fixtures of single reverse steps of diffusers' DDPMScheduler. Run by make.py."""
import math
from unittest import mock

import numpy as np
import torch
from diffusers import DDPMScheduler
from diffusers.schedulers import scheduling_ddpm

from common import BETAS, VERSIONS, gap, linear_betas, normal, prefixed, tables, write_json, write_tensors


def f64_tables(scheduler):
    """diffusers keeps its tables in f32 (1-alphas_cumprod[0] is then off by 1e-4 relative): give it f64 ones."""
    betas = linear_betas(scheduler.config.num_train_timesteps)
    scheduler.betas = torch.from_numpy(betas)
    scheduler.alphas = 1.0 - scheduler.betas
    scheduler.alphas_cumprod = torch.from_numpy(tables(betas)["alphas_cumprod"])
    return scheduler


def step_inputs(rng, t, shape=(2, 1, 8, 8)):
    """A plausible step: x_t noised from an x0 in [-1.3, 1.3] and a nearly right prediction, so that some x0_hat clip."""
    alpha_bar = tables(linear_betas(1000))["alphas_cumprod"][t]
    x0 = torch.from_numpy(rng.uniform(-1.3, 1.3, shape).astype(np.float32))
    eps = normal(rng, *shape)
    x_t = (math.sqrt(alpha_bar) * x0 + math.sqrt(1 - alpha_bar) * eps).float()
    wrong = min(0.1, 0.2 * math.sqrt(alpha_bar / (1 - alpha_bar)))
    return {"x_t": x_t, "model_output": eps + wrong * normal(rng, *shape), "noise": normal(rng, *shape)}


def run_step(module, scheduler, t, inputs, dtype):
    """One step of a diffusers scheduler (`module` is where it finds randn_tensor) with our noise as its draw."""
    x_t, model_output, noise = (inputs[k].to(dtype) for k in ("x_t", "model_output", "noise"))
    if "model_variance" in inputs:
        v = inputs["model_variance"].to(dtype)
        # For `learned`, diffusers takes the second channel for the variance itself, this project for its logarithm.
        model_output = torch.cat([model_output, v if scheduler.config.variance_type == "learned_range" else v.exp()], 1)
    with mock.patch.object(module, "randn_tensor", lambda *_, **__: noise):
        out = scheduler.step(model_output, t, x_t)
    return {"prev_sample": out.prev_sample, "pred_original_sample": out.pred_original_sample}


def ddpm_scheduler(options, num_inference_steps=None):
    scheduler = DDPMScheduler(beta_start=BETAS[0], beta_end=BETAS[1], beta_schedule="linear", **options)
    if num_inference_steps:
        scheduler.set_timesteps(num_inference_steps)
    return scheduler


def ddpm_case(rng, options, t, num_inference_steps=None):
    """Tensors and description of one DDPM step."""
    exact = f64_tables(ddpm_scheduler(options, num_inference_steps))
    inputs = step_inputs(rng, t)
    if options["variance_type"] == "learned_range":
        inputs["model_variance"] = normal(rng, *inputs["x_t"].shape)
    elif options["variance_type"] == "learned":
        inputs["model_variance"] = normal(rng, *inputs["x_t"].shape) - 5
    out = run_step(scheduling_ddpm, exact, t, inputs, torch.float64)
    # the same step with a noise of zeros: the posterior mean
    without_noise = inputs | {"noise": torch.zeros_like(inputs["noise"])}
    out["mean"] = run_step(scheduling_ddpm, exact, t, without_noise, torch.float64)["prev_sample"]
    plain = run_step(scheduling_ddpm, exact, t, inputs, torch.float32)
    stock = run_step(scheduling_ddpm, ddpm_scheduler(options, num_inference_steps), t, inputs, torch.float32)
    unclipped = out["pred_original_sample"].abs() < 1
    prev_t = int(exact.previous_timestep(t))
    return inputs | out, {
        "t": t,
        "prev_t": prev_t,
        "noise_though_last": prev_t < 0 and bool((out["prev_sample"] - out["mean"]).abs().max() > 1e-6),
        "share_clipped": round(1 - unclipped.double().mean().item(), 3),
        "f32_floor": {k: gap({k: plain[k]}, {k: out[k]}) for k in plain},
        "stock_diffusers_off_by": {k: gap({k: stock[k]}, {k: out[k]}) for k in stock},
    }


DDPM_RULES = [
    "Paper: Ho et al. 2020. diffusers agrees with it save for what follows.",
    "Stock diffusers computes its tables in f32; here they are replaced by the f64 tables of schedule.json "
    "(stock_diffusers_off_by says what that changes).",
    "fixed_small is beta_tilde, clamped from below at 1e-20; the paper has no clamp. It matters only where the next "
    "alpha_bar is 1 (beta_tilde 0), and then by a standard deviation of 1e-10.",
    "beta_t of a step is 1 - alpha_bar_t/alpha_bar_prev, the paper's beta where prev_t = t-1, and its counterpart for "
    "a subset of steps.",
    "Noise is left out where t == 0, not where the step is the last one. With spacing 'trailing' the last t is 19, and "
    "with fixed_large diffusers still adds sqrt(1 - alpha_bar_19) * noise to the finished image (noise_though_last). "
    "The paper's rule, z = 0 at the last step, gives 'mean' there.",
    "clip_sample clamps x0_hat, and the posterior mean goes through the clamped one; the model's epsilon is not "
    "recomputed. (Algorithm 2 of the paper has no clipping.)",
    "'leading' starts at t = 980 with steps_offset 0, so a sampler that starts there from pure noise has alpha_bar = "
    "alphas_cumprod[980], not [999].",
]


def ddpm_steps():
    rng = np.random.default_rng(3)
    tensors, cases, subsets = {}, [], {}

    def add(key, options, t, num_inference_steps=None):
        found, about = ddpm_case(rng, options, t, num_inference_steps)
        tensors.update(prefixed(key, found))
        steps = num_inference_steps or 1000
        cases.append({"key": key} | options | {"num_inference_steps": steps} | about)

    for variance_type in ("fixed_small", "fixed_large"):
        base = {
            "num_train_timesteps": 1000,
            "prediction_type": "epsilon",
            "variance_type": variance_type,
            "clip_sample": True,
            "clip_sample_range": 1.0,
        }
        for t in (999, 500, 1, 0):
            add(f"{variance_type}.full.t{t}", base, t)
        for spacing in ("leading", "trailing", "linspace"):
            options = base | {"timestep_spacing": spacing, "steps_offset": 0}
            subsets[spacing] = ddpm_scheduler(options, 50).timesteps.tolist()
            for t in (subsets[spacing][i] for i in (0, 25, 49)):
                add(f"{variance_type}.{spacing}.t{t}", options, t, 50)
    for variance_type in ("learned", "learned_range"):
        options = base | {"variance_type": variance_type}
        for t in (999, 500, 1, 0):
            add(f"{variance_type}.full.t{t}", options, t)
        options = options | {"timestep_spacing": "leading", "steps_offset": 0}
        for t in (subsets["leading"][i] for i in (0, 25)):
            add(f"{variance_type}.leading.t{t}", options, t, 50)
    write_tensors("ddpm_steps.safetensors", tensors)
    write_json("ddpm_steps.json", {"versions": VERSIONS, "rules": DDPM_RULES, "timesteps_50": subsets, "cases": cases})
