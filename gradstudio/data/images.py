"""A folder of images: a folder in it for each class."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from gradstudio.data.errors import Damaged, Empty, Malformed, TooLarge, count
from gradstudio.data.folders import image_paths
from gradstudio.data.progress import told
from gradstudio.data.reading import Reading
from gradstudio.data.table import Column, Table, Type, Values, column_of_texts

LARGEST = 2 * 2**30
"""Bytes of all pictures together."""
MOST_PIXELS = 50_000_000
"""Of one picture."""
GREY = ("1", "L", "I", "I;16", "F")


def read_images(folder: Path, reading: Reading) -> Table:
    """The pictures of a folder as N × channels × height × width bytes, and the folder each lies in as its class.

    Raises:
        Empty: if there are none.
        Damaged: if one can't be read.
        Malformed: if they are of different sizes and no side was said.
        TooLarge: if they don't fit into memory together.
    """
    paths = image_paths(folder)
    if not paths:
        expected = "pictures (PNG, JPEG, …) in a folder for each class"
        raise Empty(expected, "none", "Choose the folder above those of the classes.", name=folder.name)
    first, grey = _open(paths[0], folder, reading), reading.grey
    grey = first.mode in GREY if grey is None else grey
    width, height = first.size
    size = len(paths) * width * height * (1 if grey else 3)
    if size > LARGEST:
        advice = "Scale them to a smaller side."
        raise TooLarge(f"at most {LARGEST:,} bytes of pixels", f"{size:,}", advice, name=folder.name)
    pixels = np.empty((len(paths), 1 if grey else 3, height, width), np.uint8)
    for i, path in enumerate(paths):
        told(i, len(paths))
        pixels[i] = _pixels(path, folder, reading, grey, pixels.shape[1:])
    classes = column_of_texts("class", [path.parent.name for path in paths], Type.CATEGORY)
    note = f"{count(len(paths), 'picture')} of {width} × {height} pixels in {count(len(classes.categories), 'class')}."
    note = note.replace("classs", "classes")
    return Table((Column("image", Type.ARRAY, pixels), classes), folder.name, "images", notes=(note,))


def _open(path: Path, folder: Path, reading: Reading) -> Image.Image:
    place = path.relative_to(folder).as_posix()
    try:
        image = Image.open(path)
        if math.prod(image.size) > MOST_PIXELS:
            found = f"{image.size[0]:,} × {image.size[1]:,}"
            advice = "Make it smaller."
            raise TooLarge(f"at most {MOST_PIXELS:,} pixels", found, advice, place=place, name=folder.name)
        image.load()
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError):
        advice = "Take it out of the folder, or save it again."
        raise Damaged("a picture", "a file that can't be read as one", advice, place=place, name=folder.name) from None
    return image.resize((reading.side, reading.side)) if reading.side else image


def _pixels(path: Path, folder: Path, reading: Reading, grey: bool, shape: tuple[int, ...]) -> Values:
    image = _open(path, folder, reading)
    if image.size != (shape[2], shape[1]):
        found = f"{image.size[0]} × {image.size[1]}"
        raise Malformed(
            f"{shape[2]} × {shape[1]} pixels as in the first picture", found, "Say a side to scale all of them to.",
            place=path.relative_to(folder).as_posix(), name=folder.name,
        )  # fmt: skip
    pixels = np.asarray(image.convert("L" if grey else "RGB"))
    return pixels[None] if grey else pixels.transpose(2, 0, 1)
