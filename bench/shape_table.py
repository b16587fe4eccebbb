"""Which common characters look alike, from how a font draws them.

`python -m bench.shape_table --font F > address/shapes.txt`.
Each character of GB 2312 is drawn, blurred and compared as a picture; pairs above the threshold are kept, both ways.
A character and its neighbours stand on one line. The table in the repository is made from Noto Sans CJK SC (OFL).
"""

import argparse
import sys
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

ALIKE: Final = 0.62
SIZE: Final = 48
COMMON: Final = range(0xB0, 0xD8)
"""Lead bytes of the 3,755 common characters."""


def characters() -> list[str]:
    """The common characters of GB 2312."""
    found = []
    for high in COMMON:
        for low in range(0xA1, 0xFF):
            try:
                found.append(bytes((high, low)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--font", required=True, help="a font file that draws simplified Chinese")
    parser.add_argument("--index", type=int, default=2, help="which face of a collection")
    told = parser.parse_args()
    font = ImageFont.truetype(told.font, 40, index=told.index)
    signs = characters()
    drawn = []
    for sign in signs:
        picture = Image.new("L", (SIZE, SIZE), 0)
        ImageDraw.Draw(picture).text((4, -6), sign, 255, font=font)
        drawn.append(gaussian_filter(np.asarray(picture, dtype=np.float32), 1.6)[::2, ::2].ravel())
    pictures = np.array(drawn) - np.mean(drawn, axis=0)
    pictures /= np.linalg.norm(pictures, axis=1, keepdims=True)
    alike = pictures @ pictures.T
    np.fill_diagonal(alike, 0)
    for at, sign in enumerate(signs):
        near = [signs[other] for other in np.argsort(-alike[at]) if alike[at, other] > ALIKE]
        if near:
            sys.stdout.write(f"{sign}{''.join(near)}\n")


if __name__ == "__main__":
    main()
