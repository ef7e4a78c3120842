"""Compares training on the CPU in PyTorch and in this program, with one thread each, in turn.

    python bench/torch_cpu.py          # needs torch, safetensors

The same network and recipe: noise, loss, gradients, clipping, Adam, moving average. A ratio is the median over rounds
of the ratio within one round. PyTorch uses oneDNN's kernels; both of its layouts are measured, of which
channels-last is the faster one here.
"""
import os, re, statistics, subprocess, sys, tempfile, time
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests/golden"))
from unet import load  # noqa: E402

ROUNDS, BATCHES = 5, (8, 32)
torch.set_num_threads(1)


def step_of(weights, batch, memory_format):
    model = load(weights).to(memory_format=memory_format)
    parameters = list(model.parameters())
    average = [p.detach().clone() for p in parameters]
    adam = torch.optim.Adam(parameters, lr=1e-3, fused=True)
    alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), 0)
    x0 = torch.rand(batch, 1, 28, 28) * 2 - 1
    y = torch.arange(batch) % 10

    def step():
        t = torch.randint(0, 1000, (batch,))
        eps = torch.randn_like(x0)
        level = alpha_bar[t].reshape(-1, 1, 1, 1)
        x_t = (level.sqrt() * x0 + (1 - level).sqrt() * eps).to(memory_format=memory_format)
        adam.zero_grad(set_to_none=True)
        loss = torch.nn.functional.mse_loss(model(x_t, t, y), eps)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0, foreach=True)
        adam.step()
        torch._foreach_lerp_(average, parameters, 1e-3)
        return loss.item()

    return step


def seconds(step, least=2.0):
    begun, count = time.perf_counter(), 0
    while (spent := time.perf_counter() - begun) < least:
        step()
        count += 1
    return spent / count


def ours(program):
    """Seconds a step by batch, from the native bench."""
    out = subprocess.run(
        [program, "--only", "cpu", "--lines", ", batch"],
        env={**os.environ, "RAYON_NUM_THREADS": "1"}, capture_output=True, text=True, check=True,
    ).stdout
    found = re.findall(r"training step, batch (\d+)\s+([\d.]+)", out)
    return {int(batch): float(ms) / 1000 for batch, ms in found}


build = subprocess.run(
    ["cargo", "bench", "--features", "bench", "--bench", "native", "--no-run"],
    cwd=HERE.parent, capture_output=True, text=True, check=True,
).stderr
program = HERE.parent / re.search(r"\((target/.*?)\)", build).group(1)
layouts = {"NCHW": torch.contiguous_format, "NHWC": torch.channels_last}
with tempfile.TemporaryDirectory() as folder:
    subprocess.run(["node", HERE / "build.mjs", "--weights", folder], check=True)
    weights = f"{folder}/weights.safetensors"
    steps = {(batch, name): step_of(weights, batch, layout) for batch in BATCHES for name, layout in layouts.items()}
for step in steps.values():
    step()
rounds = [(ours(program), {key: seconds(step) for key, step in steps.items()}) for _ in range(ROUNDS)]
print(f"PyTorch {torch.__version__}, one thread each, {ROUNDS} rounds")
for batch in BATCHES:
    rate = lambda values: batch / statistics.median(values)
    print(f"batch {batch}: this program {rate([mine[batch] for mine, _ in rounds]):.1f} images/s")
    for name in layouts:
        theirs = [torch_seconds[batch, name] for _, torch_seconds in rounds]
        ratio = statistics.median(mine[batch] / torch_seconds[batch, name] for mine, torch_seconds in rounds)
        print(f"  PyTorch {name} {rate(theirs):.1f} images/s, this program takes {ratio:.2f} times as long")
