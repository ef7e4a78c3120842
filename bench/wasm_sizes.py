"""What is in the page's program, by crate: bytes of code, and what gzip makes of them. The share of the CPU backend is what a
module of its own would save those who have WebGPU.

    cargo build --bin ddpm-web --target wasm32-unknown-unknown --profile web
    node node_modules/binaryen/bin/wasm-opt -O1 -g --all-features target/wasm32-unknown-unknown/web/ddpm-web.wasm -o named.wasm
    python bench/wasm_sizes.py named.wasm     # has names, which the page's own does not
"""
import collections, gzip, re, sys

CPU = ("burn_flex", "ddpm_cpu", "gemm", "macerator")
CRATES = re.compile(r"(burn_cubecl|cubecl_[a-z]+|cubek_[a-z]+|burn_[a-z]+|pliron[a-z_]*|wgpu[a-z_]*|serde[a-z_]*|ddpm|core|alloc|std)")

data = open(sys.argv[1], "rb").read()


def number(at):
    """A LEB128 and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def skip_name(at):
    length, at = number(at)
    return at + length


imports, bodies, names, at = 0, [], {}, 8
while at < len(data):
    section = data[at]
    size, here = number(at + 1)
    end = here + size
    if section == 2:
        count, here = number(here)
        for _ in range(count):
            here = skip_name(skip_name(here))
            kind, here = data[here], here + 1
            if kind == 0:
                imports += 1
                _, here = number(here)
            elif kind == 3:
                here += 2
            else:
                here += kind == 1
                flags, here = number(here)
                for _ in range(1 + (flags & 1)):
                    _, here = number(here)
    if section == 10:
        count, here = number(here)
        for _ in range(count):
            length, here = number(here)
            bodies.append(data[here:here + length])
            here += length
    if section == 0:
        length, here = number(here)
        kind, here = data[here:here + length], here + length
        while kind == b"name" and here < end:
            part = data[here]
            length, here = number(here + 1)
            after = here + length
            if part == 1:
                count, here = number(here)
                for _ in range(count):
                    index, here = number(here)
                    length, here = number(here)
                    names[index], here = data[here:here + length].decode(), here + length
            here = after
    at = end

if not names:
    sys.exit(f"{sys.argv[1]} has no names: take the file that cargo wrote, from cargo, or from wasm-opt -g")
code = collections.defaultdict(bytearray)
for index, body in enumerate(bodies):
    name = names.get(index + imports, "")
    found = CRATES.search(name)
    crate = "CPU backend" if any(part in name for part in CPU) else found[1] if found else "other"
    code[crate] += body
print("     kB  gzip kB")
for crate, body in sorted(code.items(), key=lambda entry: -len(entry[1])):
    print(f"{len(body) / 1e3:7.1f}  {len(gzip.compress(bytes(body), 9)) / 1e3:7.1f}  {crate}")
