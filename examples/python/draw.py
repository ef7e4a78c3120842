"""Draws with this project's weights by PyTorch and diffusers' own schedulers, and compares with `ddpm sample`.

    pip install torch diffusers safetensors numpy
    python examples/python/draw.py                                     # draws four digits with each scheduler
    python examples/python/draw.py --ddpm target/release/ddpm          # and compares them with those of `ddpm sample`
    python examples/python/draw.py --save tests/fixtures/python        # writes what cargo test compares with

The network is the PyTorch class of tests/golden/unet.py, the weights are those of the page, and the schedulers are diffusers' as
they are: nothing of theirs is replaced but the random numbers. Those are this project's, made here in numpy, because digits
are only the same if they come from the same noise.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler
from diffusers.schedulers import scheduling_ddpm
from safetensors import safe_open

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/golden"))
from unet import load  # noqa: E402

torch.set_num_threads(1)

# What is drawn: the digits 0 to 3, and four without a class, which are led away from what the weights' guide would draw.
LABELS, SEED, STEPS, GUIDANCE, NO_CLASS = [0, 1, 2, 3], 3, 20, 1.5, 10
WITHOUT_CLASS = "dpm++2m-none"
# With "trailing", 20 steps over T = 1000 are 999, 949, … 49. There diffusers' rules are those of the papers: DDIM goes from t to
# t - T/steps, which is the next t, and DDPM's last step adds no noise, because its variance is 0.
SCHEDULERS = {
    "ddpm": lambda common: DDPMScheduler(**common, variance_type="fixed_small", clip_sample=True),
    "ddim": lambda common: DDIMScheduler(**common, clip_sample=True, set_alpha_to_one=True),
    # It clips by thresholding only; with its default limit of 1 that is clipping to -1 … 1.
    "dpm++2m": lambda common: DPMSolverMultistepScheduler(**common, solver_order=2, algorithm_type="dpmsolver++", thresholding=True),
}
SCHEDULERS[WITHOUT_CLASS] = SCHEDULERS["dpm++2m"]
# What diffusers calls what this project's networks predict.
PREDICTIONS = {"epsilon": "epsilon", "x0": "sample", "v": "v_prediction"}


def described(weights):
    """What a weights file says of itself."""
    with safe_open(weights, "pt") as file:
        return json.loads(file.metadata()["ddpm"])


def trained_for(weights):
    """What a weights file says of the schedule and of the network's output, in the words of diffusers' schedulers."""
    recipe = described(weights)["train"]
    if recipe["schedule"] != "linear":
        raise SystemExit(f"{weights} was trained over the schedule {recipe['schedule']}; this script knows the linear one")
    return {
        "num_train_timesteps": recipe["timesteps"], "beta_schedule": "linear", "timestep_spacing": "trailing",
        "beta_start": recipe.get("beta_start", 1e-4), "beta_end": recipe.get("beta_end", 0.02),
        "prediction_type": PREDICTIONS[recipe["prediction"]],
    }


def guided_steps(weights, interval):
    """The first t at which digits of a weights file are drawn with guidance, and the t below which they are."""
    timesteps = described(weights)["train"]["timesteps"]
    return [interval.get(end, every) * timesteps for end, every in [("cfg_t_min", 0.0), ("cfg_t_max", 1.0)]]


# --- this project's random numbers (crate/rng.rs) --------------------------------------------------------------------


def philox(counter, key):
    """Philox4x32-10 (Salmon et al. 2011) on arrays: four words of a counter to four random words."""
    counter, key = [np.asarray(word, np.uint64) for word in counter], list(key)
    for round in range(10):
        if round > 0:
            key = [(key[0] + 0x9E3779B9) % 2**32, (key[1] + 0xBB67AE85) % 2**32]
        a, b = counter[0] * np.uint64(0xD2511F53), counter[2] * np.uint64(0xCD9E8D57)
        low, high = np.uint64(2**32 - 1), np.uint64(32)
        counter = [b >> high ^ counter[1] ^ np.uint64(key[0]), b & low, a >> high ^ counter[3] ^ np.uint64(key[1]), a & low]
    return np.stack(counter, -1)


def noise(seed, image, step):
    """x_T (step 0) of an image of a draw, or the z of its step: 28×28 Gaussian numbers by Box–Muller."""
    blocks = np.arange(28 * 28 // 4)
    same = np.ones_like(blocks)
    words = philox([blocks, same * image, same * step, same * 3], [seed % 2**32, seed >> 32]).reshape(-1, 2)
    uniform = (words >> np.uint64(8)).astype(np.float32) * np.float32(2**-24)
    radius = np.sqrt(-2 * np.log(1 - uniform[:, 0]))
    angle = np.float32(2 * np.pi) * uniform[:, 1]
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)
    return torch.from_numpy(pairs.reshape(1, 28, 28).astype(np.float32))


def batch_noise(step):
    return torch.stack([noise(SEED, image, step) for image in range(len(LABELS))])


# --- drawing ---------------------------------------------------------------------------------------------------------


def with_class(network, steps):
    """Classifier-free guidance (Ho & Salimans 2022) in these steps: the network's output with the class, led away from that without."""
    label, none = torch.tensor(LABELS), torch.full((len(LABELS),), NO_CLASS)

    def output(x, times):
        scale = GUIDANCE if steps[0] <= times[0] < steps[1] else 1.0
        return torch.lerp(network(x, times, none), network(x, times, label), scale)

    return output


def without_class(network, guide, guide_scale, steps):
    """Autoguidance (Karras et al. 2024) in these steps: the network's output without a class, led away from that of a weaker network."""
    none = torch.full((len(LABELS),), NO_CLASS)

    def output(x, times):
        scale = guide_scale if steps[0] <= times[0] < steps[1] else 1.0
        return torch.lerp(guide(x, times, none), network(x, times, none), scale)

    return output


def draw(output, scheduler):
    """The digits as numbers from -1 to 1, [4, 1, 28, 28]. `output` is the network's at (x_t, t)."""
    scheduler.set_timesteps(STEPS)
    # DDIM's way to x_{t-1} is told by the noise that belongs to the clipped estimate of the digit, as here.
    options = {"use_clipped_model_output": True} if isinstance(scheduler, DDIMScheduler) else {}
    x = batch_noise(0)
    with torch.no_grad():
        for step, t in enumerate(scheduler.timesteps):
            times = torch.full((len(LABELS),), int(t))
            with mock.patch.object(scheduling_ddpm, "randn_tensor", lambda *_, **__: batch_noise(step + 1)):
                x = scheduler.step(output(x, times), t, x, **options).prev_sample
    return x


def ours(program, sampler, weights):
    """The same by `ddpm sample`, as numbers."""
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/digits.npy"
        command = [program, "sample", "--weights", weights, "--count", len(LABELS), "--seed", SEED, "--out", out, "--float"]
        command += ["--sampler", sampler.removesuffix("-none"), "--steps", STEPS, "--spacing", "trailing"]
        # diffusers' solver of this kind adds no noise. Without a class the scale is the file's.
        command += ["--eta", 0, *(["--class", "none"] if sampler == WITHOUT_CLASS else ["--class", "all", "--cfg-scale", GUIDANCE])]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        return torch.from_numpy(np.load(out)).unsqueeze(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default=ROOT / "www/weights/small.safetensors")
    parser.add_argument("--ddpm", help="the program to compare with; the exit code is 1 where a digit differs by more than --tolerance")
    parser.add_argument("--tolerance", type=float, default=1e-3, help="where black is -1 and white is 1")
    parser.add_argument("--save", type=Path, help="a folder for the digits, one .npy file a scheduler")
    args = parser.parse_args()
    network, common, worst = load(args.weights), trained_for(args.weights), 0.0
    for name, scheduler in SCHEDULERS.items():
        output = with_class(network, guided_steps(args.weights, described(args.weights)["train"]))
        if name == WITHOUT_CLASS:
            guide = described(args.weights).get("guide")
            if guide is None:
                print(f"{name:8} left out: {args.weights} has no guide")
                continue
            steps = guided_steps(args.weights, guide.get("interval", {}))
            output = without_class(network, load(args.weights, "guide."), guide["cfg_scale"], steps)
        digits = draw(output, scheduler(common))
        print(f"{name:8} by diffusers: mean {digits.mean():+.6f}, standard deviation {digits.std():.6f}", end="")
        if args.save:
            np.save(args.save / f"{name}.npy", digits.squeeze(1).numpy())
        if args.ddpm:
            difference = (digits - ours(args.ddpm, name, args.weights)).abs().max().item()
            worst = max(worst, difference)
            print(f"; largest difference from ddpm sample: {difference:.1e}", end="")
        print()
    return int(not worst <= args.tolerance)


if __name__ == "__main__":
    raise SystemExit(main())
