"""Importing organisations from the bureau's own sheet, through the pages."""

from __future__ import annotations

import io
import re

import pytest
import sqlalchemy as sa
from openpyxl import Workbook

from tests.support.world import post
from training.core.db import db
from training.core.models import AuditEntry, OrgUnit

HEAD = ["序号", "机构名称", "所属司法所", "办公地址", "联系电话"]


def book(*lines):
    made = Workbook()
    page = made.active
    page.append(["甲区人民调解组织名册"])
    page.merge_cells("A1:E1")
    page.append(HEAD)
    for line in lines:
        page.append(line)
    page.append(["合计", f"{len(lines)}个"])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


LINES = (
    ["一、司法所", None, None, None, None],
    [1, "甲区三街司法所", None, "三街 1 号", "0898-66500003"],
    [2, "三街一社区人民调解委员会", "甲区三街司法所", None, None],
    [3, "甲区一街社区调委会", "甲区一街司法所", "一街 9 号", None],
)


@pytest.fixture
def manager(world, browser_for):
    return browser_for(world.account("city_city_manager"))


def bring(client, world, data, name="机构.xlsx"):
    return post(
        client,
        "/orgs/import",
        {"org": world.org("甲区司法局").public_id, "sheet": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
    )


def columns(client, address, **changes):
    chosen = {"column_A": "", "column_B": "name", "column_C": "parent", "column_D": "address"}
    return post(client, address, chosen | {"column_E": "phone"} | changes)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def below(world):
    query = sa.select(OrgUnit).where(OrgUnit.path.startswith(world.org("甲区司法局").path))
    return {u.name: u for u in db.session.scalars(query)}


def test_a_sheet_is_looked_at_stored_whole_and_repeated_without_effect(world, manager):
    assert "导入机构名册" in text_of(manager.get("/orgs"))
    before = len(below(world))
    asked = bring(manager, world, book(*LINES))
    assert asked.status_code == 303
    assert asked.location.endswith("/columns")
    assert "三街 1 号" in text_of(manager.get(asked.location))
    preview = columns(manager, asked.location).location
    page = text_of(manager.get(preview))
    assert "将新设 2 个机构、变更 1 个" in page
    assert "第 3、7 行是分组标题、合计、签字或说明，已跳过" in page
    assert len(below(world)) == before  # nothing is written by looking
    assert post(manager, f"{preview}/store").status_code == 303
    units = below(world)
    assert units["三街一社区人民调解委员会"].parent.name == "甲区三街司法所"
    assert units["甲区三街司法所"].phone == "0898-66500003"
    assert units["甲区一街社区调委会"].address == "一街 9 号"
    acts = set(db.session.scalars(sa.select(AuditEntry.detail)))
    assert any('"new":2' in a.replace(" ", "") for a in acts)
    # The same head is not asked for again, and the same sheet brings nothing.
    again = bring(manager, world, book(*LINES)).location
    assert not again.endswith("/columns")
    assert "机构已是最新" in text_of(manager.get(again))
    post(manager, f"{again}/store")
    assert below(world).keys() == units.keys()


def test_one_bad_line_keeps_all_of_them_out(world, manager):
    preview = columns(
        manager, bring(manager, world, book(*LINES, [4, "综治中心", None, None, None])).location
    ).location
    page = text_of(manager.get(preview))
    assert "B7 看不出机构类型" in page
    assert "尚未导入任何机构" in page
    before = below(world).keys()
    answer = post(manager, f"{preview}/store")
    assert answer.status_code == 422
    assert "IMPORT_ERRORS" in answer.text
    assert below(world).keys() == before


def test_a_sheet_without_names_or_without_a_head_is_refused_in_words(world, manager):
    empty = book()[:50]
    for data, name in ((b"a,b\n1,2\n", "机构.csv"), (empty, "机构.xlsx")):
        answer = bring(manager, world, data, name)
        assert answer.status_code in (415, 422)
        assert "上传并核对" in answer.text  # said on the page of the form
    address = bring(manager, world, book(*LINES)).location
    wrong = columns(manager, address, column_B="address")
    assert wrong.status_code == 422
    assert "必须有一列是机构名称" in text_of(wrong)


def test_who_may_not_set_up_units_finds_no_such_page(world, browser_for, manager):
    address = bring(manager, world, book(*LINES)).location
    for username in ("a_hr", "a_trainer", "city_auditor"):
        client = browser_for(world.account(username))
        assert client.get("/orgs/import").status_code == 404
        assert client.get(address).status_code == 404


def test_the_pages_speak_english(world, manager):
    manager.set_cookie("lang", "en")
    asked = bring(manager, world, book(*LINES)).location
    assert "Import organisations" in text_of(manager.get("/orgs/import"))
    assert "Check the columns" in text_of(manager.get(asked))
    assert "to be set up" in text_of(manager.get(columns(manager, asked).location))
