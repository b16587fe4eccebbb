"""Photos from the field: checked, turned upright, made small, and stripped of everything but the picture. Pure."""

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from patrol.errors import PhotoRefused

MAX_BYTES = 10 * 1024 * 1024
MAX_SIDE = 1600
MAX_PIXELS = 60_000_000
"""Sixty megapixels: more than any phone of today takes; a small file that claims more is a bomb."""

QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """A JPEG without EXIF, at most 1600 pixels a side."""

    jpeg: bytes
    width: int
    height: int
    sha256: str


def clean(upload: bytes) -> CleanPhoto:
    """The picture and nothing else. Raises PhotoRefused when the upload is no picture, broken, or too large."""
    if len(upload) > MAX_BYTES:
        raise PhotoRefused(zh="照片超过 10 MB，请压缩后再传", en="the photo is larger than 10 MB")
    try:
        with Image.open(io.BytesIO(upload), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise PhotoRefused(zh="照片像素过多", en="the photo has too many pixels")
            picture.draft("RGB", (MAX_SIDE, MAX_SIDE))  # decodes a large JPEG at a fraction of its size
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as exc:
        raise PhotoRefused(
            zh="这不是能打开的照片（支持 JPEG、PNG、WebP）", en="not a readable photo (JPEG, PNG or WebP)"
        ) from exc
    upright.thumbnail((MAX_SIDE, MAX_SIDE))
    plain = Image.frombytes("RGB", upright.size, upright.tobytes())  # pixels only: no EXIF, no ICC, no comment
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=QUALITY, optimize=True)
    jpeg = out.getvalue()
    return CleanPhoto(jpeg, plain.width, plain.height, hashlib.sha256(jpeg).hexdigest())
