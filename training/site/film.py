"""Draw the short films of the curriculum anew from their storyboards: title cards, no sound.

A tool of the workshop, `python -m training.site.film` (needs ffmpeg): the films themselves
stand beside their storyboards, so that no site needs ffmpeg to show them.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from training.core.documents.pdf import FONTS

MEDIA = Path(__file__).resolve().parent / "content" / "media"
_SIZE = (960, 540)
_PAPER, _INK, _ACCENT = "#f7f4ec", "#22313a", "#8a3b2a"
_FONT = FONTS / "NotoSerifSC-400.ttf"


def main() -> None:
    """Draw the film of every storyboard."""
    for storyboard in sorted(MEDIA.glob("*.storyboard.toml")):
        board = tomllib.loads(storyboard.read_text(encoding="utf-8"))
        make(board, storyboard.parent / board["file"])


def make(board: dict[str, Any], target: Path) -> None:
    """Draw the slides of a storyboard and join them.

    Raises ``OSError`` without ffmpeg, ``subprocess.SubprocessError`` when it fails.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = []
        for number, slide in enumerate(board["slide"]):
            picture = folder / f"{number:02d}.png"
            _draw(slide, number, len(board["slide"])).save(picture)
            lines += [f"file '{picture.name}'", f"duration {int(slide['seconds'])}"]
        # The last duration only counts when another picture follows it.
        lines.append(f"file '{picture.name}'")
        (folder / "slides.txt").write_text("\n".join(lines) + "\n")
        command = [
            "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "concat", "-i", "slides.txt",
            "-t", str(sum(int(slide["seconds"]) for slide in board["slide"])),
            "-vf", "fps=5,format=yuv420p", "-c:v", "libx264", "-preset", "veryslow",
            "-tune", "stillimage", "-movflags", "+faststart", "-map_metadata", "-1",
            "-fflags", "+bitexact", "-y", "film.mp4",
        ]  # fmt: skip
        subprocess.run(command, cwd=folder, check=True)  # noqa: S603 - our own arguments
        shutil.copyfile(folder / "film.mp4", target)


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


if __name__ == "__main__":
    main()
