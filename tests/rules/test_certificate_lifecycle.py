from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.rules.issue import IssueFacts, certified_to_practise, issue_gate
from certificates.rules.lifecycle import (
    CERTIFICATE,
    CERTIFICATE_STATE_LABELS,
    ActivationFacts,
    CancellationGround,
    CertificateRecord,
    CertificateState,
    CertificateStatus,
    ChangeFacts,
    ReissueGround,
    RevocationGround,
    StateChange,
    status_on,
    validity,
)
from certificates.rules.template import FORBIDDEN_WORDS, forbidden_words, template_gate
from tests.rules.machine_tables import labelled, whole_table
from training.people.rules.person import ServiceKind
from training.proceedings.rules.separation import Hand

S = CertificateState
CLEAN = IssueFacts(
    hours_owed=0,
    exam_passed=True,
    open_reviews=0,
    misconduct_found=False,
    subject=Hand(1),
    issuer=Hand(2),
    examiners=(Hand(3),),
    markers=(Hand(3), Hand(4)),
    paper_authors=(Hand(5),),
)
GOOD = {
    "issue": CLEAN,
    "activate": ActivationFacts("ab" * 32, "cd" * 32),
    "suspend": ChangeFacts("停职审查期间"),
    "reinstate": ChangeFacts("审查结束"),
    "revoke": ChangeFacts("提供虚假材料", RevocationGround.FRAUD),
    "cancel": ChangeFacts("本人离岗", CancellationGround.LEFT),
    "renew": ChangeFacts("到期换发", None, "460100-2029-P-00001-X"),
    "reissue": ChangeFacts("遗失", ReissueGround.LOST, "460100-2027-P-00001-X"),
}


def test_the_whole_lifecycle_of_a_certificate():
    assert whole_table(CERTIFICATE, GOOD) == {
        "pending": {"issue": "issued", "cancel": "cancelled"},
        "issued": {"activate": "active", "revoke": "revoked", "cancel": "cancelled"},
        "active": {
            "suspend": "suspended",
            "revoke": "revoked",
            "cancel": "cancelled",
            "renew": "replaced",
            "reissue": "replaced",
        },
        "suspended": {"reinstate": "active", "revoke": "revoked", "cancel": "cancelled"},
        "expired": {"revoke": "revoked", "cancel": "cancelled", "renew": "replaced"},
        "revoked": {},
        "cancelled": {},
        "replaced": {},
    }
    assert labelled(CERTIFICATE)
    assert set(CERTIFICATE_STATE_LABELS) == set(S)


def test_every_act_that_takes_something_away_is_grave():
    calm = {t.action for t in CERTIFICATE.transitions if not t.grave}
    assert calm == {"activate"}


@pytest.mark.parametrize(
    ("action", "state", "facts", "codes"),
    [
        ("activate", S.ISSUED, ActivationFacts("ab", ""), ("certificate.not_frozen",)),
        ("activate", S.ISSUED, ActivationFacts("", "ab"), ("certificate.not_frozen",)),
        ("suspend", S.ACTIVE, ChangeFacts(" "), ("REASON_REQUIRED",)),
        ("reinstate", S.SUSPENDED, ChangeFacts(""), ("REASON_REQUIRED",)),
        (
            "revoke",
            S.ACTIVE,
            ChangeFacts("", CancellationGround.LEFT),
            ("REASON_REQUIRED", "certificate.ground"),
        ),
        ("revoke", S.ACTIVE, ChangeFacts("离岗"), ("certificate.ground",)),
        ("revoke", S.ISSUED, ChangeFacts("…", RevocationGround.FRAUD), ("REASON_REQUIRED",)),
        ("cancel", S.ACTIVE, ChangeFacts("作弊", RevocationGround.FRAUD), ("certificate.ground",)),
        ("renew", S.EXPIRED, ChangeFacts("到期"), ("certificate.successor",)),
        (
            "reissue",
            S.ACTIVE,
            ChangeFacts("", CancellationGround.LEFT),
            ("REASON_REQUIRED", "certificate.successor", "certificate.ground"),
        ),
    ],
)
def test_a_gate_that_refuses_says_what_is_missing(action, state, facts, codes):
    assert CERTIFICATE.judge(state, action, facts).codes == codes


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"hours_owed": 1}, "certificate.hours_owed"),
        ({"exam_passed": False}, "certificate.exam_not_passed"),
        ({"open_reviews": 2}, "certificate.review_open"),
        ({"misconduct_found": True}, "certificate.misconduct"),
        ({"issuer": Hand(1)}, "SELF"),
        ({"issuer": Hand(3), "markers": ()}, "SAME_PERSON"),
        ({"issuer": Hand(4)}, "SAME_PERSON"),
        ({"issuer": Hand(5)}, "SAME_PERSON"),
        ({"issuer": Hand(9, frozenset({5}))}, "SAME_PERSON"),
        ({"paper_authors": (Hand(5, frozenset({2})),)}, "SAME_PERSON"),
    ],
)
def test_each_gate_alone_stops_the_issue(change, code):
    facts = {field: getattr(CLEAN, field) for field in IssueFacts.__dataclass_fields__}
    assert issue_gate(IssueFacts(**{**facts, **change})).codes == (code,)


def test_every_reason_is_given_at_once_with_its_rule_and_where_to_mend_it():
    facts = IssueFacts(1250, False, 1, True, Hand(1), Hand(3), (Hand(3),), (Hand(3),), ())
    verdict = issue_gate(facts)
    assert verdict.codes == (
        "certificate.hours_owed",
        "certificate.exam_not_passed",
        "certificate.review_open",
        "certificate.misconduct",
        "SAME_PERSON",
        "SAME_PERSON",
    )
    assert str(verdict.reasons[0].words) == "岗前培训还差 12.5 学时"
    assert {(r.basis, bool(r.mend)) for r in verdict.reasons[:4]} == {("cert.gates", True)}


def test_whoever_marks_may_also_invigilate():
    assert issue_gate(CLEAN)


START, LAST = date(2026, 11, 23), date(2029, 11, 22)


def record(*changes):
    return CertificateRecord(START, LAST, tuple(StateChange(d, s) for d, s in changes))


ACTIVE = record((START, S.ISSUED), (START, S.ACTIVE))


@pytest.mark.parametrize(
    ("day", "state", "left", "expiring"),
    [
        (START - timedelta(days=1), S.PENDING, None, False),
        (START, S.ACTIVE, 1095, False),
        (LAST - timedelta(days=61), S.ACTIVE, 61, False),
        (LAST - timedelta(days=60), S.ACTIVE, 60, True),
        (LAST, S.ACTIVE, 0, True),
        (LAST + timedelta(days=1), S.EXPIRED, None, False),
    ],
)
def test_expiry_is_computed_from_the_day(day, state, left, expiring):
    assert status_on(ACTIVE, day, expiring_days=60) == CertificateStatus(state, left, expiring)


def test_a_certificate_is_not_in_force_before_its_first_day():
    early = CertificateRecord(START, LAST, (StateChange(START - timedelta(days=9), S.ACTIVE),))
    assert status_on(early, START - timedelta(days=1), expiring_days=60).state is S.ISSUED
    assert status_on(early, START, expiring_days=60).in_force


def test_expiry_never_hides_a_suspension():
    suspended = record((START, S.ACTIVE), (date(2027, 1, 5), S.SUSPENDED))
    after = status_on(suspended, LAST + timedelta(days=1), expiring_days=60)
    assert after == CertificateStatus(S.SUSPENDED, None, False)
    reinstated = record(
        (START, S.ACTIVE), (date(2027, 1, 5), S.SUSPENDED), (LAST + timedelta(days=5), S.ACTIVE)
    )
    assert status_on(reinstated, LAST + timedelta(days=5), expiring_days=60).state is S.EXPIRED


@pytest.mark.parametrize("ending", [S.REVOKED, S.CANCELLED, S.REPLACED])
def test_an_ending_holds_from_its_day_for_ever_and_leaves_the_past_alone(ending):
    ended = record((START, S.ACTIVE), (date(2027, 6, 1), ending))
    assert status_on(ended, date(2027, 5, 31), expiring_days=60).in_force
    for day in (date(2027, 6, 1), LAST + timedelta(days=400)):
        assert status_on(ended, day, expiring_days=60) == CertificateStatus(ending, None, False)


def test_of_two_changes_on_one_day_the_later_holds():
    both = record((START, S.ACTIVE), (date(2027, 1, 5), S.SUSPENDED), (date(2027, 1, 5), S.ACTIVE))
    assert status_on(both, date(2027, 1, 5), expiring_days=60).in_force


@pytest.mark.parametrize(
    ("until", "changes", "complaint"),
    [
        (START - timedelta(days=1), [], "ends before"),
        (LAST, [(LAST, S.ACTIVE), (START, S.SUSPENDED)], "order"),
        (LAST, [(LAST, S.EXPIRED)], "computed"),
    ],
)
def test_a_record_that_contradicts_itself_cannot_be_held(until, changes, complaint):
    history = tuple(StateChange(d, s) for d, s in changes)
    with pytest.raises(ValueError, match=complaint):
        CertificateRecord(START, until, history)


def test_a_certificate_may_be_valid_for_a_single_day():
    single = CertificateRecord(START, START, (StateChange(START, S.ACTIVE),))
    assert status_on(single, START, expiring_days=60).in_force
    assert not status_on(single, START + timedelta(days=1), expiring_days=60).in_force


def test_validity_runs_for_the_years_of_the_policy():
    assert validity(date(2026, 11, 23), 3) == (START, LAST)
    assert validity(date(2028, 2, 29), 3) == (date(2028, 2, 29), date(2031, 2, 28))


STORED = [s for s in S if s is not S.EXPIRED]


@given(
    st.lists(st.tuples(st.integers(0, 1200), st.sampled_from(STORED)), max_size=5),
    st.integers(-10, 1300),
    st.integers(0, 90),
)
def test_only_an_active_certificate_within_its_dates_is_in_force(changes, offset, expiring_days):
    ordered = sorted(changes, key=lambda c: c[0])
    kept = record(*((START + timedelta(days=d), s) for d, s in ordered))
    day = START + timedelta(days=offset)
    status = status_on(kept, day, expiring_days=expiring_days)
    last = [s for d, s in ordered if START + timedelta(days=d) <= day][-1:]
    assert status.in_force == (last == [S.ACTIVE] and START <= day <= LAST)
    assert (status.days_left is None) or status.days_left == (LAST - day).days >= 0
    assert not status.expiring or (status.in_force and status.days_left <= expiring_days)


FULL, PART = ServiceKind.FULL_TIME, ServiceKind.PART_TIME


@pytest.mark.parametrize(
    ("kind", "elected", "required_for", "in_force", "allowed"),
    [
        (FULL, False, {FULL}, True, True),
        (FULL, False, {FULL}, False, False),
        (FULL, True, {FULL}, False, True),
        (PART, False, {FULL}, False, True),
        (PART, False, {FULL, PART}, False, True),
        (PART, True, {FULL, PART}, False, True),
        (FULL, False, set(), False, True),
    ],
)
def test_only_an_engaged_full_time_mediator_is_blocked_by_a_missing_certificate(
    kind, elected, required_for, in_force, allowed
):
    verdict = certified_to_practise(
        kind, elected=elected, required_for=required_for, certificate_in_force=in_force
    )
    assert verdict.codes == (() if allowed else ("certificate.required",))


@pytest.mark.parametrize("word", FORBIDDEN_WORDS)
def test_a_forbidden_word_is_found_however_it_is_hidden(word):
    hidden = [
        word,
        " ".join(word),
        "\u3000".join(word),
        "\u200b".join(word),
        "\n".join(word),
        f"{word[0]}<b class='x'>{word[1:]}</b>",
        "&nbsp;".join(word),
        "".join(f"&#{ord(c)};" for c in word),
    ]
    for text in hidden:
        assert word in forbidden_words(f"<p>兹证明{text}合格</p>")
        assert template_gate(text).codes == ("template.forbidden_words",)


def test_the_words_found_are_named():
    (reason,) = template_gate("全国人民调解员执业证").reasons
    assert str(reason.words) == "证书模板中不得出现：执业、全国"


@pytest.mark.parametrize(
    "text",
    [
        "兹证明王小明参加岗前培训，考核合格。",
        "<p>热爱祖国</p><p>家庭和睦</p>",
        "爱国，家庭",
        "执\x1f。业",
        "岗前培训考核合格证书",
    ],
)
def test_a_modest_template_passes(text):
    assert template_gate(text)
