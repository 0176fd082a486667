"""Numbers that are neither lost nor given twice."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from training.core import counters
from training.core.db import db
from training.core.models import Counter
from training.core.units import system_unit

NAME = "test.number"


@system_unit
def take(count: int = 1, *, fail: bool = False) -> int:
    first = counters.take(NAME, count)
    if fail:
        raise LookupError
    return first


def test_numbers_follow_each_other_from_one_on(app) -> None:
    assert [take(), take(3), take()] == [1, 2, 5]


def test_what_is_rolled_back_uses_no_number_up(app) -> None:
    take()
    with pytest.raises(LookupError):
        take(fail=True)
    assert take() == 2


def test_a_counter_that_many_begin_at_once_gives_each_a_number(app) -> None:
    gate, found = threading.Barrier(8), []

    def run() -> None:
        with app.app_context():
            gate.wait()
            found.append(take())
            db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 9))
    assert db.session.scalar(sa.select(Counter.value).where(Counter.name == NAME)) == 8
