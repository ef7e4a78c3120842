"""Opens a weights file of this project in PyTorch, runs the network once and prints its output.

    python tests/golden/check_weights.py digits.safetensors
    python tests/golden/check_weights.py digits.safetensors --expect run.safetensors    # x, t, y and output in it
    python tests/golden/check_weights.py tests/golden/unet_micro.safetensors --prefix param. \\
        --expect tests/golden/unet_micro.safetensors

The fixed input is x[b, i] = sin(0.37 i + b) over the 784 pixels of images b = 0, 1, 2, at t = 0, T/2, T-1,
of class 3, none (10), 7. With --expect the exit code is 1 where the outputs differ by more than --tolerance.
"""
import argparse
import json

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from unet import load


def fixed_input(timesteps):
    x = torch.sin(0.37 * torch.arange(784).double() + torch.arange(3).double()[:, None])
    return x.float().reshape(3, 1, 28, 28), torch.tensor([0, timesteps // 2, timesteps - 1]), torch.tensor([3, 10, 7])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--prefix", default="", help="read only the tensors whose names start with this")
    parser.add_argument("--expect", help="a safetensors file with x, t, y and the output that this network should give")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    args = parser.parse_args()
    torch.set_num_threads(1)

    with safe_open(args.file, "pt") as f:
        print(json.dumps(json.loads(f.metadata()["ddpm"]), indent=1))
        dtypes = sorted({f.get_slice(k).get_dtype() for k in f.keys() if k.startswith(args.prefix)})
    model = load(args.file, args.prefix)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, stored as {', '.join(dtypes)}")

    with torch.no_grad():
        for b, row in enumerate(model(*(inputs := fixed_input(model.timesteps)))):
            t, y = inputs[1][b].item(), inputs[2][b].item()
            print(f"t {t:4}  y {y:2}  mean {row.mean():+.6f}  std {row.std():.6f}  first {row.flatten()[:3].tolist()}")
        if args.expect:
            expect = load_file(args.expect)
            difference = (model(expect["x"], expect["t"], expect["y"]) - expect["output"]).abs().max().item()
            print(f"largest difference from {args.expect}: {difference:.2e}")
            return int(not difference <= args.tolerance)


if __name__ == "__main__":
    raise SystemExit(main())
