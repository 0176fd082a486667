"""What followed in employment from the decision on an appraisal keeps it from being replaced."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.appraisal import open_round
from tests.support.exits import exit_at, in_term, renewal_due
from tests.support.world import NOW
from training.appraisal import decisions
from training.appraisal.models import AppraisalEvent
from training.appraisal.rules.annual_lifecycle import AnnualState
from training.appraisal.rules.grade import Grade
from training.core.db import db
from training.core.errors import Refused
from training.employment import exit_decisions, exit_queries, renewals
from training.employment.renewals import NextTerm
from training.employment.rules.appointment import Engagement

A = AnnualState
LATER = NOW + timedelta(days=1)


@pytest.fixture
def appraisal(world):
    _, found = open_round(others=0)
    return found


def decided(appraisal, state, action, grade):
    """An appraisal with a decision, as if its way had been gone."""
    appraisal.state, appraisal.grade, appraisal.total = state, grade, 8500
    db.session.add(
        AppraisalEvent(
            appraisal_id=appraisal.id, action=action, before=A.FINALISED, after=state,
            reason="按等次", at=NOW,
        )
    )  # fmt: skip
    db.session.commit()


def replaced(world, appraisal, action, seen=1):
    return decisions.replace_decision(
        world.actor("a_approver"), appraisal, action, "漏看材料", seen, now=LATER
    )


def refusal(world, appraisal, action):
    with pytest.raises(Refused) as refused:
        replaced(world, appraisal, action)
    db.session.rollback()
    return refused.value.verdict.reasons[0]


def renewed(world, now):
    hr, appointment = world.actor("a_hr"), renewal_due()
    db.session.commit()
    terms = NextTerm("同意", "第8次会议决议", NOW.date(), Engagement.NONE, "", None, None)
    renewals.open_renewal(hr, appointment, now=now)
    seen = renewals.propose(hr, appointment, terms, now=now).public_id
    return renewals.renew(world.actor("a_approver"), appointment, "胜任", seen, now=now)


def test_after_a_renewal_only_the_reason_of_the_decision_is_corrected(world, appraisal):
    decided(appraisal, A.RENEW, "renew", Grade.COMPETENT)
    follows = renewed(world, LATER)
    found = refusal(world, appraisal, "renew_with_training")
    assert (found.code, found.mend) == ("decision.renewed", "employment.appointment")
    assert dict(found.mend_args) == {"appointment_id": follows.public_id}
    replaced(world, appraisal, "renew")
    assert [e.reason for e in decisions.decisions_of(appraisal)] == ["按等次", "漏看材料"]
    assert refusal_after(world, appraisal) == "decision.renewed"


def refusal_after(world, appraisal):
    """A corrected reason does not make what followed older than the decision."""
    with pytest.raises(Refused) as refused:
        replaced(world, appraisal, "renew_with_training", seen=2)
    return refused.value.verdict.codes[0]


def test_a_renewal_of_before_the_decision_did_not_follow_from_it(world, appraisal):
    renewed(world, NOW - timedelta(days=1))
    decided(appraisal, A.RENEW, "renew", Grade.COMPETENT)
    assert replaced(world, appraisal, "renew_with_training").state is A.RENEW_WITH_TRAINING


def test_an_exit_review_that_was_opened_is_taken_back_first(world, appraisal, monkeypatch):
    monkeypatch.setattr("training.appraisal.outcome.consequences_of", lambda _: ())
    appointment = in_term()
    decided(appraisal, A.EXIT_REVIEW, "open_exit_review", Grade.UNFIT)
    review = exit_at("served", appointment, now=LATER)
    found = refusal(world, appraisal, "suspend_and_retrain")
    assert (found.code, found.mend) == ("decision.exit_review", "employment.exit_review")
    assert "先在审查中撤回提议" in found.words.message
    exit_decisions.abandon(
        world.actor("a_hr"), review, "等次有误", exit_queries.file_of(review).version, now=LATER
    )
    assert replaced(world, appraisal, "suspend_and_retrain").state is A.SUSPEND_AND_RETRAIN


def test_the_result_of_an_exit_review_stands(world, appraisal):
    appointment = in_term()
    decided(appraisal, A.EXIT_REVIEW, "open_exit_review", Grade.UNFIT)
    review = exit_at("opined", appointment, now=LATER)
    exit_decisions.retain(
        world.actor("a_approver"), review, "改进明显", exit_queries.file_of(review).version,
        now=LATER,
    )  # fmt: skip
    found = refusal(world, appraisal, "suspend_and_retrain")
    assert "已经办结" in found.words.message
