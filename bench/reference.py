"""Computes bench/reference.safetensors: PyTorch's results with the bench's weights, which all contenders are compared with.

    node bench/build.mjs --weights target/bench
    python bench/reference.py target/bench/weights.safetensors      # needs torch, safetensors, numpy

Inputs are f32, all arithmetic is f64, results are rounded to f32 once. Not needed to run the bench.
"""
import hashlib, json, sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests/golden"))
from unet import load  # noqa: E402

weights = Path(sys.argv[1])
torch.set_num_threads(1)
rng = np.random.default_rng(4)
normal = lambda: torch.from_numpy(rng.standard_normal((4, 1, 28, 28)).astype(np.float32))
x, x0, eps = normal(), normal().clamp(-1, 1), normal()
# Both ends of the schedule, a class that occurs twice, and "no class".
t, y = torch.tensor([0, 7, 612, 999]), torch.tensor([3, 10, 0, 3])

model = load(str(weights)).double()
with torch.no_grad():
    output = model(x.double(), t, y)
alpha_bar = torch.from_numpy(np.cumprod(1 - np.linspace(1e-4, 0.02, 1000)))[t].reshape(-1, 1, 1, 1)
x_t = alpha_bar.sqrt() * x0.double() + (1 - alpha_bar).sqrt() * eps.double()
loss = torch.nn.functional.mse_loss(model(x_t, t, y), eps.double())
loss.backward()

found = {"x": x, "x0": x0, "eps": eps, "t": t, "y": y, "output": output, "loss": loss.reshape(1)}
for name, parameter in model.named_parameters():
    flat = parameter.grad.ravel()
    found["grad." + name] = torch.cat([flat.norm().reshape(1), flat[[i * len(flat) // 8 for i in range(8)]]])
found = {k: v.detach().float().contiguous().clone() for k, v in found.items()}
assert all(v.isfinite().all() for v in found.values())
about = {"weights": hashlib.sha256(weights.read_bytes()).hexdigest(), "torch": torch.__version__.split("+")[0]}
save_file(found, HERE / "reference.safetensors", {"ddpm_bench": json.dumps(about)})
print(f"output rms {output.square().mean().sqrt():.4f}, loss {loss:.6f}")
