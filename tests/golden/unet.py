"""The network in PyTorch: reads a weights file of this project (needs torch and safetensors).

    from unet import load
    eps = load("digits.safetensors")(x_t, t, y)    # x_t [B,1,28,28], t [B] from 0, y [B] 0..9, 10 = no class

With a learned variance there is a second output channel. A network of other classes than ten has as many rows in class_embed
and one more for "no class"; one without classes has no class_embed and ignores y.
"""
import json, math, torch
from safetensors import safe_open
from torch import nn
from torch.nn import functional as F

class Block(nn.Module):
    def __init__(self, i, o, e, g):
        super().__init__()
        self.norm1, self.conv1, self.emb = nn.GroupNorm(g, i), nn.Conv2d(i, o, 3, padding=1), nn.Linear(e, o)
        self.norm2, self.conv2 = nn.GroupNorm(g, o), nn.Conv2d(o, o, 3, padding=1)
        self.skip = nn.Conv2d(i, o, 1) if i != o else nn.Identity()
    def forward(self, x, e):
        h = self.conv1(F.silu(self.norm1(x))) + self.emb(F.silu(e))[:, :, None, None]
        return self.conv2(F.silu(self.norm2(h))) + self.skip(x)

class Attention(nn.Module):
    def __init__(self, c, g, heads):
        super().__init__()
        self.norm, self.qkv, self.proj, self.heads = nn.GroupNorm(g, c), nn.Linear(c, 3 * c), nn.Linear(c, c), heads
    def forward(self, x):
        split = lambda part: part.unflatten(-1, (self.heads, -1)).transpose(1, 2)      # [B,H*W,C] -> [B,heads,H*W,D]
        q, k, v = map(split, self.qkv(self.norm(x).flatten(2).mT).chunk(3, -1))
        h = torch.softmax(q @ k.mT / math.sqrt(q.shape[-1]), -1) @ v
        return x + self.proj(h.transpose(1, 2).flatten(2)).mT.reshape(x.shape)

class UNet(nn.Module):
    def __init__(self, channels, groups, timesteps=1000, classes=10, attention=(False, False, True), heads=1, out_channels=1):
        super().__init__()
        attn = lambda level: Attention(channels[level], groups, heads) if attention[level] else nn.Identity()
        (a, b, c), e, g, conv = channels, 4 * channels[0], groups, lambda i, o, s=1: nn.Conv2d(i, o, 3, s, 1)
        self.timesteps, self.half, part = timesteps, a // 2, lambda **kw: nn.ModuleDict(kw)
        self.time_mlp = nn.Sequential(nn.Linear(a, e), nn.SiLU(), nn.Linear(e, e))
        self.class_embed, self.conv_in = nn.Embedding(classes + 1, e) if classes else None, conv(1, a)
        self.down = nn.ModuleList(
            part(block=Block(i, i, e, g), attn=attn(level), downsample=conv(i, o, 2)) for level, i, o in [(0, a, b), (1, b, c)])
        self.mid = part(block1=Block(c, c, e, g), attn=attn(2), block2=Block(c, c, e, g))
        self.up = nn.ModuleList(
            part(upsample=conv(i, o), block=Block(2 * o, o, e, g), attn=attn(level)) for level, i, o in [(1, c, b), (0, b, a)])
        self.norm_out, self.conv_out = nn.GroupNorm(g, a), conv(a, out_channels)
    def forward(self, x, t, y):
        f = torch.exp(-math.log(10000) * torch.arange(self.half, device=t.device).double() / self.half)
        s = t.double()[:, None] * (1000 / self.timesteps) * f         # f64: a phase of 999 costs f32 four digits
        e = self.time_mlp(torch.cat([s.sin(), s.cos()], 1).to(x.dtype))
        e = e + self.class_embed(y.long()) if self.class_embed else e
        h, skips = self.conv_in(x), []
        for level in self.down:
            h = level["attn"](level["block"](h, e))
            skips.append(h)
            h = level["downsample"](h)
        h = self.mid["block2"](self.mid["attn"](self.mid["block1"](h, e)), e)
        for level in self.up:
            h = level["upsample"](F.interpolate(h, scale_factor=2.0, mode="nearest"))
            h = level["attn"](level["block"](torch.cat([h, skips.pop()], 1), e))
        return self.conv_out(F.silu(self.norm_out(h)))

def load(path, prefix=""):
    """The model in `path`, f16 upcast to f32. `prefix` picks one set of a file that holds several: "guide." is the guide, a second
    network of another shape (crate/checkpoint/guide.rs), which the model without a prefix does not include."""
    with safe_open(path, "pt") as f:
        config = json.loads(f.metadata()["ddpm"])
        keys = [k for k in f.keys() if k.startswith(prefix) and (prefix or not k.startswith("guide."))]
        weights = {k[len(prefix):]: f.get_tensor(k).float() for k in keys}
    unet = config["guide"]["unet"] if prefix == "guide." else config["unet"]
    model = UNet(**unet, timesteps=config["train"]["timesteps"])
    model.load_state_dict(weights)
    return model.eval()
