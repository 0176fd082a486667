"""Acts on blueprints and papers: writing a plan, drawing, publishing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from training.core.db import db, new_public_id
from training.core.errors import Refused, require
from training.core.models import OrgUnit
from training.core.rules.chain import digest
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import about, tell, verb

from . import queries
from .models import Paper, PaperBlueprint, PaperPublication, section_of
from .rules.blueprint import Blueprint, check_blueprint, draw, feasibility


def _plan(sections: Sequence[Mapping[str, Any]]) -> Blueprint:
    try:
        return Blueprint(tuple(section_of(s) for s in sections))
    except (KeyError, ValueError, TypeError) as error:
        raise Refused.because("BLUEPRINT", N_("组卷方案填写不完整"), status=422) from error


@verb("papers:blueprint:write", at="org")
def write_blueprint(
    actor: Actor, org: OrgUnit, title: str, title_en: str, sections: list[dict[str, Any]], *,
    now: datetime,
) -> PaperBlueprint:  # fmt: skip
    """Write a plan for a unit and all below it. Code ``BLUEPRINT`` (422)."""
    require(check_blueprint(_plan(sections)), status=422, code="BLUEPRINT")
    blueprint = PaperBlueprint(
        org_id=org.id, title=title, title_en=title_en, sections=sections,
        author_id=actor.person_id, created_at=now, updated_at=now,
    )  # fmt: skip
    db.session.add(blueprint)
    return blueprint


@verb("papers:blueprint:write", on="blueprint")
def revise_blueprint(
    actor: Actor, blueprint: PaperBlueprint, title: str, title_en: str,
    sections: list[dict[str, Any]], *, now: datetime,
) -> PaperBlueprint:  # fmt: skip
    """Change a plan. Papers drawn from it stay as they were drawn."""
    require(check_blueprint(_plan(sections)), status=422, code="BLUEPRINT")
    tell(before=digest({"s": blueprint.sections}), after=digest({"s": sections}))
    blueprint.title, blueprint.title_en = title, title_en
    blueprint.sections, blueprint.updated_at = sections, now
    return blueprint


@verb("papers:blueprint:write", on="blueprint")
def archive_blueprint(actor: Actor, blueprint: PaperBlueprint, *, now: datetime) -> PaperBlueprint:
    """Take a plan out of use; its papers stay."""
    blueprint.archived_at = blueprint.archived_at or now
    return blueprint


@verb("papers:paper:draw", on="blueprint")
def draw_paper(actor: Actor, blueprint: PaperBlueprint, *, now: datetime, seed: str = "") -> Paper:
    """Draw a paper from a stored seed and freeze it. Raises ``Refused`` when the pool is
    too small, with a reason for each section."""
    if actor.person_id is None:
        raise Refused.because("PERSON_REQUIRED", N_("抽题组卷须由具名人员办理"), status=403)
    plan = blueprint.plan
    pool, versions = queries.pool(blueprint.org)
    require(feasibility(pool, plan), code="POOL_TOO_SMALL")
    seed = seed or secrets.token_hex(16)
    slots = draw(pool, plan, seed)
    payload = {
        "sections": [
            {"code": s.code, "topic": str(s.topic), "kind": str(s.kind), "core": s.core}
            for s in plan.sections
        ],
        "slots": [
            {
                "slot": s.slot,
                "question": s.question,
                "digest": versions[s.question].digest,
                "section": s.section,
                "kind": str(s.kind),
                "points": s.points,
                "core": s.core,
                "options": list(s.options),
                "fixed_order": s.fixed_order,
            }
            for s in slots
        ],
        "full_points": plan.full_points,
    }
    paper = Paper(
        public_id=new_public_id(), org_id=blueprint.org_id, blueprint_id=blueprint.id,
        title=blueprint.title, title_en=blueprint.title_en, seed=seed, payload=payload,
        payload_hash=paper_hash(seed, payload), author_id=actor.person_id, drawn_at=now,
    )  # fmt: skip
    db.session.add(paper)
    db.session.flush()
    about(paper)
    tell(payload_hash=paper.payload_hash, questions=len(slots), blueprint=blueprint.public_id)
    return paper


def paper_hash(seed: str, payload: Mapping[str, Any]) -> str:
    """The hash under which a paper is frozen; question digests make it cover their keys."""
    return digest({"seed": seed, "payload": payload})


@verb("papers:paper:publish", on="paper")
def publish_paper(actor: Actor, paper: Paper, *, now: datetime) -> Paper:
    """Publish: sittings may use the paper. A second time changes nothing."""
    if paper_hash(paper.seed, paper.payload) != paper.payload_hash:
        raise Refused.because("PAPER_DAMAGED", N_("试卷内容与封存时不一致，不能使用"))
    if paper.publication is None:
        db.session.add(
            PaperPublication(paper_id=paper.id, published_by=actor.person_id, published_at=now)
        )
    tell(payload_hash=paper.payload_hash)
    return paper
