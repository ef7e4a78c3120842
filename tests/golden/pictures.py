"""Makes the pictures in pictures/ and what Pillow reads in them, which the Rust code must agree with.

    python3 -m venv /tmp/pillow-venv && /tmp/pillow-venv/bin/pip install pillow numpy
    /tmp/pillow-venv/bin/python tests/golden/pictures.py

pictures.json holds, for each file, the sizes and the grey values after Pillow's conversion to L (Rec. 601), upright by the
orientation in its EXIF data.
"""
import json
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageOps

FOLDER = Path(__file__).parent / "pictures"
WIDTH, HEIGHT = 24, 16
ORIENTATION = 0x0112


def colours():
    """A smooth picture without symmetry, so that a wrong orientation or exchanged channels are seen."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    red = 255 * x / (WIDTH - 1)
    green = 255 * y / (HEIGHT - 1)
    blue = 128 + 100 * np.sin(x / 5 + y / 3)
    return Image.fromarray(np.stack([red, green, blue], -1).round().astype(np.uint8))


def main():
    picture = colours()
    grey = picture.convert("L")
    rng = np.random.default_rng(1)
    picture.save(FOLDER / "colour.png")
    picture.save(FOLDER / "colour.jpg", quality=95)
    picture.convert("CMYK").save(FOLDER / "cmyk.jpg", quality=95)
    picture.quantize(16).save(FOLDER / "palette.png")
    grey.save(FOLDER / "grey.png")
    grey.save(FOLDER / "grey.jpg", quality=95, progressive=True)
    grey.point(lambda v: 255 * (v > 127)).convert("1").save(FOLDER / "one-bit.png")
    deep = (np.asarray(grey).astype(np.uint16) << 8) | rng.integers(0, 128, (HEIGHT, WIDTH), dtype=np.uint16)
    Image.fromarray(deep).save(FOLDER / "sixteen-bit.png")
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        picture.save(FOLDER / f"orientation-{orientation}.jpg", quality=95, exif=exif)
    expected = {}
    for path in sorted(FOLDER.glob("*.[pj]*g")):
        with Image.open(path) as opened:
            upright = ImageOps.exif_transpose(opened)
            if upright.mode.startswith("I;16"):
                # Pillow clips 16 bits on the way to L: their upper half is meant.
                values = np.asarray(upright) >> 8
            else:
                values = np.asarray(upright.convert("L"))
        expected[path.name] = {"width": values.shape[1], "height": values.shape[0], "grey": values.ravel().tolist()}
    text = json.dumps({"versions": {"pillow": PIL.__version__}, "pictures": expected}, separators=(",", ":"))
    (FOLDER / "pictures.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
