"""The unit of work: one verb is one function, one transaction, one audit entry.

``@verb("room:thing:action", on="record")`` ends the read transaction, begins the write
transaction (BEGIN IMMEDIATE on SQLite, a row lock on PostgreSQL), loads the records anew,
authorises, runs, writes the audit entry, stores the idempotency key and commits. A verb
called inside another joins it: it is a consequence of the outer act, so the outer act's
authorisation carries it, but it leaves its own entry.

Slow work (hashing passwords, parsing files, rendering) is done before the verb is called.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ParamSpec, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from . import access, audit
from .db import Model, db
from .errors import NotVisible, Refused
from .models import IdempotencyKey
from .rules.permission import Actor
from .rules.words import N_
from .units import after_commit, in_unit, system_unit, write_unit

__all__ = [
    "about",
    "after_commit",
    "in_unit",
    "inspect_first",
    "remember_click",
    "system_unit",
    "tell",
    "verb",
]

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class _Act:
    """What the verb at work says about itself for the audit entry."""

    detail: dict[str, Any] = field(default_factory=dict)
    subject: Any = None


_acts: ContextVar[tuple[_Act, ...]] = ContextVar("acts", default=())
_click: ContextVar[tuple[str, str] | None] = ContextVar("click", default=None)
_inspect: ContextVar[Callable[[], None] | None] = ContextVar("inspect", default=None)


def remember_click(key: str, body: bytes) -> None:
    """The web layer names the form's key here; the outermost verb stores it with its answer."""
    _click.set((key, hashlib.sha256(body).hexdigest()) if key else None)


def inspect_first(inspection: Callable[[], None] | None) -> None:
    """What the web layer looks at before an outermost verb begins: by then a view has read all
    that it hands over. It may raise ``Refused``."""
    _inspect.set(inspection)


def tell(**detail: Any) -> None:
    """Add codes, numbers and dates (nothing personal) to this verb's audit entry."""
    _acts.get()[-1].detail.update(detail)


def about(subject: Any) -> None:
    """Name the record that this verb's audit entry is about (default: its ``on``, or its result)."""
    _acts.get()[-1].subject = subject


def verb(
    permission: str, *, on: str | None = None, at: str | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function a verb.

    ``on`` names the argument whose record is locked and authorised; ``at`` names an
    organisation in which something is created. Without either, the actor must hold the
    permission somewhere. The first parameter is the actor; ``now`` is a keyword.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        target = on or at

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = signature.bind(*args, **kwargs)
            actor = cast(Actor, bound.arguments["actor"])
            now = cast(datetime, bound.arguments["now"])
            if in_unit():
                joined = bound.arguments.get(on or "")
                _lock(joined)
                return _perform(function, bound, actor, now, permission, joined)
            inspection = _inspect.get()
            if inspection is not None:
                inspection()
            records = _records(bound)
            try:
                with write_unit():
                    first = _first_answer(actor, permission)
                    if first is not None:
                        return cast(R, _load(first))
                    _reload(bound, records, target)
                    record = bound.arguments.get(target) if target else None
                    if not access.may(actor, permission, record):
                        raise NotVisible(permission)
                    result = _perform(
                        function, bound, actor, now, permission, record if on else None
                    )
                    _store_answer(actor, permission, result, now)
            except IntegrityError as error:
                first = _first_answer(actor, permission)
                if first is not None:
                    return cast(R, _load(first))
                raise Refused.because(
                    "CONFLICT", N_("他人刚刚办理了同一事项，请刷新后核对"), status=409
                ) from error
            return result

        return run

    return wrap


def _perform(
    function: Callable[..., R],
    bound: inspect.BoundArguments,
    actor: Actor,
    now: datetime,
    permission: str,
    record: Any,
) -> R:
    act = _Act(subject=record)
    token = _acts.set((*_acts.get(), act))
    try:
        result = function(*bound.args, **bound.kwargs)
        db.session.flush()
        subject = act.subject if act.subject is not None else result
        audit.write(
            actor,
            permission,
            subject if isinstance(subject, Model) else None,
            at=now,
            detail=act.detail,
        )
        db.session.flush()
    finally:
        _acts.reset(token)
    return result


def _records(bound: inspect.BoundArguments) -> dict[str, Any]:
    """Identities of the records among the arguments, taken before the read ends."""
    found: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        if isinstance(value, Model):
            state = sa.inspect(value)
            if state.identity is None:
                raise RuntimeError(f"{name} is not stored yet: create it inside the verb")
            found[name] = (type(value), state.identity)
    return found


def _lock_of(model: type[Model]) -> dict[str, Any]:
    """This row alone, and not its key: rows that refer to it may still be written."""
    return {"of": model, "key_share": True}


def _lock(record: Any) -> None:
    """Lock the record of a verb that joins another and read it as it stands now (on SQLite
    the whole database is locked since the unit began)."""
    stored = isinstance(record, Model) and sa.inspect(record).persistent
    if stored and db.engine.dialect.name == "postgresql":
        db.session.refresh(record, with_for_update=_lock_of(type(record)))


def _reload(bound: inspect.BoundArguments, records: dict[str, Any], target: str | None) -> None:
    for name, (model, identity) in records.items():
        record = db.session.get(
            model,
            identity,
            populate_existing=True,
            with_for_update=_lock_of(model) if name == target else None,
        )
        if record is None:
            raise NotVisible(name)
        bound.arguments[name] = record


def _first_answer(actor: Actor, permission: str) -> list[Any] | None:
    click = _click.get()
    if click is None:
        return None
    key, body_hash = click
    stored = db.session.scalar(
        sa.select(IdempotencyKey).where(
            IdempotencyKey.actor_ref == actor.ref,
            IdempotencyKey.key == key,
            IdempotencyKey.verb == permission,
        )
    )
    if stored is None:
        return None
    if stored.body_hash != body_hash:
        raise Refused.because(
            "KEY_REUSED", N_("同一份表单已用另外的内容提交过，请刷新页面后重新填写"), status=422
        )
    return list(stored.result)


def _store_answer(actor: Actor, permission: str, result: Any, now: datetime) -> None:
    click = _click.get()
    if click is None:
        return
    key, body_hash = click
    db.session.add(
        IdempotencyKey(
            actor_ref=actor.ref, key=key, verb=permission, body_hash=body_hash,
            result=_reference(result), created_at=now,
        )
    )  # fmt: skip


def _name(record: Model) -> list[Any]:
    return [type(record).__tablename__, *(sa.inspect(record).identity or ())]


def _reference(result: Any) -> list[Any]:
    if isinstance(result, Model):
        return ["one", *_name(result)]
    if isinstance(result, list | tuple) and all(isinstance(r, Model) for r in result):
        return ["many", *[_name(r) for r in result]]
    return ["plain", result if isinstance(result, int | str | bool | dict | None) else None]


def _load(reference: list[Any]) -> Any:
    kind, *rest = reference
    if kind == "plain":
        return rest[0]
    if kind == "one":
        return _by_table(rest)
    return [_by_table(item) for item in rest]


def _by_table(item: list[Any]) -> Any:
    table, *identity = item
    for mapper in Model.registry.mappers:
        if getattr(mapper.class_, "__tablename__", None) == table:
            return db.session.get(mapper.class_, tuple(identity))
    raise LookupError(table)
