"""Trains the network of this project in PyTorch, and writes weights that the page and `ddpm` read.

    pip install torch safetensors numpy
    python examples/python/train.py --out mine.safetensors              # 400 steps of the preset tiny, some minutes at most
    cargo run --release --bin ddpm -- info mine.safetensors
    cargo run --release --bin ddpm -- sample --weights mine.safetensors --out digits.png

On the page, drop the file on it or choose it under Weights. The recipe is that of `ddpm train`: Ho et al. 2020 with the label left
out for a tenth of the images (for guidance), Adam with warm-up, and a moving average of the weights, which is what is written.
With --init the run begins with the weights of a file. On a processor with AMX, --bf16 --compile is several times as fast as without.
"""
import argparse
import gzip
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/golden"))
from unet import UNet, load  # noqa: E402

PRESETS = {
    "tiny": {"channels": [12, 24, 24], "groups": 4},
    "small": {"channels": [32, 64, 64], "groups": 8},
    "base": {"channels": [64, 128, 128], "groups": 8},
}
NO_CLASS = 10
# The guidance with a class, and between which shares of T it acts (crate/diffusion/guidance_interval.rs).
GUIDANCE = ["cfg_scale", "cfg_t_min", "cfg_t_max"]


def mnist(folder):
    """Images as numbers from -1 to 1, [60000, 1, 28, 28], and their labels."""
    images = np.frombuffer(gzip.open(folder / "train-images-idx3-ubyte.gz").read(), np.uint8, offset=16)
    labels = np.frombuffer(gzip.open(folder / "train-labels-idx1-ubyte.gz").read(), np.uint8, offset=8)
    return torch.from_numpy(images.reshape(-1, 1, 28, 28).copy()), torch.from_numpy(labels.astype(np.int64))


def untrained(unet):
    """A network as `ddpm train` begins with: each residual block and the attention add nothing yet, and the output is 0."""
    network = UNet(**unet)
    for name, parameter in network.named_parameters():
        if name.endswith(("conv2.weight", "proj.weight")) or name == "conv_out.weight":
            torch.nn.init.zeros_(parameter)
    return network


def batches(count, size):
    """Indices of the images of each step: each epoch in another order, the last images that do not fill a batch left out."""
    while True:
        yield from torch.randperm(count)[: count // size * size].split(size)


def train(network, recipe, steps, data, bf16, compiled):
    """The average of the weights after so many steps, and the mean loss of the last quarter of them."""
    images, labels = data
    network = network.train().to(memory_format=torch.channels_last)
    parameters = list(network.parameters())
    average = [parameter.detach().clone() for parameter in parameters]
    adam = torch.optim.Adam(parameters, lr=recipe["learning_rate"], fused=True)
    betas = torch.linspace(recipe["beta_start"], recipe["beta_end"], recipe["timesteps"], dtype=torch.float64)
    alpha_bar = torch.cumprod(1 - betas, 0).float()
    forward = torch.compile(network) if compiled else network
    size, start, losses = recipe["batch_size"], time.monotonic(), []
    for step, chosen in zip(range(steps), batches(len(images), size)):
        x_0, y = images[chosen] / 127.5 - 1, labels[chosen].clone()
        y[torch.rand(size) < recipe["label_dropout"]] = NO_CLASS
        # One t in each of as many equal parts of 0 to T as there are images (stratified).
        t = ((torch.arange(size) + torch.rand(size)) / size * recipe["timesteps"]).long().clamp(max=recipe["timesteps"] - 1)
        eps = torch.randn_like(x_0)
        level = alpha_bar[t].reshape(-1, 1, 1, 1)
        x_t = level.sqrt() * x_0 + (1 - level).sqrt() * eps
        target = eps if recipe["prediction"] == "epsilon" else level.sqrt() * eps - (1 - level).sqrt() * x_0

        warm = min((step + 1) / max(recipe["warmup_steps"], 1), 1)
        fall = (1 + math.cos(math.pi * step / steps)) / 2
        for group in adam.param_groups:
            group["lr"] = recipe["learning_rate"] * warm * fall
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            output = forward(x_t, t, y)
        loss = torch.nn.functional.mse_loss(output.float(), target)
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, recipe["grad_clip"])
        adam.step()

        decay = min(recipe["ema_decay"], (1 + step) / (10 + step))
        torch._foreach_lerp_(average, [parameter.detach() for parameter in parameters], 1 - decay)
        losses.append(loss.item())
        if (step + 1) % 100 == 0:
            pace = (step + 1) * size / (time.monotonic() - start)
            print(f"step {step + 1}, loss {np.mean(losses[-100:]):.4f}, {pace:.0f} images/s", flush=True)
    names = [name for name, _ in network.named_parameters()]
    return dict(zip(names, average)), float(np.mean(losses[-max(steps // 4, 1):]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("mine.safetensors"))
    parser.add_argument("--preset", choices=PRESETS, default="tiny")
    parser.add_argument("--init", type=Path, help="weights to begin with, in place of --preset; they must be of the linear schedule")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--warmup-steps", type=int, default=50)
    parser.add_argument("--prediction", choices=["epsilon", "v"], help="by default what the weights to begin with predict, or epsilon")
    parser.add_argument("--label-dropout", type=float, default=0.1)
    parser.add_argument("--ema-decay", type=float, default=0.995)
    for name in GUIDANCE:
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, type=float, help="no part of training: how digits of these weights are drawn if nothing else is asked for")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bf16", action="store_true", help="compute in bf16, with weights in f32")
    parser.add_argument("--compile", action="store_true", help="compile the network by torch.compile (needs a C++ compiler)")
    parser.add_argument("--half", action="store_true", help="write f16, half as large")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    # The names of crate/training/recipe.rs. A field that is left out means what the program did before there was one.
    recipe = {
        "batch_size": args.batch_size, "learning_rate": args.learning_rate, "warmup_steps": args.warmup_steps,
        "decay_steps": args.steps, "lr_decay": "cosine", "timesteps": 1000, "schedule": "linear", "beta_start": 1e-4,
        "beta_end": 0.02, "t_sampling": "stratified", "prediction": args.prediction or "epsilon", "ema_decay": args.ema_decay,
        "weight_decay": 0.0, "grad_clip": 1.0, "label_dropout": args.label_dropout, "seed": args.seed,
    }
    recipe |= {name: getattr(args, name) for name in GUIDANCE if getattr(args, name) is not None}
    torch.manual_seed(args.seed)
    origin = "Trained by PyTorch (examples/python/train.py)"
    if args.init:
        with safe_open(args.init, "pt") as file:
            begun = json.loads(file.metadata()["ddpm"])
        trained = begun["train"]
        for name in ("schedule", "timesteps", "beta_start", "beta_end"):
            if trained.get(name, recipe[name]) != recipe[name]:
                raise SystemExit(f"{args.init} was trained with {name} {trained[name]}; this script trains with {recipe[name]}")
        recipe["prediction"] = args.prediction or trained["prediction"]
        unet, network = begun["unet"], load(args.init)
        origin += f", beginning with {args.init.name} ({begun['step']} steps),"
    else:
        unet, network = PRESETS[args.preset], untrained(PRESETS[args.preset])
    data = mnist(ROOT / "www/data/mnist")
    average, loss = train(network, recipe, args.steps, data, args.bf16, args.compile)
    seen = args.steps * args.batch_size
    description = {
        "unet": unet, "train": recipe, "step": args.steps, "epoch": seen / len(data[0]), "loss": loss,
        "origin": f"{origin} for {args.steps} steps of {args.batch_size} images.", "format": 1,
    }
    dtype = torch.float16 if args.half else torch.float32
    save_file({name: value.to(dtype).contiguous() for name, value in average.items()}, args.out, {"ddpm": json.dumps(description), "format": "pt"})
    print(f"{args.out}: {sum(value.numel() for value in average.values())} parameters, loss {loss:.4f}")


if __name__ == "__main__":
    main()
