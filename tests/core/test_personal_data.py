"""Every column of every table is classified: personal, with purpose and retention, or not."""

from training.core.db import Base
from training.core.rules.personal_data import PersonalColumn, Retention, gaps, plain
from training.site.rooms import parts


def test_every_column_of_every_room_is_classified():
    parts("models")
    tables = {t.name: [c.name for c in t.columns] for t in Base.registry.metadata.sorted_tables}
    maps = parts("rules.personal_data")
    personal = [column for m in maps for column in m.COLUMNS]
    others = [column for m in maps for column in m.NOT_PERSONAL]
    found = gaps(tables, personal, others)
    assert not found, "\n" + "\n".join(found)


def test_sealed_columns_are_marked_as_sealed():
    personal = [column for m in parts("rules.personal_data") for column in m.COLUMNS]
    wrong = [
        p.column
        for p in personal
        if not p.sealed and p.column.endswith(("_sealed", "_hash", "_index"))
    ]
    assert wrong == []


def test_each_kind_of_gap_is_named():
    def one(column):
        return PersonalColumn(column, "", "", Retention.FILE)

    found = gaps({"a": ["x", "y", "z"]}, [one("a.x"), one("a.x"), one("b.q")], plain("a", "x y"))
    assert found == [
        "a.z: classify it in the rules/personal_data.py of its room",
        "b.q: classified, but there is no such column",
        "a.x: both personal and not personal",
        "a.x: listed twice",
    ]
