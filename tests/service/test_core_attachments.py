"""Files laid to records and taken back by a further entry."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.support.documents import SUBJECT
from tests.support.world import NOW, World
from training.core import files
from training.core.attachments import queries, registry, service
from training.core.attachments.models import Attachment
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.models import AuditEntry, OrgUnit
from training.core.uploads import Checked

SCAN = Checked(b"%PDF-1.7 scan", "审批表.pdf", "application/pdf")


def add(world: World, who: str = "city_admin", label: str = "盖章的审批表") -> Attachment:
    ref = world.org("甲区司法局").public_id
    return service.add(world.actor(who), SUBJECT, ref, SCAN, label, now=NOW)


def test_a_file_is_laid_to_a_record_and_seen_by_who_may_read_it(app: Flask, world: World) -> None:
    add(world)
    org = world.org("甲区司法局")
    (found,) = queries.of(world.actor("a_hr"), SUBJECT, org.public_id)
    assert (found.label, found.org_id, found.added_by) == (
        "盖章的审批表", org.id, world.person("city_admin").public_id,
    )  # fmt: skip
    assert found.withdrawal is None
    assert files.read(found.file) == SCAN.data
    assert (found.file.purpose, found.file.org_id) == ("attachment", org.id)


def test_writing_needs_the_permission_to_write_over_the_record(app: Flask, world: World) -> None:
    for who in ("a_hr", "b_hr", "a_mediator"):
        with pytest.raises(NotVisible):
            add(world, who)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 0


def test_reading_needs_the_permission_to_read_the_record(app: Flask, world: World) -> None:
    add(world)
    ref = world.org("甲区司法局").public_id
    for who in ("b_hr", "a_mediator"):
        with pytest.raises(NotVisible):
            queries.of(world.actor(who), SUBJECT, ref)
    with pytest.raises(NotVisible):
        queries.of(world.actor("a_hr"), "unheard_of", ref)


def test_a_file_without_a_label_is_refused(app: Flask, world: World) -> None:
    with pytest.raises(Refused) as caught:
        add(world, label="  ")
    assert (caught.value.code, caught.value.status) == ("LABEL_REQUIRED", 422)


def test_a_file_is_taken_back_by_a_further_entry_with_its_reason(app: Flask, world: World) -> None:
    attachment = add(world)
    service.withdraw(world.actor("city_admin"), attachment, "扫描错页", now=NOW)
    ref = world.org("甲区司法局").public_id
    (found,) = queries.of(world.actor("a_hr"), SUBJECT, ref)
    assert found.withdrawal is not None
    assert found.withdrawal.reason == "扫描错页"
    assert files.read(found.file) == SCAN.data
    actions = set(db.session.scalars(sa.select(AuditEntry.action)))
    assert {"attachments:file:add", "attachments:file:withdraw"} <= actions


def test_taking_back_wants_a_reason_and_happens_once(app: Flask, world: World) -> None:
    attachment = add(world)
    actor = world.actor("city_admin")
    with pytest.raises(Refused) as caught:
        service.withdraw(actor, attachment, " ", now=NOW)
    assert (caught.value.code, caught.value.status) == ("REASON_REQUIRED", 422)
    service.withdraw(actor, attachment, "扫描错页", now=NOW)
    with pytest.raises(Refused) as caught:
        service.withdraw(actor, attachment, "再来", now=NOW)
    assert (caught.value.code, caught.value.status) == ("ALREADY_WITHDRAWN", 409)


def test_who_may_only_read_cannot_take_back(app: Flask, world: World) -> None:
    attachment = add(world)
    with pytest.raises(NotVisible):
        service.withdraw(world.actor("a_hr"), attachment, "x", now=NOW)


def test_a_kind_is_registered_once() -> None:
    with pytest.raises(ValueError, match="already"):
        registry.accept(SUBJECT, OrgUnit, read="core:org:read", write="core:org:change")
