"""Filters from the URL, keyset pages in both directions, saved views."""

from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from tests.support.world import NOW, make_person
from training.core import lists
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.lists import Filter, Order
from training.people.models import Person
from training.people.rules.person import STANDING_LABELS, Standing

FILTERS = (
    Filter(
        "standing",
        "状态",
        lists.choice(Standing),
        lambda v: Person.standing == v,
        lambda v: STANDING_LABELS[v],
    ),
    Filter("name", "姓名", str, lambda v: Person.name.contains(v, autoescape=True)),
)
ORDERS = (
    Order("name", Person.name),
    Order("newest", Person.created_at, descending=True),
    Order("no", sa.func.coalesce(Person.mediator_no, "")),
)


def args_of(url):
    return {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}


def fetch(args, size=5):
    applied = lists.apply(FILTERS, args, "/people/")
    query = sa.select(Person).where(*applied.conditions)
    order = lists.chosen_order(ORDERS, args)
    return lists.page(query, order, Person.id, applied, args, size), lists.count(query)


@pytest.fixture
def thirteen(app):
    for i in range(13):
        make_person(f"页{i % 4}", standing=Standing.SUSPENDED, mediator_no=f"N{i:04}")
    db.session.commit()


@pytest.mark.parametrize("sort", ["name", "newest", "no", "unknown"])
def test_every_row_is_met_once_on_the_way_on_and_on_the_way_back(thirteen, sort):
    args = {"standing": "suspended", "sort": sort}
    page, total = fetch(args)
    pages = [page]
    while pages[-1].next_url:
        pages.append(fetch(args_of(pages[-1].next_url))[0])
    seen = [p.id for page in pages for p in page.rows]
    assert total == len(seen) == len(set(seen)) == 13
    back = [pages[-1]]
    while back[-1].prev_url:
        back.append(fetch(args_of(back[-1].prev_url))[0])
    assert [[p.id for p in page.rows] for page in reversed(back)] == [
        [p.id for p in page.rows] for page in pages
    ]
    assert pages[0].prev_url == ""


@pytest.mark.parametrize("cursor", ["x", "W10", "W251bGwsMV0", "5", "WzEsMl0", "'; drop"])
def test_a_cursor_that_cannot_be_read_opens_the_first_page(thirteen, cursor):
    first, _ = fetch({"standing": "suspended"})
    for way in ("after", "before"):
        page, _ = fetch({"standing": "suspended", way: cursor})
        assert [p.id for p in page.rows] == [p.id for p in first.rows]


def test_a_chip_leads_to_the_list_without_its_filter(app):
    args = {"standing": "suspended", "name": "页", "after": "x"}
    with app.test_request_context():
        chips = lists.apply(FILTERS, args, "/people/").chips
    assert [(c.label, args_of(c.url)) for c in chips] == [
        ("状态：暂停工作", {"name": "页"}),
        ("姓名：页", {"standing": "suspended"}),
    ]


def test_a_filter_that_means_nothing_is_ignored():
    applied = lists.apply(FILTERS, MultiDict({"standing": "king", "name": " "}), "/people/")
    assert (applied.values, applied.query, applied.url()) == ({}, "", "/people/")


def test_a_view_is_saved_under_a_name_and_renewed(world):
    actor = world.actor("a_hr")
    first = lists.save_view(actor, "people.persons", "我的", "standing=in_post", now=NOW)
    again = lists.save_view(actor, "people.persons", "我的", "standing=left", now=NOW)
    assert first.id == again.id
    assert [v.query for v in lists.views_of(actor.account_id, "people.persons")] == [
        "standing=left"
    ]


def test_another_persons_view_cannot_be_deleted(world):
    view = lists.save_view(world.actor("a_hr"), "people.persons", "我的", "a=1", now=NOW)
    with pytest.raises(NotVisible):
        lists.forget_view(world.actor("b_hr"), view, now=NOW)
    lists.forget_view(world.actor("a_hr"), view, now=NOW)
    assert lists.views_of(world.account("a_hr").id, "people.persons") == []


def test_the_number_of_views_has_an_end(world, monkeypatch):
    monkeypatch.setattr(lists, "MAX_VIEWS", 1)
    actor = world.actor("a_hr")
    lists.save_view(actor, "people.persons", "一", "", now=NOW)
    with pytest.raises(Refused) as refused:
        lists.save_view(actor, "people.persons", "二", "", now=NOW)
    assert refused.value.code == "TOO_MANY_VIEWS"
