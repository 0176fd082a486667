"""How long the certification board takes with 3,800 people: figures, a page, a search, the
sheet. On SQLite in a temporary folder; seconds of the wall clock, the median of five.

.venv/bin/python benchmarks/board.py [people]
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sqlalchemy as sa
from flask import Flask

from certificates import board
from certificates.models import Certificate, WorkCard
from certificates.rules.lifecycle import CertificateState
from certificates.rules.number import CertificateClass, CertificateNumber
from certificates.rules.work_card import WorkCardState
from tests.support.world import NOW, World, build_world
from training.core import clock, lists
from training.core.config import load
from training.core.db import db, new_public_id
from training.core.models import OrgUnit
from training.core.rules.roles import OrgKind
from training.people.models import Person
from training.people.rules.person import ServiceKind, Standing
from training.site.app import create_app

ROOT = Path(__file__).resolve().parent.parent
_STATES = (CertificateState.ACTIVE,) * 17 + (CertificateState.SUSPENDED,) * 1


def site(folder: str) -> Flask:
    """An empty site over a database of its own."""
    environ = {
        "ACADEMY_ENV": "testing", "ACADEMY_VAR": folder, "SECRET_KEY": "b" * 40,
        "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{folder}/board.sqlite",
        "BASE_URL": "http://localhost", "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    return create_app(load(environ, ROOT))


def fill(people: int) -> None:
    """So many people in post, nine in ten with a certificate, all with a work card."""
    build_world()
    units = list(
        db.session.scalars(sa.select(OrgUnit).where(OrgUnit.kind == OrgKind.MEDIATION_COMMITTEE))
    )
    issuer, today = World().person("a_hr").id, clock.today()
    persons = [
        {
            "public_id": new_public_id(), "name": f"示例{n}", "pinyin": f"shili{n} sl{n}",
            "mediator_no": f"BM{n:06d}", "org_id": units[n % len(units)].id,
            "service_kind": ServiceKind.PART_TIME if n % 8 else ServiceKind.FULL_TIME,
            "standing": Standing.IN_POST, "created_at": NOW,
        }
        for n in range(1, people + 1)
    ]  # fmt: skip
    db.session.execute(sa.insert(Person), persons)
    ids = db.session.execute(
        sa.select(Person.id, Person.org_id).where(Person.mediator_no.startswith("BM"))
    ).all()
    certificates, cards = [], []
    for n, (person_id, org_id) in enumerate(ids, 1):
        issued = today - timedelta(days=n % 1080)
        common = {
            "person_id": person_id, "org_id": org_id, "issuer_id": issuer, "issued_on": issued,
            "payload": {}, "payload_sha256": "0" * 64, "created_at": NOW,
        }  # fmt: skip
        cards.append(
            {
                **common, "public_id": new_public_id(), "code": f"W{n:011d}",
                "state": WorkCardState.VALID, "last_checked_on": issued,
            }
        )  # fmt: skip
        if n % 10:
            number = CertificateNumber(
                "460105", issued.year, CertificateClass.FULL_TIME, 10_000 + n
            )
            certificates.append(
                {
                    **common, "public_id": new_public_id(), "code": f"C{n:011d}",
                    "number": str(number), "certificate_class": number.certificate_class,
                    "state": _STATES[n % len(_STATES)], "valid_from": issued,
                    "valid_until": issued + timedelta(days=1095),
                    "issuer_org_id": org_id, "policy": {}, "inputs": {},
                }
            )  # fmt: skip
    db.session.execute(sa.insert(Certificate), certificates)
    db.session.execute(sa.insert(WorkCard), cards)
    db.session.commit()


def median(work: Callable[[], object]) -> float:
    """Milliseconds, the median of five runs after one that warms up."""
    work()
    taken = []
    for _ in range(5):
        db.session.rollback()
        start = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def measure() -> None:
    actor = World().actor("city_city_manager")
    top = World().org("示例市司法局")
    setting = board.setting(top, clock.today())

    def applied(**args: str) -> lists.Applied:
        return board.apply(args, "/certificates/", setting)

    cases: dict[str, Callable[[], object]] = {
        "figures and bars": lambda: board.figures(actor, setting),
        "first page": lambda: board.page(actor, applied(), {}),
        "expiring": lambda: board.page(actor, applied(state="expiring"), {}),
        "missing": lambda: board.page(actor, applied(state="missing"), {}),
        "search by initials": lambda: board.page(actor, applied(q="sl37"), {}),
        "search by name": lambda: board.page(actor, applied(q="示例37"), {}),
        "count": lambda: board.total(actor, applied()),
        "all rows of the sheet": lambda: list(board.export_rows(actor, applied())),
    }
    for name, work in cases.items():
        print(f"{name:24} {median(work):8.1f} ms")


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 3800
    with tempfile.TemporaryDirectory() as folder:
        app = site(folder)
        with app.test_request_context():
            db.create_all()
            fill(people)
            print(f"{people} people, {db.engine.dialect.name}")
            measure()
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    main()
