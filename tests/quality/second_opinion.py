"""Computes the figures of docs/quality.md independently of the Rust code: with another classifier (LeNet-like, 5x5 kernels and dropout,
trained here in PyTorch), distances by brute force, samples drawn by the shipped command line.

    ddpm sample --count 10000 --class all --out digits.npy
    ddpm sample --weights www/weights/unconditional.safetensors --count 10000 --class none --out free.npy
    ddpm sample --count 2048 --class all --sampler ddim --steps 25 --out ddim.npy
    ddpm sample --count 2048 --class all --steps 10 --out ten.npy
    ddpm sample --count 2048 --class all --sampler ddpm --steps 1000 --out slow.npy
    ddpm info www/weights/small.safetensors                    # its fingerprint, and the guidance with which it draws
    python tests/quality/second_opinion.py digits.npy --weights FINGERPRINT --cfg-scale GUIDANCE --cfg-t-min SHARE --cfg-t-max SHARE --unconditional free.npy --reference slow.npy --few ddim-25=ddim.npy dpm++2m-25=digits.npy dpm++2m-10=ten.npy

Needs torch and numpy. Prints the JSON of docs/quality/second-opinion.json, which `ddpm quality` shows only for weights of that
fingerprint and digits drawn with these settings.
"""
import argparse
import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

DATA = Path(__file__).resolve().parents[2] / "www/data/mnist"


def idx(name):
    raw = gzip.decompress(next(DATA.glob(f"{name}*")).read_bytes())
    dims = [int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(raw[3])]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * len(dims)).reshape(dims)


def images(array):
    return torch.from_numpy(np.array(array)).float().reshape(-1, 1, 28, 28) / 255


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 16, 5, padding=2), nn.Conv2d(16, 32, 5)
        self.fc1, self.fc2 = nn.Linear(32 * 25, 128), nn.Linear(128, 10)

    def features(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return F.relu(self.fc1(x.flatten(1)))

    def forward(self, x):
        return self.fc2(F.dropout(self.features(x), 0.3, self.training))


def train(x, y, steps, seed):
    torch.manual_seed(seed)
    net = Classifier()
    optimizer = torch.optim.Adam(net.parameters(), 2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for _ in range(steps):
        indices = torch.randint(len(x), (128,))
        batch = x[indices]
        # Random shifts by up to two pixels.
        dy, dx = torch.randint(-2, 3, (2,)).tolist()
        loss = F.cross_entropy(net(torch.roll(batch, (dy, dx), (2, 3))), y[indices])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return net.eval()


@torch.no_grad()
def in_batches(f, x):
    return torch.cat([f(part) for part in x.split(1000)])


def accuracy(net, x, y):
    return (in_batches(net, x).argmax(1) == y).double().mean().item()


def frechet(a, b):
    a, b = a.double(), b.double()
    covariance = [torch.cov(v.T) for v in (a, b)]
    # tr((AB)^1/2) is the sum of the square roots of the eigenvalues of AB.
    roots = torch.linalg.eigvals(covariance[0] @ covariance[1]).real.clamp(min=0).sqrt().sum()
    return (((a.mean(0) - b.mean(0)) ** 2).sum() + sum(c.trace() for c in covariance) - 2 * roots).item()


def nearest(x, among):
    """Distance of each image to the nearest of `among`, pixels in 0..1."""
    among = among.flatten(1)
    return torch.cat([torch.cdist(part, among).min(1).values for part in x.flatten(1).split(250)])


def of_classes(labels, y, seed):
    """Indices into `y` of random images with the classes of `labels`, in the same order."""
    shuffled = torch.randperm(len(y), generator=torch.Generator().manual_seed(seed))
    pools = [iter(shuffled[y[shuffled] == c].tolist()) for c in range(10)]
    return torch.tensor([next(pools[c]) for c in labels.tolist()])


def described(path):
    return {"images": len(np.load(path)), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()[:16]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("digits", type=Path, help="class-conditional digits, labels beside them")
    parser.add_argument("--weights", required=True, help="the fingerprint of those that drew them, as ddpm info names it")
    parser.add_argument("--sampler", default="dpm++2m", help="that drew the digits; it and --sampler-steps are by default what ddpm sample's are")
    parser.add_argument("--sampler-steps", type=int, default=25)
    parser.add_argument("--cfg-scale", type=float, required=True, help="with which the digits were drawn; by default ddpm sample's is that of the weights' recipe")
    parser.add_argument("--cfg-t-min", type=float, required=True, help="from which share of T on they were drawn with guidance")
    parser.add_argument("--cfg-t-max", type=float, required=True, help="below which share of T they were drawn with guidance")
    parser.add_argument("--eta", type=float, default=1.0, help="the noise on the way with which they were drawn")
    parser.add_argument("--unconditional", type=Path)
    parser.add_argument("--reference", type=Path, help="class-conditional digits of all steps, to compare distances with")
    parser.add_argument("--few", nargs="*", default=[], metavar="SAMPLER-STEPS=FILE", help="such of few steps; the first of them, as many as the reference has")
    parser.add_argument("--steps", type=int, default=3000, help="of each training")
    args = parser.parse_args()
    x_train, y_train = images(idx("train-images")), torch.from_numpy(idx("train-labels").astype(np.int64))
    x_test, y_test = images(idx("t10k-images")), torch.from_numpy(idx("t10k-labels").astype(np.int64))
    net = train(x_train, y_train, args.steps, 0)
    few = dict(pair.split("=", 1) for pair in args.few)
    files = {"digits": args.digits, "unconditional": args.unconditional, "reference": args.reference, **few}
    found = {
        "weights": args.weights,
        "manner": {
            "sampler": args.sampler, "steps": args.sampler_steps, "cfg_scale": args.cfg_scale, "cfg_t_min": args.cfg_t_min,
            "cfg_t_max": args.cfg_t_max, "eta": args.eta,
        },
        "files": {name: described(Path(path)) for name, path in files.items() if path},
        "classifier": accuracy(net, x_test, y_test),
    }

    x = images(np.load(args.digits))
    y = torch.from_numpy(np.load(args.digits.with_suffix(".labels.npy")).astype(np.int64))
    right = in_batches(net, x).argmax(1) == y
    found["accuracy"] = right.double().mean().item()
    found["accuracy_by_class"] = [round(right[y == c].double().mean().item(), 4) for c in range(10)]
    found["classification_accuracy_score"] = accuracy(train(x, y, args.steps, 1), x_test, y_test)
    # Real digits of the same classes: the test images are not balanced, so a balanced set is further from them.
    real = of_classes(y, y_train, 0)
    found["the_same_from_real_digits"] = accuracy(train(x_train[real], y_train[real], args.steps, 1), x_test, y_test)
    tests = in_batches(net.features, x_test)
    distance = lambda images: frechet(in_batches(net.features, images), tests)
    found["frechet_distance"] = distance(x)
    found["frechet_distance_of_real_digits"] = distance(x_train[real])
    if args.reference:
        reference = images(np.load(args.reference))
        count = len(reference)
        all_steps = distance(reference)
        few_steps = {name: distance(images(np.load(path)[:count])) for name, path in few.items()}
        found["frechet_distance_of_reference"] = all_steps
        found["frechet_distance_of_few"] = few_steps
        found["frechet_distance_of_as_many_real_digits"] = distance(x_train[real[:count]])
        found["frechet_ratio_to_reference"] = {name: value / all_steps for name, value in few_steps.items()}
    for name, of in {"nearest_of_samples": nearest(x, x_train), "nearest_of_tests": nearest(x_test, x_train)}.items():
        found[name] = of.mean().item()
        found[f"{name}_first_percentile"] = of.quantile(0.01).item()
    if args.unconditional:
        drawn = images(np.load(args.unconditional))
        for name, of in {"unconditional": drawn, "unconditional_real": x_train[: len(drawn)]}.items():
            found[f"{name}_frechet_distance"] = distance(of)
            sure = in_batches(net, of).softmax(1).max(1).values > 0.95
            found[f"{name}_recognised"] = sure.double().mean().item()
        free = in_batches(net, drawn).argmax(1)
        found["unconditional_histogram"] = (torch.bincount(free, minlength=10).double() / len(free)).tolist()
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
