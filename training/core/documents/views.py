"""Asking for a paper, following its making, fetching it, checking its code."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from .. import clock, files, i18n, limits, web
from ..models import Job
from ..rules.jobs import JobState
from ..rules.words import N_
from . import queries, service
from .models import IssuedDocument, PaperFormat
from .registry import find
from .rules.codes import read, shown

room = web.Room("documents", __name__, url_prefix="/documents")

_FIXED = {"csrf_token", web.KEY_FIELD, "kind", "subject", "format"}
_STATES = {
    JobState.QUEUED: ("info", N_("排队中")),
    JobState.LEASED: ("info", N_("正在生成")),
    JobState.DONE: ("ok", N_("已生成")),
    JobState.DEAD: ("stop", N_("没有生成")),
}
FORMAT_LABELS = {PaperFormat.PDF: N_("PDF（打印用）"), PaperFormat.WORD: N_("Word（可编辑）")}


@dataclass(frozen=True, slots=True)
class Badge:
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Download:
    """A file that can be fetched: what to call it, how large it is, its short-lived address."""

    label: str
    kilobytes: int
    url: str


@dataclass(frozen=True, slots=True)
class Made:
    title: str
    file: Download
    at: object
    code: str


def download_of(document: IssuedDocument) -> Download:
    return Download(
        gettext(FORMAT_LABELS[document.format]),
        -(-document.file.size // 1024),
        files.link(document.file, download=True),
    )


def label_of(kind: str) -> str:
    paper = find(kind)
    return gettext(paper.label) if paper else kind


@room.act("/request", "documents:paper:request")
def ask() -> Response:
    """Have a paper made; further fields of the form are the paper's own parameters."""
    formats = [f for f in PaperFormat if f.value in request.form.getlist("format")]
    job = service.request(
        web.actor(),
        request.form.get("kind", ""),
        request.form.get("subject", ""),
        formats,
        now=clock.now(),
        english=i18n.is_english(),
        params={k: v[:100] for k, v in request.form.items() if k not in _FIXED},
    )
    return web.go(url_for("documents.progress", paper_job_id=job.public_id))


@room.page("/<paper_job_id>", "documents:paper:own")
def progress(paper_job_id: str) -> str:
    """How far a paper is, and its files once they are there; only for who asked for it."""
    job = web.load(Job, paper_job_id, "documents:paper:own")
    if job.kind != service.JOB:
        abort(404)
    kind, label = _STATES[job.state]
    over = job.state in (JobState.DONE, JobState.DEAD)
    template = (
        "documents/_progress.html" if request.headers.get("HX-Request") else "documents/job.html"
    )
    return render_template(
        template,
        title=label_of(job.payload["kind"]),
        job=job,
        state=Badge(kind, gettext(label)),
        poll=None if over else url_for("documents.progress", paper_job_id=paper_job_id),
        downloads=[download_of(d) for d in service.made_by(job.id)] if over else [],
    )


@room.page("/", "documents:paper:own")
def mine() -> str:
    """The papers I had made lately."""
    papers = [
        Made(d.title, download_of(d), d.created_at, shown(d.verification_code))
        for d in queries.own(web.actor())
    ]
    return render_template("documents/mine.html", papers=papers, latest=queries.LATEST)


@room.page("/verify", "documents:paper:verify")
@room.page("/verify/<code>", "documents:paper:verify")
@limits.limiter.limit(limits.lookups, deduct_when=limits.is_miss)
def verify(code: str = "") -> str:
    """Does this code belong to a paper of ours, and which? Names nobody."""
    typed = code or request.args.get("code", "")
    wanted = read(typed)
    paper = queries.by_code(wanted) if wanted else None
    if typed and paper is None:
        limits.count_miss()
    return render_template(
        "documents/verify.html",
        typed=typed[:40],
        paper=paper,
        label=label_of(paper.kind) if paper else "",
        code=shown(wanted) if wanted else "",
    )
