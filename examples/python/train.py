"""Trains the network of this project in PyTorch, and writes weights that the page and `ddpm` read.

    pip install torch safetensors numpy
    python examples/python/train.py --out mine.safetensors              # 400 steps of the preset tiny, some minutes at most
    cargo run --release --bin ddpm -- info mine.safetensors
    cargo run --release --bin ddpm -- sample --weights mine.safetensors --out digits.png

On the page, drop the file on it or choose it under Weights. The recipe is that of `ddpm train`: Ho et al. 2020 with the label left
out for a tenth of the images (for guidance), Adam with warm-up, and a moving average of the weights, which is what is written.
"""
import argparse
import gzip
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/golden"))
from unet import UNet  # noqa: E402

PRESETS = {
    "tiny": {"channels": [12, 24, 24], "groups": 4},
    "small": {"channels": [32, 64, 64], "groups": 8},
    "base": {"channels": [64, 128, 128], "groups": 8},
}
NO_CLASS = 10


def mnist(folder):
    """Images as numbers from -1 to 1, [60000, 1, 28, 28], and their labels."""
    images = np.frombuffer(gzip.open(folder / "train-images-idx3-ubyte.gz").read(), np.uint8, offset=16)
    labels = np.frombuffer(gzip.open(folder / "train-labels-idx1-ubyte.gz").read(), np.uint8, offset=8)
    return torch.from_numpy(images.reshape(-1, 1, 28, 28).copy()), torch.from_numpy(labels.astype(np.int64))


def train(unet, recipe, steps, data):
    """The average of the weights after so many steps, and the mean loss of the last quarter of them."""
    torch.manual_seed(recipe["seed"])
    images, labels = data
    network = UNet(**unet, timesteps=recipe["timesteps"])
    # As `ddpm train` begins: each residual block and the attention add nothing yet, and the output is 0.
    for name, parameter in network.named_parameters():
        if name.endswith(("conv2.weight", "proj.weight")) or name == "conv_out.weight":
            torch.nn.init.zeros_(parameter)
    average = {name: value.detach().clone() for name, value in network.named_parameters()}
    adam = torch.optim.Adam(network.parameters(), lr=recipe["learning_rate"])
    alpha_bar = torch.cumprod(1 - torch.linspace(recipe["beta_start"], recipe["beta_end"], recipe["timesteps"], dtype=torch.float64), 0)
    losses = []
    for step in range(steps):
        chosen = torch.randint(len(images), (recipe["batch_size"],))
        x_0, y = images[chosen] / 127.5 - 1, labels[chosen].clone()
        y[torch.rand(len(y)) < recipe["label_dropout"]] = NO_CLASS
        t = torch.randint(recipe["timesteps"], (len(y),))
        eps = torch.randn_like(x_0)
        level = alpha_bar[t].float().reshape(-1, 1, 1, 1)
        x_t = level.sqrt() * x_0 + (1 - level).sqrt() * eps

        warm = min((step + 1) / max(recipe["warmup_steps"], 1), 1)
        fall = (1 + math.cos(math.pi * step / steps)) / 2
        for group in adam.param_groups:
            group["lr"] = recipe["learning_rate"] * warm * fall
        loss = torch.nn.functional.mse_loss(network(x_t, t, y), eps)
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), recipe["grad_clip"])
        adam.step()

        decay = min(recipe["ema_decay"], (1 + step) / (10 + step))
        with torch.no_grad():
            for name, value in network.named_parameters():
                average[name].lerp_(value, 1 - decay)
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            print(f"step {step + 1}, loss {np.mean(losses[-50:]):.4f}", flush=True)
    return average, float(np.mean(losses[-max(steps // 4, 1):]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("mine.safetensors"))
    parser.add_argument("--preset", choices=PRESETS, default="tiny")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--half", action="store_true", help="write f16, half as large")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    unet = PRESETS[args.preset]
    # The names of crate/training/recipe.rs. A field that is left out means what the program did before there was one.
    recipe = {
        "batch_size": args.batch_size, "learning_rate": 2e-3, "warmup_steps": 50, "decay_steps": args.steps, "timesteps": 1000,
        "schedule": "linear", "beta_start": 1e-4, "beta_end": 0.02, "prediction": "epsilon", "ema_decay": 0.995,
        "weight_decay": 0.0, "grad_clip": 1.0, "label_dropout": 0.1, "seed": 0,
    }
    data = mnist(ROOT / "www/data/mnist")
    average, loss = train(unet, recipe, args.steps, data)
    seen = args.steps * args.batch_size
    description = {
        "unet": unet, "train": recipe, "step": args.steps, "epoch": seen / len(data[0]), "loss": loss,
        "origin": f"Trained by PyTorch (examples/python/train.py) for {args.steps} steps of {args.batch_size} images.", "format": 1,
    }
    dtype = torch.float16 if args.half else torch.float32
    save_file({name: value.to(dtype).contiguous() for name, value in average.items()}, args.out, {"ddpm": json.dumps(description), "format": "pt"})
    print(f"{args.out}: {sum(value.numel() for value in average.values())} parameters, loss {loss:.4f}")


if __name__ == "__main__":
    main()
