"""Functions that the scripts of this folder share: writing fixtures, making inputs, the tables of a schedule."""
import json
from pathlib import Path

import diffusers
import numpy as np
import torch
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
VERSIONS = {"torch": torch.__version__.split("+")[0], "diffusers": diffusers.__version__, "numpy": np.__version__}
BETAS = (1e-4, 0.02)


# --- writing -----------------------------------------------------------------------------------------


def write_tensors(name, tensors, **ddpm):
    """Writes a fixture with one metadata key only: safetensors writes several in random order, and the bytes must repeat."""
    tensors = {k: v.detach().float().contiguous().clone() for k, v in tensors.items()}
    assert all(v.isfinite().all() for v in tensors.values())
    save_file(tensors, HERE / name, {"ddpm": json.dumps(ddpm)})
    (HERE / name).chmod(0o644)


def write_json(name, value):
    (HERE / name).write_text(json.dumps(value, indent=1, allow_nan=False) + "\n")


def prefixed(prefix, tensors):
    return {f"{prefix}.{k}": v for k, v in tensors.items()}


def gap(a, b):
    """Largest absolute difference over tensors of the same names, to one digit, so that other machines give the same."""
    return float(f"{max((a[k].double() - b[k].double()).abs().max().item() for k in a):.0e}")


# --- inputs ------------------------------------------------------------------------------------------


def normal(rng, *shape):
    return torch.from_numpy(rng.standard_normal(shape).astype(np.float32))


# --- schedules ---------------------------------------------------------------------------------------


def linear_betas(timesteps, start=BETAS[0], stop=BETAS[1]):
    return np.linspace(start, stop, timesteps, dtype=np.float64)


def tables(betas):
    """All tables of DDPM (Ho et al. 2020, eq. 4, 6, 7) in f64; alpha_bar before the first step is 1."""
    alphas_cumprod = np.cumprod(1.0 - betas)
    prev = np.concatenate([[1.0], alphas_cumprod[:-1]])
    return {
        "betas": betas,
        "alphas_cumprod": alphas_cumprod,
        "posterior_variance": betas * (1.0 - prev) / (1.0 - alphas_cumprod),
        "posterior_mean_coef1": betas * np.sqrt(prev) / (1.0 - alphas_cumprod),
        "posterior_mean_coef2": (1.0 - prev) * np.sqrt(1.0 - betas) / (1.0 - alphas_cumprod),
    }
