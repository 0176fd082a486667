from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core.rules.vocabulary import Topic, TrainingForm
from training.programmes.rules.hours import FormGroup, Requirement, assess, hours_gate
from training.programmes.rules.ledger import (
    BLAMING_REASONS,
    LedgerLine,
    LineKind,
    ReversalReason,
    reversal_gate,
)

DAY = date(2026, 3, 2)
PRACTICUM = frozenset(
    {
        TrainingForm.FIELD_OBSERVATION,
        TrainingForm.COURT_OBSERVATION,
        TrainingForm.SIMULATION_DRILL,
    }
)
PREJOB = Requirement(
    total=4000,
    minutes_per_hour=45,
    online_share=50,
    basis="training.prejob_hours",
    topics={
        Topic.SOCIAL_SITUATION: 400,
        Topic.LAW_AND_POLICY: 1200,
        Topic.PROFESSIONAL_ETHICS: 400,
        Topic.PROFESSIONAL_KNOWLEDGE: 800,
        Topic.MEDIATION_SKILLS: 1200,
    },
    groups=(
        FormGroup("case_study", "案例评析", frozenset({TrainingForm.CASE_STUDY}), 800),
        FormGroup("practicum", "实务训练", PRACTICUM, 800),
    ),
)


def line(minutes, topic=Topic.LAW_AND_POLICY, form=TrainingForm.CLASSROOM_LECTURE, **overrides):
    values = {"occurred_on": DAY, "kind": LineKind.CREDIT, "source": "session:1"} | overrides
    return LedgerLine(minutes, topic, form, **values)


def complete():
    """A ledger that meets the pre-job requirement exactly: 40 学时 of 45 minutes."""
    hour = 45
    return [
        line(4 * hour, Topic.SOCIAL_SITUATION, TrainingForm.ONLINE_STUDY),
        line(12 * hour, Topic.LAW_AND_POLICY, TrainingForm.ONLINE_STUDY),
        line(4 * hour, Topic.PROFESSIONAL_ETHICS, TrainingForm.ONLINE_STUDY),
        line(8 * hour, Topic.PROFESSIONAL_KNOWLEDGE, TrainingForm.CASE_STUDY),
        line(8 * hour, Topic.MEDIATION_SKILLS, TrainingForm.COURT_OBSERVATION),
        line(4 * hour, Topic.MEDIATION_SKILLS, TrainingForm.CLASSROOM_LECTURE),
    ]


def test_a_complete_ledger_meets_everything():
    result = assess(complete(), PREJOB)
    assert result.met
    assert hours_gate(result).allowed
    assert (result.total.done, result.total.required, result.total.owed) == (4000, 4000, 0)
    assert (result.online.counted_minutes, result.online.cap_minutes) == (900, 900)


def test_an_empty_ledger_names_every_shortfall_with_its_rule_and_its_page():
    verdict = hours_gate(assess([], PREJOB))
    assert [(r.code, r.basis, r.mend, r.mend_args) for r in verdict.reasons] == [
        ("hours.total_short", "training.prejob_hours", "courses.catalogue", ()),
        *[
            (
                "hours.topic_short",
                "training.prejob_hours",
                "courses.catalogue",
                (("topic", topic.value),),
            )
            for topic in Topic
        ],
        (
            "hours.forms_short",
            "training.prejob_forms",
            "programmes.sessions",
            (("forms", "case_study"),),
        ),
        (
            "hours.forms_short",
            "training.prejob_forms",
            "programmes.sessions",
            (("forms", "court_observation,field_observation,simulation_drill"),),
        ),
    ]
    assert str(verdict.reasons[2].words) == "「法律政策」还差 12 学时（已计入 0，应修 12）"


def test_one_missing_minute_keeps_the_gate_shut_and_shows():
    *rest, last = complete()
    result = assess([*rest, replace(last, minutes=last.minutes - 1)], PREJOB)
    assert hours_gate(result).codes == ("hours.total_short", "hours.topic_short")
    skills = result.topics[Topic.MEDIATION_SKILLS]
    assert (skills.owed_minutes, skills.done, skills.owed) == (1, 1197, 3)


def test_a_requirement_of_broken_minutes_is_rounded_up():
    rule = Requirement(total=450, minutes_per_hour=45, online_share=0, basis="p")
    assert [assess([line(m)], rule).met for m in (202, 203)] == [False, True]


def test_online_study_beyond_the_cap_is_named_and_not_counted():
    rule = Requirement(total=400, minutes_per_hour=45, online_share=50, basis="p")
    result = assess([line(135, form=TrainingForm.ONLINE_STUDY)], rule)
    assert (result.total.done_minutes, result.online.uncounted_minutes) == (90, 45)
    said = {note.code: str(note.words) for note in result.explanations}
    assert said["hours.online_over_cap"] == (
        "在线学习共 3 学时，最多计入总学时的 50%，即 2 学时，另有 1 学时未计入"
    )
    # With the cap used up, only a session can mend the total.
    (reason,) = hours_gate(result).reasons
    assert reason.mend == "programmes.sessions"


def test_a_surplus_online_does_not_crowd_out_another_topics_shortfall():
    rule = Requirement(
        total=400,
        minutes_per_hour=45,
        online_share=50,
        basis="p",
        topics={Topic.PROFESSIONAL_ETHICS: 200},
    )
    online = TrainingForm.ONLINE_STUDY
    early = line(90, Topic.LAW_AND_POLICY, online)
    late = line(90, Topic.PROFESSIONAL_ETHICS, online, occurred_on=DAY + timedelta(days=9))
    result = assess([early, late], rule)
    assert hours_gate(result).codes == ("hours.total_short",)
    assert result.topics[Topic.PROFESSIONAL_ETHICS].done_minutes == 90
    assert result.topics[Topic.LAW_AND_POLICY].done_minutes == 0


def test_a_second_lesson_in_a_filled_topic_waits_for_the_others():
    rule = Requirement(
        total=400,
        minutes_per_hour=45,
        online_share=50,
        basis="p",
        topics={Topic.LAW_AND_POLICY: 100, Topic.PROFESSIONAL_ETHICS: 100},
    )
    online = TrainingForm.ONLINE_STUDY
    result = assess(
        [
            line(45, Topic.LAW_AND_POLICY, online, source="lesson:1"),
            line(45, Topic.LAW_AND_POLICY, online, source="lesson:2"),
            line(45, Topic.PROFESSIONAL_ETHICS, online, source="lesson:3"),
        ],
        rule,
    )
    assert result.topics[Topic.LAW_AND_POLICY].done_minutes == 45
    assert result.topics[Topic.PROFESSIONAL_ETHICS].done_minutes == 45


def test_a_topic_is_mended_online_while_surplus_holds_the_room():
    """The total cannot grow online any more, but a topic's own shortfall still can shrink."""
    rule = Requirement(
        total=400,
        minutes_per_hour=45,
        online_share=50,
        basis="p",
        topics={Topic.PROFESSIONAL_ETHICS: 100},
    )
    result = assess([line(90, Topic.LAW_AND_POLICY, TrainingForm.ONLINE_STUDY)], rule)
    assert [(r.code, r.mend) for r in hours_gate(result).reasons] == [
        ("hours.total_short", "programmes.sessions"),
        ("hours.topic_short", "courses.catalogue"),
    ]


def test_a_reversal_takes_back_its_own_credit_only():
    back = line(45, kind=LineKind.REVERSAL)
    rule = Requirement(total=100, minutes_per_hour=45, online_share=0, basis="p")
    assert assess([line(45), back], rule).total.done_minutes == 0
    result = assess([line(45), replace(back, source="session:2")], rule)
    assert result.total.done_minutes == 45
    assert "hours.reversal_exceeds" in {note.code for note in result.explanations}


def test_days_outside_the_period_do_not_count_and_are_named():
    rule = replace(PREJOB, counts_from=DAY, counts_until=DAY)
    lines = [line(45, occurred_on=DAY + timedelta(days=n), source=f"s:{n}") for n in (-1, 0, 1)]
    earlier = replace(lines[0], kind=LineKind.REVERSAL, source="s:-2")
    result = assess([*lines, earlier], rule)
    assert result.total.done_minutes == 45
    said = {note.code: str(note.words) for note in result.explanations}
    assert "hours.reversal_exceeds" not in said
    assert said["hours.out_of_period"] == "有 2 学时不在本周期内，未计入"


@pytest.mark.parametrize(
    ("standing", "taken", "codes"),
    [
        ([line(45)], 45, ()),
        ([line(45)], 46, ("hours.reversal_exceeds",)),
        ([line(45), line(45, kind=LineKind.REVERSAL)], 1, ("hours.reversal_exceeds",)),
        ([line(45, source="session:2")], 1, ("hours.reversal_exceeds",)),
    ],
)
def test_a_reversal_never_exceeds_what_stands(standing, taken, codes):
    reversal = line(taken, kind=LineKind.REVERSAL)
    assert reversal_gate(standing, reversal, ReversalReason.DUPLICATE, False).codes == codes


def test_a_refused_reversal_says_what_stands():
    reversal = line(45, kind=LineKind.REVERSAL)
    (reason,) = reversal_gate([], reversal, ReversalReason.DUPLICATE, False).reasons
    assert str(reason.words) == "要冲销 45 分钟，但该来源现有学时只有 0 分钟"


@pytest.mark.parametrize("reason", ReversalReason)
def test_a_reversal_that_blames_the_person_waits_for_the_notice(reason):
    reversal = line(45, kind=LineKind.REVERSAL)
    unserved = reversal_gate([line(45)], reversal, reason, notice_served=False)
    assert unserved.allowed == (reason not in BLAMING_REASONS)
    assert reversal_gate([line(45)], reversal, reason, notice_served=True).allowed


@pytest.mark.parametrize("minutes", [0, -45])
def test_a_ledger_line_without_minutes_is_refused(minutes):
    with pytest.raises(ValueError, match="positive"):
        line(minutes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes_per_hour": 0},
        {"total": -1},
        {"online_share": 101},
        {"groups": PREJOB.groups + PREJOB.groups[:1]},
    ],
)
def test_a_senseless_requirement_is_refused(wrong):
    with pytest.raises(ValueError, match=r"hours|share|code"):
        replace(PREJOB, **wrong)


lines = st.lists(
    st.builds(
        LedgerLine,
        st.integers(1, 900),
        st.sampled_from(Topic),
        st.sampled_from(TrainingForm),
        st.integers(0, 40).map(lambda n: DAY + timedelta(days=n)),
        st.sampled_from([LineKind.CREDIT, LineKind.CREDIT, LineKind.REVERSAL]),
        st.sampled_from(["session:1", "session:2", "lesson:1"]),
    ),
    max_size=20,
)


@given(lines, st.randoms(use_true_random=False))
def test_the_order_of_the_ledger_changes_nothing(ledger, random):
    shuffled = ledger[:]
    random.shuffle(shuffled)
    assert assess(shuffled, PREJOB) == assess(ledger, PREJOB)


@given(lines)
def test_the_sums_agree_with_an_independent_count(ledger):
    """Total = topics; every credit is either counted, taken back, or online beyond the cap."""
    result = assess(ledger, PREJOB)
    net = Counter()
    for item in ledger:
        net[item.origin] += item.minutes if item.kind is LineKind.CREDIT else -item.minutes
    standing = sum(minutes for minutes in net.values() if minutes > 0)
    assert result.total.done_minutes == standing - result.online.uncounted_minutes
    assert result.total.done_minutes == sum(t.done_minutes for t in result.topics.values())
    assert result.total.done_minutes == sum(result.forms.values())
    assert result.online.counted_minutes <= result.online.cap_minutes
    # Nothing is left uncounted while there is room.
    assert not result.online.uncounted_minutes or (
        result.online.counted_minutes == result.online.cap_minutes
    )


@given(lines)
def test_the_total_shown_is_what_the_topics_shown_add_up_to(ledger):
    result = assess(ledger, PREJOB)
    parts = sum(topic.done for topic in result.topics.values())
    assert result.total.done in (parts, PREJOB.total)
    assert result.total.done == parts or (result.total.met and parts < PREJOB.total)


def test_a_total_that_is_short_loses_what_its_topics_lose():
    rule = replace(PREJOB, topics={}, groups=())
    result = assess([line(m, t) for m, t in zip((499, 400, 180), Topic, strict=False)], rule)
    assert [result.topics[t].done for t in Topic][:3] == [1108, 888, 400]
    assert result.total.done == 2396


def test_a_total_that_is_met_reads_so_and_its_topics_add_up_to_it():
    rule = replace(PREJOB, total=2400, topics={}, groups=())
    result = assess([line(m, t) for m, t in zip((500, 400, 180), Topic, strict=False)], rule)
    assert result.total.met
    assert result.total.done == 2400 == sum(t.done for t in result.topics.values())


@given(lines, st.integers(1, 500), st.sampled_from(Topic), st.sampled_from(TrainingForm))
def test_more_study_never_makes_more_owed(ledger, minutes, topic, form):
    """A further credit, dated last, lessens no figure: nobody is punished for learning."""
    further = line(minutes, topic, form, occurred_on=DAY + timedelta(days=99), source="new")
    before, after = assess(ledger, PREJOB), assess([*ledger, further], PREJOB)
    assert after.total.owed <= before.total.owed
    assert all(after.topics[t].owed <= before.topics[t].owed for t in Topic)
    assert all(after.groups[g].owed <= before.groups[g].owed for g in before.groups)


@given(lines)
def test_the_gate_the_result_and_the_figures_agree(ledger):
    result = assess(ledger, PREJOB)
    figures = [result.total, *result.topics.values(), *result.groups.values()]
    owed = [figure for figure in figures if figure.owed_minutes]
    assert len(hours_gate(result).reasons) == len(owed)
    assert result.met == hours_gate(result).allowed == (not owed)
    for figure in figures:
        assert (figure.owed > 0) == (figure.owed_minutes > 0)
        assert figure.met or figure.done + figure.owed == figure.required
