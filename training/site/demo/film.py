"""The short film of a lesson, drawn from its storyboard: title cards, without sound.

The film is made where ffmpeg is installed; elsewhere the lesson is its text, which prints the
same words.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import structlog
from PIL import Image, ImageDraw, ImageFont

from training.core.documents.pdf import FONTS

logger = structlog.get_logger("demo")

_SIZE = (960, 540)
_PAPER, _INK, _ACCENT = "#f7f4ec", "#22313a", "#8a3b2a"
_FONT = FONTS / "NotoSerifSC-400.ttf"
_SECONDS_AT_MOST = 60


def with_film(content: Path, into: Path) -> Path:
    """A copy of the curriculum folder below ``into``, with its film if one can be made."""
    folder = into / "content"
    shutil.copytree(content, folder)
    for storyboard in sorted((folder / "media").glob("*.storyboard.toml")):
        with storyboard.open("rb") as source:
            board = tomllib.load(source)
        make(board, storyboard.parent / board["file"])
    return folder


def make(board: dict[str, Any], target: Path) -> bool:
    """Draw the slides of a storyboard and join them; False where it cannot be done here."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None or not _FONT.is_file():
        logger.info("film.left_out", file=target.name, ffmpeg=ffmpeg is not None)
        return False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = []
        for number, slide in enumerate(board["slide"]):
            picture = folder / f"{number:02d}.png"
            _draw(slide, number, len(board["slide"])).save(picture)
            lines += [f"file '{picture.name}'", f"duration {int(slide['seconds'])}"]
        (folder / "slides.txt").write_text("\n".join(lines) + "\n")
        command = [
            ffmpeg, "-nostdin", "-loglevel", "error", "-f", "concat", "-i", "slides.txt",
            "-vf", "fps=5,format=yuv420p", "-c:v", "libx264", "-preset", "veryfast",
            "-tune", "stillimage", "-movflags", "+faststart", "-map_metadata", "-1",
            "-fflags", "+bitexact", "-y", "film.mp4",
        ]  # fmt: skip
        try:
            subprocess.run(  # noqa: S603 - our own arguments
                command, cwd=folder, check=True, timeout=_SECONDS_AT_MOST, capture_output=True
            )
        except (subprocess.SubprocessError, OSError) as error:
            logger.warning("film.failed", file=target.name, error=type(error).__name__)
            return False
        shutil.copyfile(folder / "film.mp4", target)
    return True


def _draw(slide: dict[str, Any], number: int, count: int) -> Image.Image:
    """One title card: heading, lines, and how far the film is."""
    width, height = _SIZE
    card = Image.new("RGB", _SIZE, _PAPER)
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, 0, 18, height), fill=_ACCENT)
    pen.text((90, 90), slide["title"], _ACCENT, ImageFont.truetype(_FONT, 52))
    for row, line in enumerate(slide["lines"]):
        pen.text((90, 210 + row * 72), line, _INK, ImageFont.truetype(_FONT, 40))
    pen.rectangle((90, height - 48, width - 90, height - 44), fill="#d9d2c1")
    reached = 90 + (width - 180) * (number + 1) // count
    pen.rectangle((90, height - 48, reached, height - 44), fill=_ACCENT)
    return card
