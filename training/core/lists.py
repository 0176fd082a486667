"""Lists: filters that live in the URL, chips, keyset pages, and views saved under a name.

A room declares its filters and orders once; the page, the count and the export read the same
conditions, so that what is exported is exactly what is filtered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask_babel import gettext

from . import crypto
from .db import db
from .errors import NotVisible, Refused
from .models import SavedView
from .rules.permission import Actor
from .rules.words import N_
from .verbs import verb

PAGE_SIZE = 50
MAX_VIEWS = 20
_CURSOR = "list.cursor"

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition that a URL may carry.

    ``read`` turns the text of the parameter into a value, or None when it means nothing (it
    is then ignored: a link that somebody cut short still opens the list). ``where`` gives the
    condition; ``show`` the value in the reader's language, for the chip.
    """

    name: str
    label: str
    read: Callable[[str], Any]
    where: Callable[[Any], Condition]
    show: Callable[[Any], str] = str


@dataclass(frozen=True, slots=True)
class Order:
    """An order by a column that is never null; the row's id breaks ties."""

    code: str
    column: sa.SQLColumnExpression[Any]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter: its words and the list without it."""

    label: str
    url: str


@dataclass(frozen=True)
class Applied:
    """The filters of one request."""

    base: str
    filters: Sequence[Filter]
    values: Mapping[str, Any]
    texts: Mapping[str, str]
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def conditions(self) -> list[Condition]:
        return [f.where(self.values[f.name]) for f in self.filters if f.name in self.values]

    @property
    def query(self) -> str:
        """The part of the URL that says what is filtered and how it is sorted."""
        return urlencode({**self.texts, **self.kept})

    def url(self, **changes: str | None) -> str:
        """The list with some parameters changed, or left out when None; from its first page."""
        merged = {**self.texts, **self.kept, **changes}
        query = urlencode({k: v for k, v in merged.items() if v})
        return f"{self.base}?{query}" if query else self.base

    @property
    def chips(self) -> list[Chip]:
        return [
            Chip(
                gettext(f.label) + gettext("：") + f.show(self.values[f.name]),
                self.url(**{f.name: None}),
            )
            for f in self.filters
            if f.name in self.values
        ]


def apply(filters: Sequence[Filter], args: Mapping[str, str], base: str) -> Applied:
    """Read the filters from a URL's parameters; ``base`` is the list's address without them."""
    values: dict[str, Any] = {}
    texts: dict[str, str] = {}
    for item in filters:
        text = (args.get(item.name) or "").strip()
        value = item.read(text) if text else None
        if value is not None:
            values[item.name], texts[item.name] = value, text
    kept = {"sort": args["sort"]} if args.get("sort") else {}
    return Applied(base, filters, values, texts, kept)


def choice(members: type[Any]) -> Callable[[str], Any]:
    """A ``read`` for the members of a StrEnum."""

    def read(text: str) -> Any:
        return next((m for m in members if str(m) == text), None)

    return read


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows with the addresses of its neighbours (empty when there is none)."""

    rows: list[Any]
    prev_url: str
    next_url: str


def chosen_order(orders: Sequence[Order], args: Mapping[str, str]) -> Order:
    """The order that the URL names, else the first."""
    return next((o for o in orders if o.code == args.get("sort")), orders[0])


def page(
    query: sa.Select[Any],
    order: Order,
    row_id: sa.SQLColumnExpression[int],
    applied: Applied,
    args: Mapping[str, str],
    size: int = PAGE_SIZE,
) -> Page:
    """One page by keyset over (order, id): the thousandth page costs what the first does.

    Rows are entities when the query selects a single one, else tuples. A cursor that cannot
    be read opens the first page.
    """
    back = bool(args.get("before"))
    kind: sa.types.TypeEngine[Any] = order.column.label(None).type
    cursor = _read_cursor(args.get("before") or args.get("after") or "", kind)
    if cursor is None:
        back = False
    forward = order.descending == back  # ascending on the way on, descending on the way back
    key = sa.tuple_(order.column, row_id)
    if cursor is not None:
        edge = sa.tuple_(sa.literal(cursor[0], kind), sa.literal(cursor[1]))
        query = query.where(key > edge if forward else key < edge)
    directed = [c.asc() if forward else c.desc() for c in (order.column, row_id)]
    width = len(query.column_descriptions)
    found = list(
        db.session.execute(
            query.add_columns(order.column.label("_key"), row_id.label("_row"))
            .order_by(None)
            .order_by(*directed)
            .limit(size + 1)
        )
    )
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    rows = [r[0] if width == 1 else tuple(r[:width]) for r in found]
    has_prev, has_next = (more, True) if back else (cursor is not None, more)
    ends = [_cursor(r[-2], r[-1]) for r in (found[0], found[-1])] if found else ["", ""]
    return Page(
        rows,
        applied.url(before=ends[0]) if has_prev and found else "",
        applied.url(after=ends[1]) if has_next and found else "",
    )


def count(query: sa.Select[Any]) -> int:
    """How many rows a filtered query has altogether."""
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0)


def _cursor(key: Any, row_id: int) -> str:
    """Sealed: the key may be a person's name, which has no place in an address."""
    text = key.isoformat() if isinstance(key, date | datetime) else key
    return crypto.ring().seal(_CURSOR, "", json.dumps([text, row_id]))


def _read_cursor(text: str, kind: sa.types.TypeEngine[Any]) -> tuple[Any, int] | None:
    try:
        key, row_id = json.loads(crypto.ring().open(_CURSOR, "", text))
        wanted = (
            kind.impl_instance if isinstance(kind, sa.types.TypeDecorator) else kind
        ).python_type
        if wanted in (date, datetime):
            key = wanted.fromisoformat(key)
        if not isinstance(key, str if issubclass(wanted, str) else wanted):
            return None
        return key, int(row_id)
    except (crypto.SealBroken, ValueError, TypeError):
        return None


def views_of(account_id: int, endpoint: str) -> list[SavedView]:
    """A person's saved views of a list, by name."""
    return list(
        db.session.scalars(
            sa.select(SavedView)
            .where(SavedView.account_id == account_id, SavedView.endpoint == endpoint)
            .order_by(SavedView.name)
        )
    )


@verb("core:view:save")
def save_view(actor: Actor, endpoint: str, name: str, query: str, *, now: datetime) -> SavedView:
    """Save a list's filters under a name; the same name again takes the new filters."""
    held = views_of(actor.account_id or 0, endpoint)
    view = next((v for v in held if v.name == name), None)
    if view is None:
        if len(held) >= MAX_VIEWS:
            raise Refused.because(
                "TOO_MANY_VIEWS", N_("每个列表最多存 %(n)s 个视图，请先删去不用的"), status=409,
                n=MAX_VIEWS,
            )  # fmt: skip
        view = SavedView(account_id=actor.account_id, endpoint=endpoint, name=name, query=query)
        db.session.add(view)
    view.query = query
    return view


@verb("core:view:save")
def forget_view(actor: Actor, view: SavedView, *, now: datetime) -> None:
    """Delete an own saved view. Raises ``NotVisible`` for somebody else's."""
    if view.account_id != actor.account_id:
        raise NotVisible("saved_view")
    db.session.delete(view)
