"""Frozen payloads as documents: the certificate on A4 across, work cards eight to a sheet.

The same payload and photograph give the same bytes. Nothing is read but the payload.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
import weasyprint
from flask import current_app
from weasyprint.text.fonts import FontConfiguration

from training.core.documents.pdf import FONTS, OwnFontsOnly
from training.core.documents.rules.codes import shown

from . import guilloche
from .rules.wording import NAME, on_paper

_PDF = Path(__file__).parent / "templates" / "certificates" / "pdf"
_PICTURE_DPI = 130
_PICTURE_SECONDS = 30


@lru_cache(maxsize=4)
def _styles(name: str) -> tuple[FontConfiguration, Any]:
    """A style sheet of ours with its faces, loaded once a process."""
    if not (FONTS / "NotoSerifSC-400.ttf").is_file():
        raise RuntimeError("the fonts for certificates are missing: run `make setup`")
    configuration = FontConfiguration()
    faces = "".join(
        f"@font-face {{ font-family: 'Certificate Serif'; font-weight: {weight};"
        f" src: url('font:NotoSerifSC-{weight}.ttf'); }}\n"
        for weight in (400, 700)
    )
    sheet = weasyprint.CSS(
        string=faces + (_PDF / name).read_text("utf-8"),
        font_config=configuration,
        url_fetcher=OwnFontsOnly(),
    )
    return configuration, sheet


def data_url(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def qr(url: str) -> str:
    """A QR code as a picture that stands in the page (SVG, error correction M)."""
    return str(segno.make(url, error="m", micro=False).svg_data_uri(border=0, dark="#1f2933"))


def _draw(template: str, style: str, identifier: str, **context: Any) -> bytes:
    # Not render_template: there is no request, and the page's frame is not wanted.
    text = current_app.jinja_env.get_template(f"certificates/pdf/{template}").render(**context)
    configuration, sheet = _styles(style)
    page = weasyprint.HTML(string=text, url_fetcher=OwnFontsOnly())
    made = page.write_pdf(
        stylesheets=[sheet], font_config=configuration, pdf_identifier=identifier[:32].encode()
    )
    return bytes(made)


def certificate(payload: Mapping[str, Any], payload_sha256: str, photo: bytes | None) -> bytes:
    """A certificate as a PDF. Raises ``RuntimeError`` without fonts."""
    before, _, after = payload["body"].partition(NAME)
    return _draw(
        "certificate.html", "certificate.css", payload_sha256,
        p=payload, before=before.rstrip(), after=after.lstrip(),
        rosette=guilloche.rosette(), band=guilloche.band(),
        photo=data_url(photo, "image/jpeg") if photo else "",
        qr=qr(payload["verify_url"]), code=shown(payload["code"]),
        until=on_paper(date.fromisoformat(payload["valid_until"])),
        issued=on_paper(date.fromisoformat(payload["issued_on"])),
    )  # fmt: skip


def work_cards(cards: Sequence[tuple[Mapping[str, Any], bytes | None]], identifier: str) -> bytes:
    """Work cards to cut out, eight on A4: (payload, photograph) each."""
    return _draw(
        "work_cards.html", "work_cards.css", identifier,
        cards=[
            {
                "p": payload,
                "photo": data_url(photo, "image/jpeg") if photo else "",
                "qr": qr(payload["verify_url"]),
                "code": shown(payload["code"]),
                "issued": on_paper(date.fromisoformat(payload["issued_on"])),
            }
            for payload, photo in cards
        ],
    )  # fmt: skip


def picture(pdf: bytes) -> bytes | None:
    """The first page as PNG, to be kept on a phone; None where ``pdftoppm`` is not installed
    or fails: the PDF is what counts."""
    program = shutil.which("pdftoppm")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.pdf", Path(folder) / "out"
        source.write_bytes(pdf)
        command = [
            program,
            "-png",
            "-singlefile",
            "-r",
            str(_PICTURE_DPI),
            str(source),
            str(target),
        ]
        try:
            subprocess.run(  # noqa: S603 - our own program and paths
                command, check=True, capture_output=True, timeout=_PICTURE_SECONDS
            )
        except (subprocess.SubprocessError, OSError):
            return None
        return target.with_suffix(".png").read_bytes()
