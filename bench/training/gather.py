"""Gathers pictures of all kinds of things, beside one's own photos, for network.py to cut views from.

    python gather.py --out PICTURES

They come from packages of Debian 12, all free to use and to change; `apt-get download` fetches them
(about 600 MB). PICTURES gets four folders: thing (photos and renderings, many cut out), cartoon,
texture and scene. Needs pillow 12.3.0. Nothing of them ends up in the model but what they taught.
"""

import argparse
import io
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path

from PIL import Image

PACKAGES = [
    "tuxpaint-stamps-default=2022.06.04-1",
    "gcompris-qt-data=3.1-2",
    "openclipart-png=1:0.18+dfsg-19",
    "sweethome3d-furniture=1.8-1",
    "gnome-backgrounds=43.1-1",
    "mate-backgrounds=1.26.0-1",
    "plasma-workspace-wallpapers=4:5.27.5-2",
]

# Signs, letters and symbols teach nothing of things.
STAMPS_NOT = re.compile(r"/symbols/|roadsigns|/seasonal/hanukkah")
CLIPS_NOT = re.compile(r"icons|shapes/|signs_and|buttons|gradients|special/|flowchart|stickmen|geography")

# How a WebP, a JPEG and a PNG begin.
BEGINNINGS = re.compile(rb"RIFF....WEBP|\xff\xd8\xff[\xe0\xe1\xdb]|\x89PNG\r\n", re.S)
LONGEST = 4_000_000

Image.MAX_IMAGE_PIXELS = 240_000_000


class Gathered:
    def __init__(self, out):
        self.out = Path(out)
        self.count = {}

    def add(self, file, kind, largest, smallest):
        """Keeps it in this size, unless it is no picture, too small or a stripe."""
        try:
            picture = Image.open(file)
            picture.load()
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            return
        if min(picture.size) < smallest or max(picture.size) > 4 * min(picture.size):
            return
        clear = "A" in picture.getbands() or "transparency" in picture.info
        picture = picture.convert("RGBA" if clear else "RGB")
        if clear and picture.getextrema()[3][0] == 255:
            picture = picture.convert("RGB")
        picture.thumbnail((largest, largest), Image.LANCZOS)
        number = self.count[kind] = self.count.get(kind, 0) + 1
        folder = self.out / kind
        folder.mkdir(parents=True, exist_ok=True)
        picture.save(folder / f"{number:05}.png")


def gather(raw, gathered):
    for file in sorted(raw.glob("usr/share/tuxpaint/stamps/**/*.png")):
        if not STAMPS_NOT.search(str(file)):
            gathered.add(file, "cartoon" if "cartoon" in str(file) else "thing", 384, 80)
    for file in sorted(raw.glob("usr/share/gcompris-qt/**/*.rcc")):
        content = file.read_bytes()
        for begin in BEGINNINGS.finditer(content):
            picture = io.BytesIO(content[begin.start() : begin.start() + LONGEST])
            gathered.add(picture, "thing", 384, 120)
    for file in sorted(raw.glob("usr/share/openclipart/png/**/*.png")):
        if not CLIPS_NOT.search(str(file)):
            gathered.add(file, "cartoon", 256, 120)
    for file in sorted(raw.glob("usr/share/**/*.sh3f")):
        with zipfile.ZipFile(file) as furniture:
            for name in sorted(furniture.namelist()):
                if name.endswith(".png"):
                    gathered.add(io.BytesIO(furniture.read(name)), "thing", 256, 90)
                elif name.lower().endswith((".jpg", ".jpeg")):
                    gathered.add(io.BytesIO(furniture.read(name)), "texture", 256, 100)
    seen = set()
    for file in sorted(raw.glob("usr/share/*/**/*")):
        wallpaper = str(file).split("/contents")[0]
        kept = "background" in str(file) or "wallpapers" in str(file)
        if kept and file.suffix in (".jpg", ".png", ".webp") and wallpaper not in seen and "screenshot" not in str(file):
            # The same wallpaper stands there in many sizes.
            seen.add(wallpaper)
            gathered.add(file, "scene", 1280, 300)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    gathered = Gathered(args.out)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", *PACKAGES], cwd=folder, check=True)
        for package in sorted(Path(folder).glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
        gather(Path(folder), gathered)
    print(", ".join(f"{count} of kind {kind}" for kind, count in sorted(gathered.count.items())))


if __name__ == "__main__":
    main()
