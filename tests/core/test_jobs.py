"""The ledger of jobs: a killed worker loses nothing and repeats nothing."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.support.world import NOW
from training.core import jobs
from training.core.db import db
from training.core.errors import Refused
from training.core.models import Counter, IdempotencyKey, Job, Schedule, SecurityEvent
from training.core.rules.jobs import JobState, retry_at
from training.core.units import system_unit

KIND = "test.count"


@system_unit
def _count(job_id, fence, now):
    """A lasting effect: one more, if the lease still holds."""
    jobs.hold(job_id, fence, now=now)
    row = db.session.get(Counter, KIND) or Counter(name=KIND, value=0)
    row.value += 1
    db.session.add(row)


def counted():
    return db.session.scalar(sa.select(Counter.value).where(Counter.name == KIND)) or 0


@pytest.fixture
def ledger(app, monkeypatch):
    """An empty ledger with one kind of job: it counts; ``fails`` times it breaks before."""
    monkeypatch.setattr(jobs, "_handlers", {})
    monkeypatch.setattr(jobs, "_periodic", {})
    seen = {"fails": 0, "runs": 0, "now": NOW}

    @jobs.handler(KIND)
    def handle(job):
        seen["runs"] += 1
        job_id, fence = job.id, job.fence
        if seen["runs"] <= seen["fails"]:
            raise ValueError("13800138000")
        _count(job_id, fence, seen["now"])
        return {"ok": True}

    return seen


@system_unit
def _enter(**fields):
    return jobs.enqueue(KIND, now=NOW, **fields).id


def held(job_id):
    db.session.expire_all()
    return db.session.get(Job, job_id)


def test_a_job_is_done_once_and_says_what_came_of_it(ledger):
    job_id = _enter(total=3)
    assert jobs.drain(lambda: NOW) == 1
    job = held(job_id)
    assert (job.state, job.result, job.done, job.finished_at) == (
        JobState.DONE, {"ok": True}, 3, NOW,
    )  # fmt: skip
    assert counted() == 1
    assert jobs.drain(lambda: NOW) == 0


def test_a_job_of_a_transaction_that_failed_never_was(ledger):
    @system_unit
    def act():
        jobs.enqueue(KIND, now=NOW)
        raise Refused.because("NO", "不行")

    with pytest.raises(Refused):
        act()
    assert not jobs.waiting(NOW)


def test_the_same_work_is_entered_once(ledger):
    assert _enter(unique_key="k") == _enter(unique_key="k")


def test_nobody_can_enter_work_that_nobody_does(ledger):
    with pytest.raises(ValueError, match="nobody handles"):
        jobs.enqueue("test.unheard", now=NOW)


def test_a_kind_has_one_handler(ledger):
    with pytest.raises(ValueError, match="two handlers"):
        jobs.handler(KIND)(lambda job: None)


def test_work_waits_for_its_time(ledger):
    @system_unit
    def later():
        jobs.enqueue(KIND, now=NOW + timedelta(minutes=1))

    later()
    assert jobs.drain(lambda: NOW) == 0
    assert jobs.drain(lambda: NOW + timedelta(minutes=1)) == 1


def test_a_leased_job_is_nobody_elses_until_its_lease_ends(ledger):
    _enter()
    assert jobs.claim(NOW) is not None
    assert jobs.claim(NOW + jobs.LEASE) is None
    assert jobs.claim(NOW + jobs.LEASE + timedelta(seconds=1)) is not None


def test_after_a_kill_another_worker_takes_over_and_nothing_is_repeated(ledger):
    job_id = _enter()
    killed = jobs.claim(NOW)
    old_fence = killed.fence
    later = NOW + jobs.LEASE + timedelta(seconds=1)
    ledger["now"] = later
    assert jobs.drain(lambda: later) == 1
    assert counted() == 1
    for late in (
        lambda: _count(job_id, old_fence, later),
        lambda: jobs.finish(job_id, old_fence, {"ok": False}, later),
        lambda: jobs.fail(job_id, old_fence, "x", later),
        lambda: jobs.progress(job_id, old_fence, 1, later),
    ):
        with pytest.raises(jobs.LeaseLost):
            late()
    assert counted() == 1
    assert held(job_id).result == {"ok": True}


def test_a_job_that_kills_every_worker_is_given_up(ledger):
    job_id, moment = _enter(), NOW
    for _ in range(5):
        assert jobs.claim(moment).id == job_id
        moment += jobs.LEASE + timedelta(seconds=1)
    assert jobs.claim(moment) is None
    job = held(job_id)
    assert (job.state, job.error, job.attempts) == (JobState.DEAD, "WorkerLost", 5)
    assert (job.finished_at, job.lease_until) == (moment, None)


def test_a_job_that_is_given_up_keeps_nobody_waiting(ledger):
    _enter()
    for n in range(5):
        jobs.claim(NOW + n * (jobs.LEASE + timedelta(seconds=1)))
    after = NOW + timedelta(hours=1)
    other = _enter()
    assert jobs.claim(after).id == other


def test_the_lease_is_renewed_by_work(ledger):
    job_id = _enter(total=10)
    job = jobs.claim(NOW)
    fence = job.fence
    half = NOW + jobs.LEASE / 2
    jobs.progress(job_id, fence, 4, half)
    assert held(job_id).done == 4
    assert jobs.claim(NOW + jobs.LEASE + timedelta(seconds=1)) is None


def test_a_failure_is_tried_again_later(ledger):
    ledger["fails"] = 1
    job_id = _enter()
    jobs.run_one(lambda: NOW)
    job = held(job_id)
    assert (job.state, job.run_after) == (JobState.QUEUED, retry_at(NOW, 1))
    assert job.error == "ValueError", "the message of an error may hold personal data"
    assert jobs.drain(lambda: retry_at(NOW, 1)) == 1
    assert counted() == 1


def test_after_the_last_attempt_a_job_is_set_aside_and_can_be_put_back(ledger, world):
    ledger["fails"] = 5
    job_id = _enter()
    now = NOW
    for _ in range(5):
        jobs.run_one(lambda moment=now: moment)
        now += timedelta(hours=2)
    job = held(job_id)
    assert (job.state, job.attempts) == (JobState.DEAD, 5)
    assert not jobs.waiting(now + timedelta(days=9))
    jobs.again(world.actor("city_admin"), job, now=now)
    assert jobs.drain(lambda: now) == 1
    assert held(job_id).state is JobState.DONE
    with pytest.raises(Refused) as refused:
        jobs.again(world.actor("city_admin"), held(job_id), now=now)
    assert refused.value.code == "ALREADY_DECIDED"


def test_work_that_nobody_does_any_more_fails_and_stops_nothing(ledger):
    first, second = _enter(), _enter()
    handlers = dict(jobs._handlers)
    jobs._handlers.clear()
    assert jobs.run_one(lambda: NOW)
    jobs._handlers.update(handlers)
    assert jobs.run_one(lambda: NOW)
    assert {held(first).state, held(second).state} == {JobState.QUEUED, JobState.DONE}


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (30, 3600)])
def test_patience_doubles_up_to_an_hour(attempts, seconds):
    assert retry_at(NOW, attempts) - NOW == timedelta(seconds=seconds)


def _at_once(app, count, act):
    """``act`` in as many threads, begun together; what each returned."""
    gate, found = threading.Barrier(count), []

    def one():
        with app.app_context():
            gate.wait()
            found.append(act())
            db.session.remove()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


def test_workers_at_once_claim_different_jobs(app, ledger):
    for _ in range(6):
        _enter()

    def claim():
        job = jobs.claim(NOW)
        return job.id if job else None

    claimed = _at_once(app, 8, claim)
    assert len(claimed) == 8
    taken = [job_id for job_id in claimed if job_id is not None]
    assert len(taken) == len(set(taken)), "no job has two workers"


def test_a_periodic_job_is_entered_once_a_turn(app, ledger):
    jobs._periodic[KIND] = timedelta(minutes=10)
    entered = _at_once(app, 4, lambda: _tolerant(NOW))
    assert sum(entered) == 1
    assert jobs.enter_periodic(NOW + timedelta(minutes=9)) == 0
    assert jobs.enter_periodic(NOW + timedelta(minutes=10)) == 1
    assert jobs.enter_periodic(NOW + timedelta(days=3)) == 1, "missed turns are not made up for"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 3


def _tolerant(now):
    """The worker's loop survives the race of the very first turn (a unique key decides it)."""
    try:
        return jobs.enter_periodic(now)
    except sa.exc.IntegrityError:
        return 0


def test_sweeping_keeps_what_people_asked_for(ledger):
    jobs._periodic["test.house"] = timedelta(hours=1)
    jobs._handlers["test.house"] = lambda job: None

    @system_unit
    def enter():
        jobs.enqueue("test.house", now=NOW)
        jobs.enqueue(KIND, now=NOW)
        for days in (6, 8):
            db.session.add(
                IdempotencyKey(actor_ref="a", key=f"{days}" * 16, verb="v", body_hash="",
                               created_at=NOW - timedelta(days=days))
            )  # fmt: skip

    enter()
    jobs.drain(lambda: NOW)
    jobs.sweep(NOW + timedelta(hours=23))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 2
    assert db.session.scalars(sa.select(IdempotencyKey.key)).all() == ["6" * 16]
    jobs.sweep(NOW + timedelta(hours=25))
    assert db.session.scalars(sa.select(Job.kind)).all() == [KIND]
    assert db.session.scalars(sa.select(IdempotencyKey.key)).all() == []
    assert db.session.scalars(sa.select(Schedule)).all() == []


def test_a_worker_that_left_the_schedule_alone_is_noticed(ledger):
    jobs._periodic["test.turn"] = timedelta(seconds=30)
    jobs._handlers["test.turn"] = lambda _job: None
    assert not jobs.looked_after(NOW)
    jobs.enter_periodic(NOW)
    assert jobs.looked_after(NOW + timedelta(minutes=3))
    assert not jobs.looked_after(NOW + timedelta(minutes=4))


def test_the_security_log_is_kept_for_half_a_year_and_then_forgotten(ledger):
    @system_unit
    def note(days):
        db.session.add(SecurityEvent(at=NOW - timedelta(days=days), kind=f"d{days}"))

    for days in (1, 185, 201):
        note(days)
    jobs.sweep(NOW)
    assert set(db.session.scalars(sa.select(SecurityEvent.kind))) >= {"d1", "d185"}
    assert "d201" not in set(db.session.scalars(sa.select(SecurityEvent.kind)))


def test_a_lease_is_kept_while_a_handler_draws_for_longer_than_it_runs(ledger, monkeypatch):
    """Four hundred slips take minutes; no second worker may draw them meanwhile."""
    monkeypatch.setattr(jobs, "_BEAT", timedelta(milliseconds=20))
    clock_shows, renewed = [NOW], threading.Event()
    real = jobs.renew

    def watched(*given):
        real(*given)
        renewed.set()

    monkeypatch.setattr(jobs, "renew", watched)

    @jobs.handler("test.slow")
    def draw(job):
        clock_shows[0] = NOW + jobs.LEASE - timedelta(seconds=1)
        job_id = job.id
        db.session.rollback()
        assert renewed.wait(10)
        later = NOW + jobs.LEASE + timedelta(seconds=30)
        assert not jobs.waiting(later), "another worker would take it"
        ledger["now"] = clock_shows[0] = later
        return {"drawn": job_id}

    job_id = system_unit(lambda: jobs.enqueue("test.slow", now=NOW).id)()
    assert jobs.run_one(lambda: clock_shows[0])
    job = held(job_id)
    assert (job.state, job.result, job.attempts) == (JobState.DONE, {"drawn": job_id}, 1)


def test_the_lease_of_a_handler_that_hangs_runs_out(ledger, monkeypatch):
    monkeypatch.setattr(jobs, "_BEAT", timedelta(milliseconds=10))
    monkeypatch.setattr(jobs, "_LONGEST", timedelta(milliseconds=20))
    beats = []
    monkeypatch.setattr(jobs, "renew", lambda *given: beats.append(given))

    @jobs.handler("test.hangs")
    def hang(job):
        threading.Event().wait(0.3)

    system_unit(lambda: jobs.enqueue("test.hangs", now=NOW).id)()
    jobs.run_one(lambda: NOW)
    assert len(beats) == 2
