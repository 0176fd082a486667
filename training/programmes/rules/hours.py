"""Credit hours (学时): what the ledger amounts to, what is owed, and why.

The ledger holds minutes; an office speaks in 学时 of ``minutes_per_hour`` minutes (policy
``credit.minutes_per_hour``). Everything is compared in whole minutes and shown in
hundredths of a 学时, credits rounded down, so that a figure never reads as complete while
a minute is missing. The total is what its topics add up to as they are shown. Requirements
come from ``training.prejob_hours`` or ``training.annual_hours``, ``training.prejob_forms``
and ``training.online_share_max``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from training.core.rules.explanation import Explanation, show_hundredths
from training.core.rules.verdict import Reason, Verdict
from training.core.rules.vocabulary import TOPIC_LABELS, Topic, TrainingForm
from training.core.rules.words import N_, Words

from .ledger import MINUTES_BASIS, LedgerLine, LineKind, Origin

FORMS_BASIS = "training.prejob_forms"
ONLINE_BASIS = "training.online_share_max"


@dataclass(frozen=True, slots=True)
class FormGroup:
    """A minimum for some forms together: practicum = observation, court, drill.

    ``hours`` in hundredths of a 学时.
    """

    code: str
    label: str
    forms: frozenset[TrainingForm]
    hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What a programme asks for, fixed when the person enrols.

    Hours are hundredths of a 学时; ``online_share`` is the percentage of ``total`` that
    online study may make up; the two dates bound the days that count, both inclusive.
    ``basis`` is the policy key of total and topics. Raises ``ValueError`` for numbers that
    mean nothing.
    """

    total: int
    minutes_per_hour: int
    online_share: int
    basis: str
    topics: Mapping[Topic, int] = field(default_factory=dict)
    groups: tuple[FormGroup, ...] = ()
    counts_from: date | None = None
    counts_until: date | None = None

    def __post_init__(self) -> None:
        hours = [self.total, *self.topics.values(), *(g.hours for g in self.groups)]
        if self.minutes_per_hour <= 0 or min(hours) < 0:
            raise ValueError("hours and the length of an hour cannot be negative or nothing")
        if not 0 <= self.online_share <= 100:
            raise ValueError("the online share is a percentage")
        if len({g.code for g in self.groups}) != len(self.groups):
            raise ValueError("two groups of forms share a code")

    def minutes(self, hours: int) -> int:
        """Whole minutes that make up ``hours`` (hundredths of a 学时), rounded up."""
        return -(-hours * self.minutes_per_hour // 100)

    def hours(self, minutes: int) -> int:
        """``minutes`` in hundredths of a 学时, rounded down."""
        return minutes * 100 // self.minutes_per_hour

    @property
    def online_cap_minutes(self) -> int:
        """The most that online study may add to the total."""
        return self.minutes(self.total) * self.online_share // 100

    def counts_on(self, day: date) -> bool:
        return (self.counts_from is None or self.counts_from <= day) and (
            self.counts_until is None or day <= self.counts_until
        )


@dataclass(frozen=True, slots=True)
class HoursLine:
    """Done, required and owed, for the total, one topic or one group of forms.

    ``online_helps``: would further online study lessen what is owed here?
    """

    code: str
    label: str
    done_minutes: int
    required_minutes: int
    done: int
    required: int
    online_helps: bool

    @property
    def met(self) -> bool:
        return self.done_minutes >= self.required_minutes

    @property
    def owed_minutes(self) -> int:
        return max(0, self.required_minutes - self.done_minutes)

    @property
    def owed(self) -> int:
        """Hundredths of a 学时, so that done + owed = required as shown."""
        return 0 if self.met else self.required - self.done


@dataclass(frozen=True, slots=True)
class OnlineCount:
    """Minutes of online study: done, counted towards the total, and the cap."""

    done_minutes: int
    counted_minutes: int
    cap_minutes: int

    @property
    def uncounted_minutes(self) -> int:
        return self.done_minutes - self.counted_minutes


@dataclass(frozen=True, slots=True)
class HoursResult:
    """The whole answer, with its explanation. ``forms`` holds counted minutes by form."""

    requirement: Requirement
    total: HoursLine
    topics: Mapping[Topic, HoursLine]
    groups: Mapping[str, HoursLine]
    forms: Mapping[TrainingForm, int]
    online: OnlineCount
    explanations: tuple[Explanation, ...]

    @property
    def met(self) -> bool:
        lines = (self.total, *self.topics.values(), *self.groups.values())
        return all(line.met for line in lines)


def assess(lines: Iterable[LedgerLine], requirement: Requirement) -> HoursResult:
    """Add up the ledger against the requirement, whatever the order of its lines.

    Online study counts up to the cap: first, by day, what fills a topic's own shortfall,
    then, by day, the rest. So a surplus in one topic never crowds out what another needs.
    """
    ledger = list(lines)
    net, outside, taken_back, excess = _net(ledger, requirement)
    offline: Counter[Topic] = Counter()
    forms: Counter[TrainingForm] = Counter()
    online: list[tuple[Topic, int]] = []
    for (_, _, topic, form), minutes in sorted(net.items()):
        if form is TrainingForm.ONLINE_STUDY:
            online.append((topic, minutes))
        else:
            offline[topic] += minutes
            forms[form] += minutes
    counted, gap_room = _count_online(online, offline, requirement)
    online_count = OnlineCount(
        sum(minutes for _, minutes in online), counted.total(), requirement.online_cap_minutes
    )
    if online_count.counted_minutes:
        forms[TrainingForm.ONLINE_STUDY] = online_count.counted_minutes
    room = online_count.counted_minutes < online_count.cap_minutes

    by_topic = offline + counted
    shown = _shown_by_topic(by_topic, requirement)

    def line(
        code: str, label: str, done: int, hours: int, online_helps: bool, figure: int | None = None
    ) -> HoursLine:
        required = requirement.minutes(hours)
        figure = requirement.hours(done) if figure is None else figure
        return HoursLine(code, label, done, required, figure, hours, online_helps)

    total_shown = shown.total()
    if by_topic.total() >= requirement.minutes(requirement.total):
        total_shown = max(total_shown, requirement.total)
    total = line("total", N_("总学时"), by_topic.total(), requirement.total, room, total_shown)
    topics = {
        topic: line(
            topic,
            TOPIC_LABELS[topic],
            by_topic[topic],
            requirement.topics.get(topic, 0),
            gap_room,
            shown[topic],
        )
        for topic in Topic
    }
    groups = {
        group.code: line(
            group.code,
            group.label,
            sum(forms[form] for form in group.forms),
            group.hours,
            room and TrainingForm.ONLINE_STUDY in group.forms,
        )
        for group in requirement.groups
    }
    notes = _explain(
        requirement, (total, *topics.values()), tuple(groups.values()), online_count
    ) + _explain_ledger(requirement, outside, taken_back, excess)
    return HoursResult(requirement, total, topics, groups, dict(forms), online_count, notes)


def hours_gate(result: HoursResult) -> Verdict:
    """Are all hours met? One reason for each shortfall, with the page that mends it.

    A topic is mended online only while online study still counts, else by a session.
    """
    rule = result.requirement
    reasons: list[Reason] = []
    if not result.total.met:
        mend = "courses.catalogue" if result.total.online_helps else "programmes.sessions"
        reasons.append(
            _shortfall(
                "hours.total_short",
                N_("总学时还差 %(owed)s 学时（已计入 %(done)s，应修 %(required)s）"),
                result.total,
                rule.basis,
                mend,
            )
        )
    for topic, line in result.topics.items():
        if not line.met:
            mend = "courses.catalogue" if line.online_helps else "programmes.sessions"
            reasons.append(
                _shortfall(
                    "hours.topic_short",
                    N_("「%(label)s」还差 %(owed)s 学时（已计入 %(done)s，应修 %(required)s）"),
                    line,
                    rule.basis,
                    mend,
                    ("topic", topic),
                )
            )
    for group in rule.groups:
        line = result.groups[group.code]
        if not line.met:
            reasons.append(
                _shortfall(
                    "hours.forms_short",
                    N_("「%(label)s」还差 %(owed)s 学时（已计入 %(done)s，应修 %(required)s）"),
                    line,
                    FORMS_BASIS,
                    "programmes.sessions",
                    ("forms", ",".join(sorted(group.forms))),
                )
            )
    return Verdict(tuple(reasons))


_Net = Counter[Origin]


def _net(ledger: list[LedgerLine], requirement: Requirement) -> tuple[_Net, int, int, int]:
    """What stands of each credit, and the minutes outside the period, reversed, and reversed
    beyond their credit. An excess takes nothing from other credits."""
    credits: _Net = Counter()
    reversals: _Net = Counter()
    outside = 0
    for line in ledger:
        if requirement.counts_on(line.occurred_on):
            side = credits if line.kind is LineKind.CREDIT else reversals
            side[line.origin] += line.minutes
        elif line.kind is LineKind.CREDIT:
            outside += line.minutes
    excess = (reversals - credits).total()
    return credits - reversals, outside, reversals.total() - excess, excess


def _count_online(
    online: list[tuple[Topic, int]], offline: Counter[Topic], requirement: Requirement
) -> tuple[Counter[Topic], bool]:
    """Online minutes counted by topic, and whether further ones could still fill a shortfall.

    ``online`` comes in order of the day.
    """
    room = requirement.online_cap_minutes
    counted: Counter[Topic] = Counter()
    surplus: list[tuple[Topic, int]] = []
    for topic, minutes in online:
        gap = requirement.minutes(requirement.topics.get(topic, 0)) - offline[topic]
        taken = max(0, min(minutes, gap - counted[topic], room))
        counted[topic] += taken
        room -= taken
        surplus.append((topic, minutes - taken))
    gap_room = room > 0
    for topic, minutes in surplus:
        taken = min(minutes, room)
        counted[topic] += taken
        room -= taken
    return counted, gap_room


def _shown_by_topic(minutes: Counter[Topic], requirement: Requirement) -> Counter[Topic]:
    """Hundredths of a 学时 by topic, each rounded down. Where the total is met and would read
    as short by what was cut off, topics that owe nothing get their begun hundredth whole."""
    shown = Counter({topic: requirement.hours(minutes[topic]) for topic in Topic})
    if minutes.total() < requirement.minutes(requirement.total):
        return shown
    begun = [
        topic
        for topic in Topic
        if minutes[topic] * 100 % requirement.minutes_per_hour
        and minutes[topic] >= requirement.minutes(requirement.topics.get(topic, 0))
    ]
    shown.update(begun[: max(0, requirement.total - shown.total())])
    return shown


def _shown(line: HoursLine) -> dict[str, object]:
    return {
        "label": Words(line.label),
        "done": show_hundredths(line.done),
        "required": show_hundredths(line.required),
        "owed": show_hundredths(line.owed),
    }


def _shortfall(
    code: str, message: str, line: HoursLine, basis: str, mend: str, *mend_args: tuple[str, str]
) -> Reason:
    return Reason(code, Words(message, _shown(line)), basis, mend, mend_args)


def _explain(
    rule: Requirement,
    lines: tuple[HoursLine, ...],
    groups: tuple[HoursLine, ...],
    online: OnlineCount,
) -> tuple[Explanation, ...]:
    met = N_("「%(label)s」应修 %(required)s 学时，已计入 %(done)s，已完成")
    short = N_("「%(label)s」应修 %(required)s 学时，已计入 %(done)s，还差 %(owed)s")
    notes = [
        Explanation(
            "hours.met" if line.met else "hours.short",
            Words(met if line.met else short, _shown(line)),
            FORMS_BASIS if line in groups else rule.basis,
        )
        for line in (*lines, *groups)
        if line.required
    ]
    notes.append(
        Explanation(
            "hours.unit",
            Words(N_("1 学时按 %(minutes)s 分钟折算"), {"minutes": rule.minutes_per_hour}),
            MINUTES_BASIS,
        )
    )
    if online.uncounted_minutes:
        notes.append(
            Explanation(
                "hours.online_over_cap",
                Words(
                    N_(
                        "在线学习共 %(done)s 学时，最多计入总学时的 %(share)s%%，"
                        "即 %(cap)s 学时，另有 %(uncounted)s 学时未计入"
                    ),
                    {
                        "done": show_hundredths(rule.hours(online.done_minutes)),
                        "share": rule.online_share,
                        "cap": show_hundredths(rule.hours(online.cap_minutes)),
                        "uncounted": show_hundredths(rule.hours(online.uncounted_minutes)),
                    },
                ),
                ONLINE_BASIS,
            )
        )
    return tuple(notes)


def _explain_ledger(
    rule: Requirement, outside: int, taken_back: int, excess: int
) -> tuple[Explanation, ...]:
    notes = []
    for code, message, minutes in (
        ("hours.out_of_period", N_("有 %(hours)s 学时不在本周期内，未计入"), outside),
        ("hours.reversed", N_("已冲销 %(hours)s 学时"), taken_back),
        (
            "hours.reversal_exceeds",
            N_("有 %(hours)s 学时的冲销超过原记录，超出部分未扣减，请管理人员核对"),
            excess,
        ),
    ):
        if minutes:
            shown = show_hundredths(rule.hours(minutes))
            notes.append(Explanation(code, Words(message, {"hours": shown}), rule.basis))
    return tuple(notes)
