"""组卷: blueprints with their feasibility, drawing, preview and publication of papers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from exams.bank import queries as bank
from exams.bank.rules.question import KIND_LABELS, QuestionKind
from training.core import clock, i18n, orgs, policy, web
from training.core.errorpages import reason_row
from training.core.errors import Refused
from training.core.models import OrgUnit
from training.core.rules.explanation import show_hundredths
from training.core.rules.vocabulary import TOPIC_LABELS, Topic
from training.core.rules.words import N_

from . import queries, service
from .models import Paper, PaperBlueprint
from .rules.blueprint import feasibility

room = web.Room("exams_papers", __name__, url_prefix="/papers")

_ROWS = 8
_NUMERALS = "一二三四五六七八"
CORE_KEY = "exam.core_section"


@dataclass(frozen=True, slots=True)
class Badge:
    kind: str
    label: str


@room.page("/", "papers:blueprint:read")
def blueprints() -> str:
    """Plans and the papers drawn from them."""
    who = web.actor()
    plans = [
        {
            "title": i18n.title_of(b),
            "org": i18n.title_of(b.org, "name"),
            "count": sum(s.count for s in b.plan.sections),
            "full": show_hundredths(b.plan.full_points),
            "url": url_for("exams_papers.blueprint", blueprint_id=b.public_id),
        }
        for b in queries.blueprints(who)
    ]
    return render_template(
        "exams_papers/blueprints.html",
        plans=plans,
        papers=[_listed(p) for p in queries.papers(who)],
    )


def _listed(paper: Paper) -> dict[str, Any]:
    return {
        "title": i18n.title_of(paper),
        "drawn": i18n.format_datetime(paper.drawn_at),
        "author": paper.author.name,
        "state": Badge("ok", gettext("已定稿"))
        if paper.publication
        else Badge("due", gettext("未定稿")),
        "url": url_for("exams_papers.paper", paper_id=paper.public_id),
    }


@room.page("/blueprints/<blueprint_id>", "papers:blueprint:read")
def blueprint(blueprint_id: str) -> str:
    """One plan: its sections, whether the bank can fill it, and its papers."""
    found = web.load(PaperBlueprint, blueprint_id, "papers:blueprint:read")
    pool, _ = queries.pool(found.org)
    have = Counter((q.topic, q.kind) for q in {q.content_hash: q for q in pool}.values())
    sections = [
        {
            "code": s.code,
            "topic": gettext(TOPIC_LABELS[s.topic]),
            "kind": gettext(KIND_LABELS[s.kind]),
            "count": s.count,
            "points": show_hundredths(s.points),
            "core": gettext("是") if s.core else "",
            "have": have[s.topic, s.kind],
        }
        for s in found.plan.sections
    ]
    return render_template(
        "exams_papers/blueprint.html",
        blueprint=found,
        sections=sections,
        full=show_hundredths(found.plan.full_points),
        reasons=[reason_row(r) for r in feasibility(pool, found.plan).reasons],
        papers=[_listed(p) for p in queries.papers(web.actor(), found.id)],
    )


def read_sections(form: MultiDict[str, str]) -> list[dict[str, Any]]:
    """The rows of the editor that hold a number of questions. Points are typed with up to two
    decimals. Raises ``Refused`` (422)."""
    found: list[dict[str, Any]] = []
    for n in range(_ROWS):
        count = form.get(f"count-{n}", "").strip()
        if not count:
            continue
        topic, kind = form.get(f"topic-{n}", ""), form.get(f"kind-{n}", "")
        points = _hundredths(form.get(f"points-{n}", ""))
        if not count.isdigit() or topic not in list(Topic) or kind not in list(QuestionKind):
            raise Refused.because("BLUEPRINT", N_("组卷方案填写不完整"), status=422)
        found.append(
            {
                "code": _NUMERALS[len(found)],
                "topic": topic,
                "kind": kind,
                "count": int(count),
                "points": points,
                "core": f"core-{n}" in form,
                "mix": {},
            }
        )
    return found


def _hundredths(typed: str) -> int:
    whole, _, part = typed.strip().partition(".")
    if not whole.isdigit() or not (part == "" or part.isdigit()) or len(part) > 2 or len(whole) > 4:
        raise Refused.because("BLUEPRINT", N_("每题分值请填数字，最多两位小数"), status=422)
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


def _editor(found: PaperBlueprint | None) -> str | tuple[str, int] | Response:
    who, now = web.actor(), clock.now()
    units = [found.org] if found else orgs.in_reach(who, "papers:blueprint:write")
    errors: list[str] = []
    codes: list[str] = []
    if request.method == "POST":
        title = request.form.get("title", "").strip()[:100]
        title_en = request.form.get("title_en", "").strip()[:100]
        try:
            if not title:
                raise Refused.because("TITLE", N_("请填写名称"), status=422)
            sections = read_sections(request.form)
            org = next((u for u in units if u.public_id == request.form.get("org")), None)
            if found is not None:
                made = service.revise_blueprint(who, found, title, title_en, sections, now=now)
            elif org is None:
                raise Refused.because("ORG", N_("请选择单位"), status=422)
            else:
                made = service.write_blueprint(who, org, title, title_en, sections, now=now)
        except Refused as error:
            if error.status != 422:
                raise
            errors, codes = [i18n.say(r.words) for r in error.verdict.reasons], [error.code]
        else:
            return web.done(
                gettext("已保存组卷方案"),
                url_for("exams_papers.blueprint", blueprint_id=made.public_id),
            )
    typed = web.typed()
    page = render_template(
        "exams_papers/edit.html",
        blueprint=found,
        units=[(u.public_id, i18n.title_of(u, "name")) for u in units],
        rows=_rows(found, units, typed),
        title=typed.get("title", "") if typed or not found else found.title,
        title_en=typed.get("title_en", "") if typed or not found else found.title_en,
        org=typed.get("org", ""),
        topics=[(str(t), gettext(v)) for t, v in TOPIC_LABELS.items()],
        kinds=[(str(k), gettext(v)) for k, v in KIND_LABELS.items()],
        errors=errors,
        codes=codes,
    )
    return page, 422 if errors else 200


def _rows(
    found: PaperBlueprint | None, units: list[OrgUnit], typed: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The editor's rows: as typed, as stored, or the core topics of the policy as a start."""
    if typed:
        return [
            {name: typed.get(f"{name}-{n}", "") for name in ("topic", "kind", "count", "points")}
            | {"core": f"core-{n}" in typed}
            for n in range(_ROWS)
        ]
    rows = [
        {
            "topic": s.topic,
            "kind": s.kind,
            "count": s.count,
            "points": show_hundredths(s.points),
            "core": s.core,
        }
        for s in (found.plan.sections if found else ())
    ]
    if not found and units:
        core = policy.get(CORE_KEY, units[0], clock.today()).value
        rows = [
            {
                "topic": topic,
                "kind": QuestionKind.SINGLE,
                "count": "",
                "points": "2",
                "core": topic in core,
            }
            for topic in Topic
        ]
    blank = {"topic": "", "kind": "", "count": "", "points": "", "core": False}
    return rows + [blank] * (_ROWS - len(rows))


@room.form_page("/blueprints/new", "papers:blueprint:write")
def write() -> str | tuple[str, int] | Response:
    """A new plan."""
    return _editor(None)


@room.form_page("/blueprints/<blueprint_id>/edit", "papers:blueprint:write")
def edit(blueprint_id: str) -> str | tuple[str, int] | Response:
    """Change a plan; papers drawn from it stay."""
    return _editor(web.load(PaperBlueprint, blueprint_id, "papers:blueprint:write"))


@room.act("/blueprints/<blueprint_id>/archive", "papers:blueprint:write")
def archive(blueprint_id: str) -> Response:
    found = web.load(PaperBlueprint, blueprint_id, "papers:blueprint:write")
    service.archive_blueprint(web.actor(), found, now=clock.now())
    return web.done(gettext("已停用组卷方案"), url_for("exams_papers.blueprints"))


@room.act("/blueprints/<blueprint_id>/draw", "papers:paper:draw")
def draw(blueprint_id: str) -> Response:
    """Draw a paper and freeze it."""
    found = web.load(PaperBlueprint, blueprint_id, "papers:paper:draw")
    made = service.draw_paper(web.actor(), found, now=clock.now())
    return web.done(
        gettext("已抽题并封存，请预览后定稿"),
        url_for("exams_papers.paper", paper_id=made.public_id),
    )


def words_of(option: dict[str, str], kind: QuestionKind) -> str:
    """An option's words; 正确 and 错误 are ours and translated."""
    words = option["text"]
    return str(gettext(words)) if kind is QuestionKind.TRUE_FALSE else words


@room.page("/<paper_id>", "papers:paper:read")
def paper(paper_id: str) -> str:
    """A paper as drawn, with its keys, for the office that keeps it."""
    found = web.load(Paper, paper_id, "papers:paper:read")
    versions = bank.pinned(s.question for s in found.slots)
    questions = [
        {
            "number": s.slot,
            "section": s.section,
            "stem": i18n.title_of(versions[s.question], "stem"),
            "points": show_hundredths(s.points),
            "options": [
                {
                    "text": words_of(o, s.kind),
                    "right": o["id"] in versions[s.question].key,
                }
                for o in versions[s.question].options
            ],
        }
        for s in found.slots
    ]
    return render_template(
        "exams_papers/paper.html",
        paper=found,
        questions=questions,
        full=show_hundredths(found.payload["full_points"]),
    )


@room.act("/<paper_id>/publish", "papers:paper:publish")
def publish(paper_id: str) -> Response:
    """From now on sittings may use it."""
    found = web.load(Paper, paper_id, "papers:paper:publish")
    service.publish_paper(web.actor(), found, now=clock.now())
    return web.done(
        gettext("已定稿，可以安排考试"), url_for("exams_papers.paper", paper_id=paper_id)
    )
