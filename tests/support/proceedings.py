"""Notices, objections, services and panels for tests; ids for the access matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.support.objects import url_object
from tests.support.world import NOW, World, make_person
from training.core import clock
from training.core.db import db, new_public_id
from training.core.models import OrgUnit
from training.core.rules.words import Words
from training.people.models import Person
from training.proceedings import matters, service
from training.proceedings.models import Objection, Panel, PanelSeat, PublicNotice, ServiceRecord
from training.proceedings.rules.lifecycle import Method, ObjectionKind
from training.proceedings.rules.notice import Outcome


@dataclass
class Deciders:
    """Who took part in every matter of these tests, what was told to their room, and whether
    its panels have decided."""

    persons: set[int]
    decided: list[tuple[str, str]]
    panels: bool = False


MATTER = "person"
DECIDERS = Deciders(set(), [])


def _decided(_actor: Any, objection: Objection, _now: datetime) -> None:
    DECIDERS.decided.append((objection.matter_ref, str(objection.state)))


if matters.find(MATTER) is None:
    matters.register(
        MATTER,
        deciders=lambda _ref: DECIDERS.persons,
        url=lambda ref: f"/people/{ref}",
        decided=_decided,
        panel_decided=lambda _panel: DECIDERS.panels,
    )


def make_notice(
    org: OrgUnit | None = None,
    people: Sequence[Person] = (),
    *,
    now: datetime = NOW,
    by: str = "a_hr",
    outcome: Outcome = Outcome.EXCELLENT_GRADE,
    title: str = "关于拟评优秀人员的公示",
) -> PublicNotice:
    """A running notice, committed, published by the verb itself."""
    world = World()
    org, people = org or world.org("甲区司法局"), people or [world.person("a_mediator")]
    return service.publish_notice(
        world.actor(by),
        org,
        Words(title),
        "根据年度考核结果，现将拟评为优秀等次的人员予以公示。",
        [service.Named(p, outcome, p) for p in people],
        receiving_office="甲区司法局人民参与和促进法治科",
        telephone="0898-00000000",
        now=now,
    )


def make_objection(
    person: Person | None = None, org: OrgUnit | None = None, **overrides: Any
) -> Objection:
    """An objection about a fictional matter; stored, not committed."""
    world = World()
    fields: dict[str, Any] = {
        "public_id": new_public_id(),
        "org_id": (org or world.org("甲区司法局")).id,
        "kind": ObjectionKind.OBJECTION,
        "matter_type": MATTER,
        "matter_ref": world.person("a_mediator").public_id,
        "matter_title": "拟评优秀",
        "person_id": person.id if person else None,
        "concerned_id": world.person("a_mediator").id,
        "filed_on": clock.today(NOW),
        "filed_at": NOW,
        "decide_workdays": 10,
        "policy_id": _policy_id(),
    } | overrides
    objection = Objection(**fields)
    objection.filer, objection.phone, objection.text = "示例某", "19900000009", "与事实不符"
    db.session.add(objection)
    db.session.flush()
    return objection


def _policy_id() -> int:
    from training.core import policy

    return policy.get("appeal.decide", World().org("示例市司法局"), clock.today(NOW)).id


def make_service(person: Person, org: OrgUnit | None = None) -> ServiceRecord:
    """Something served on a person; stored, not committed."""
    record = ServiceRecord(
        org_id=(org or person.org).id,
        person_id=person.id,
        matter_type=MATTER,
        matter_ref=person.public_id,
        title="年度考核结果通知",
        method=Method.SITE,
        served_on=clock.today(NOW),
        served_at=NOW,
        served_by=World().person("a_hr").id,
    )
    db.session.add(record)
    db.session.flush()
    return record


def make_panel(org: OrgUnit | None = None, people: Sequence[Person] = ()) -> Panel:
    """A panel in which nobody has declared yet; stored, not committed."""
    world = World()
    panel = Panel(
        org_id=(org or world.org("甲区司法局")).id,
        matter_type=MATTER,
        matter_ref=world.person("a_mediator").public_id,
        title="2026 年度考核",
        created_at=NOW,
        created_by=world.person("a_hr").id,
    )
    db.session.add(panel)
    db.session.flush()
    for person in people:
        db.session.add(PanelSeat(panel_id=panel.id, person_id=person.id))
    db.session.flush()
    return panel


@url_object("notice_id")
def _notice(org: OrgUnit, person: Person) -> str:
    notice = PublicNotice(
        org_id=org.id,
        title="公示",
        body="公示",
        receiving_office="科室",
        telephone="0898-0",
        published_on=clock.today(),
        published_by=World().person("a_hr").id,
        workdays=5,
        policy_id=_policy_id(),
        created_at=clock.now() - timedelta(minutes=1),
    )
    db.session.add(notice)
    db.session.flush()
    return notice.public_id


@url_object("objection_id")
def _objection(org: OrgUnit, person: Person) -> str:
    other = make_person("被反映某", org, mediator_no=new_public_id()[:20])
    return make_objection(person, org, concerned_id=other.id).public_id


@url_object("service_id")
def _service(org: OrgUnit, person: Person) -> str:
    return make_service(person, org).public_id


@url_object("panel_id")
def _panel(org: OrgUnit, person: Person) -> str:
    return make_panel(org, [person]).public_id
