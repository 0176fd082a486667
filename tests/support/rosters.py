"""Small rosters as offices write them, and an import walked through."""

from __future__ import annotations

import io
from datetime import datetime

import sqlalchemy as sa
from openpyxl import Workbook

from tests.support.world import NOW
from training.core import jobs
from training.core.db import db
from training.core.rules.identity import FICTIONAL_REGION, check_character
from training.people import imports
from training.people.roster_models import ImportBatch
from training.people.rules.person import ServiceKind, Standing
from training.people.rules.roster import BatchState, guess

HEAD = (
    "序号",
    "姓名",
    "性别",
    "出生年月",
    "身份证号",
    "联系电话",
    "所在调委会",
    "专职/兼职",
    "聘用时间",
)


def identity(sequence: int, birth: str = "19760313") -> str:
    """A fictional, formally right identity number."""
    first = f"{FICTIONAL_REGION}{birth}{sequence:03}"
    return first + check_character(first)


def line(
    number: int, name: str = "", org: str = "甲区一街社区调委会", **changes: object
) -> list[object]:
    """A sound line of a roster; ``changes`` by the heads above."""
    sequence = (2 * number + 1) % 1000
    values: dict[str, object] = {
        "序号": number, "姓名": name or f"示例{chr(0x4E00 + number)}", "性别": "男",
        "出生年月": "1976.3", "身份证号": identity(sequence), "联系电话": f"199000{number:05}",
        "所在调委会": org, "专职/兼职": "专职", "聘用时间": "2025年5月",
    }  # fmt: skip
    return [(values | changes)[head] for head in HEAD]


def workbook(*lines: list[object]) -> bytes:
    """A sheet with a title, a head, the lines, a total and a line for signatures."""
    book = Workbook()
    page = book.active
    page.append(["甲区人民调解员花名册"])
    page.append(HEAD)
    for row in lines:
        page.append(row)
    page.append(["合计", f"{len(lines)}人"])
    page.append(["制表人：", None, "审核人："])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def begin(
    world, data: bytes, *, who: str = "a_hr", org: str = "甲区司法局", name: str = "花名册.xlsx"
) -> ImportBatch:
    """Upload and read a sheet."""
    sheet = imports.checked_upload(data, name)
    batch = imports.begin(world.actor(who), world.org(org), sheet, now=NOW)
    work()
    return again(batch)


def checked(world, data: bytes, **options: str) -> ImportBatch:
    """Upload a sheet and have it judged, with the columns as guessed."""
    batch = begin(world, data, **options)
    if batch.state is BatchState.MAPPING:
        columns = guess(batch.layout["labels"])
        actor = world.actor(options.get("who", "a_hr"))
        imports.name_columns(
            actor, batch, columns, ServiceKind.FULL_TIME, Standing.IN_POST, now=NOW
        )
        work()
    return again(batch)


def applied(
    world, batch: ImportBatch, *, leave_out: bool = False, who: str = "a_hr"
) -> ImportBatch:
    imports.order_apply(world.actor(who), batch, leave_out=leave_out, now=NOW)
    work()
    return again(batch)


def again(batch: ImportBatch) -> ImportBatch:
    """The batch as it stands now: the worker's session ends with each job."""
    return db.session.get_one(ImportBatch, sa.inspect(batch).identity)


def work(until: datetime | None = None) -> None:
    """Let the worker do what is due."""
    jobs.drain()
