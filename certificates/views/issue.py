"""发证: who passes and who does not, each refusal with its reasons and where to mend it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from training.core import clock, i18n, orgs, web
from training.core.errorpages import reason_row
from training.core.errors import Refused
from training.core.rules.explanation import show_hundredths
from training.core.rules.roles import OrgKind
from training.core.rules.words import N_
from training.people.models import Person

from .. import candidates, gates, service
from ..candidates import PLAN
from ..forms import PickForm
from ..gates import Assessment
from . import room, shown

ISSUE = "certificates:certificate:issue"
_KINDS = (OrgKind.DISTRICT_BUREAU, OrgKind.JUDICIAL_OFFICE, OrgKind.PROFESSIONAL_COMMITTEE)


def _row(found: Assessment) -> dict[str, Any]:
    result = found.result
    score = ""
    if result is not None:
        grading = result.grading
        score = f"{show_hundredths(grading.points)} / {show_hundredths(grading.full)}"
    progress = found.progress
    return {
        "id": found.person.public_id,
        "name": found.person.name,
        "unit": shown.unit_of(found.person),
        "hours": f"{show_hundredths(progress.result.total.done)} / {show_hundredths(progress.result.total.required)}"
        if progress
        else "",
        "score": score,
        "warning": gettext("；").join(i18n.say(w) for w in found.warnings),
        "reasons": [reason_row(r) for r in found.verdict.reasons],
        "url": url_for("certificates.plan_one", person_id=found.person.public_id),
    }  # fmt: skip


@room.page("/certificates/issue", PLAN)
def plan() -> str:
    """批量发证: the class in two lists."""
    who, base = web.actor(), url_for("certificates.plan")
    applied = candidates.apply(request.args, base)
    assessed = gates.assess(candidates.waiting(who, applied), who.person_id or 0, clock.now())
    return render_template(
        "certificates/issue.html",
        applied=applied,
        ready=[_row(a) for a in assessed if a.verdict],
        refused=[_row(a) for a in assessed if not a.verdict],
        most=candidates.MOST,
        sittings=[(s.public_id, candidates.shown_title(s)) for s in candidates.sittings(who)],
        units=[(u.public_id, i18n.title_of(u, "name")) for u in orgs.in_reach(who, PLAN, _KINDS)],
        step_up="" if web.is_fresh(who) else url_for("people.step_up", next=web.here()),
    )


@room.act("/certificates/issue", ISSUE)
def issue_class() -> Response:
    """A certificate for each of those ticked whose gates are open."""
    form, who = PickForm(), web.actor()
    if not form.validate():
        raise Refused.because("NOBODY", N_("请至少勾选一人"), status=422)
    wanted = candidates.by_public_ids(who, ISSUE, form.ids.data or [])
    made = service.issue_class(who, wanted, now=clock.now())
    left = len(wanted) - len(made)
    message = gettext("已签发 %(n)s 张证书，证书文件正在制作", n=len(made))
    if left:
        message += gettext("；%(n)s 人条件未齐，没有签发", n=left)
    return web.done(message, url_for("certificates.plan"))


@room.page("/certificates/issue/<person_id>", PLAN)
def plan_one(person_id: str) -> str:
    """One person's gates, with the reasons."""
    person, who = web.load(Person, person_id, PLAN), web.actor()
    (found,) = gates.assess([person], who.person_id or 0, clock.now())
    return render_template(
        "certificates/issue_one.html", person=person, found=_row(found), verdict=found.verdict
    )


@room.act("/certificates/issue/<person_id>", ISSUE)
def issue_one(person_id: str) -> Response:
    person = web.load(Person, person_id, ISSUE)
    made = service.issue(web.actor(), person, now=clock.now())
    return web.done(
        gettext("已签发 %(number)s，证书文件正在制作", number=made.number),
        url_for("certificates.certificate", certificate_id=made.public_id),
    )
