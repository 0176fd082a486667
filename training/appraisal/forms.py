"""Forms of the annual appraisal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, ValidationError

from training.core import clock
from training.core.forms import Form, MultiCheckboxField
from training.core.i18n import say, title_of
from training.core.models import OrgUnit
from training.core.policy_defaults import SPECS
from training.people.models import Person
from training.people.persons_forms import org_choices
from training.people.rules.person import SERVICE_LABELS
from training.proceedings.rules.lifecycle import METHOD_LABELS

from .models import AppraisalRound
from .rounds import Candidate
from .rules import figure_sheet
from .rules.annual import COMPONENT_LABELS, Component
from .rules.annual_lifecycle import ANNUAL_APPRAISAL
from .rules.figure_sheet import COMPONENTS
from .rules.grade import GRADE_LABELS, Grade
from .rules.indicators import IndicatorKind, Scheme
from .rules.scoring import Treatment
from .talks import Talk

TREATMENT_LABELS = {
    Treatment.EXEMPT: _l("不适用：不计入，分值由其余部分分担"),
    Treatment.ZERO: _l("按零分计"),
}


def _required() -> DataRequired:
    return DataRequired(_l("请填写此项"))


def month_choices(months: Iterable[int]) -> list[tuple[str, str]]:
    return [(str(m), gettext("%(n)s 月", n=m)) for m in months]


class RoundForm(Form):
    """Which unit, which year, whom."""

    org = SelectField(_l("考核单位"), [_required()])
    year = IntegerField(_l("年度"), [_required(), NumberRange(min=2000, max=2100)])
    kinds = MultiCheckboxField(_l("参加考核的人员"), [_required()])

    def offer(self, units: list[OrgUnit]) -> None:
        self.org.choices = org_choices(units)
        self.kinds.choices = [(str(k), gettext(w)) for k, w in SERVICE_LABELS.items()]


class OpenForm(RoundForm):
    """The same, with those who are left out of the people proposed."""

    left_out = MultiCheckboxField(_l("本次不参加的人员"))

    def offer_people(self, people: Sequence[Candidate]) -> None:
        self.left_out.choices = [(c.person.public_id, c.person.name) for c in people]


class PanelForm(Form):
    """Who sits on the panel."""

    members = MultiCheckboxField(_l("考核小组成员"), [_required()])

    def offer(self, people: Iterable[Person]) -> None:
        self.members.choices = [
            (p.public_id, f"{p.name}（{title_of(p.org, 'name')}）") for p in people
        ]


class SheetForm(Form):
    """The unit's own sheet."""

    sheet = FileField(
        _l("考核数据表"),
        [FileRequired(_l("请选择文件"))],
        description=_l(
            "本单位现有的表格或者下载的模板（.xlsx 或 .csv，20 MB 以内）；标题行、合并的表头会自动识别"
        ),
    )


class ApplySheetForm(Form):
    """Confirming a sheet: what was seen, and why what stands is corrected."""

    reason = StringField(
        _l("更正的理由"),
        [Length(max=200)],
        description=_l("表中有与已登记数据不同的，写明为什么更正；原记录保留"),
    )
    seen = HiddenField()


class MissingForm(Form):
    """What becomes of something without data."""

    target = SelectField(_l("缺少数据的项目"), [_required()])
    treatment = RadioField(_l("怎样处理"), [_required()])
    reason = StringField(
        _l("理由"), [_required(), Length(max=200)], description=_l("本人可以看到这个理由")
    )

    def offer(self, targets: Sequence[tuple[str, str]]) -> None:
        self.target.choices = [*targets]
        self.treatment.choices = [(str(t), str(w)) for t, w in TREATMENT_LABELS.items()]


class FigureForm(Form):
    """One figure of one month, or the correction of one."""

    month = SelectField(_l("月份"), [_required()])
    indicator = SelectField(_l("考核指标"), [_required()])
    value = StringField(
        _l("分数或者完成情况"),
        [_required(), Length(max=40)],
        description=_l("指标填分数，或者完成数/应完成数，例如 12/15；扣分项填次数；加分项填分数"),
    )
    evidence = StringField(
        _l("依据"),
        [_required(), Length(max=200)],
        description=_l("台账名称和页码、文号、案件编号等；材料可在考核表上另行上传"),
    )
    note = StringField(_l("更正的理由"), [Length(max=200)])
    delta: int | None = None

    def offer(self, scheme: Scheme, months: Iterable[int]) -> None:
        self.scheme = scheme
        self.month.choices = month_choices(months)
        groups = {
            IndicatorKind.MEASURE: gettext("指标"),
            IndicatorKind.DEDUCTION: gettext("扣分"),
            IndicatorKind.BONUS: gettext("加分"),
        }
        self.indicator.choices = {
            label: [(i.code, gettext(i.title)) for i in scheme.indicators if i.kind is kind]
            for kind, label in groups.items()
        }

    def validate_value(self, field: StringField) -> None:
        """Reads the figure as a cell of the sheet is read."""
        indicator = self.scheme.find(str(self.indicator.data))
        if indicator is None:
            return
        self.delta, problems = figure_sheet.read_cell(indicator, field.data or "")
        if problems:
            raise ValidationError(say(problems[0].words))


class MarkForm(Form):
    """Dossiers, satisfaction or peers: a mark out of 100."""

    component = SelectField(_l("考核项目"), [_required()])
    value = StringField(
        _l("得分（满分 100）"),
        [_required(), Length(max=40)],
        description=_l("例如 92.5 或者 46/50"),
    )
    evidence = StringField(_l("依据"), [_required(), Length(max=200)])
    note = StringField(
        _l("更正的理由"), [Length(max=200)], description=_l("已有得分的，写明为什么更正")
    )
    points: int | None = None

    def offer(self) -> None:
        self.component.choices = [(str(c), gettext(COMPONENT_LABELS[c])) for c in COMPONENTS]

    def validate_value(self, field: StringField) -> None:
        self.points, problems = figure_sheet.read_mark(Component.DOSSIER, field.data or "")
        if problems:
            raise ValidationError(say(problems[0].words))


class VetoForm(Form):
    """An established act of 一票否决."""

    act = RadioField(_l("查实的情形"), [_required()])
    evidence = StringField(
        _l("依据"), [_required(), Length(max=200)], description=_l("调查结论、处分决定等的文号")
    )

    def offer(self, round_: AppraisalRound) -> None:
        labels = dict(SPECS["grade.veto"].fields)
        acts = round_.policies["grade.veto"]["value"]
        self.act.choices = [(a, gettext(labels[a])) for a in acts]


class MonthsForm(Form):
    """The months served, corrected."""

    months = MultiCheckboxField(_l("在岗月份"), [_required()])
    reason = StringField(_l("理由"), [_required(), Length(max=200)])

    def offer(self) -> None:
        self.months.choices = month_choices(range(1, 13))


class TextForm(Form):
    """What somebody writes: a report, an opinion, an objection."""

    text = TextAreaField(_l("内容"), [_required(), Length(max=4000)])


class RewordForm(TextForm):
    """What somebody wrote, corrected by a further entry that says why."""

    note = StringField(
        _l("更正的理由"), [_required(), Length(max=200)], description=_l("原来的内容保留，可以查看")
    )


class ReasonForm(Form):
    """An act says why."""

    reason = TextAreaField(_l("理由"), [_required(), Length(max=2000)])


class StepForm(Form):
    """A step in bulk: which, for whom (none: all who are ready), why."""

    action = HiddenField()
    reason = HiddenField()
    appraisal = MultiCheckboxField(validate_choice=False)


class ServeForm(Form):
    """How the grade is served."""

    method = RadioField(_l("送达方式"), [_required()])

    def offer(self) -> None:
        self.method.choices = [(str(m), gettext(w)) for m, w in METHOD_LABELS.items()]


class GradeForm(Form):
    """The panel's grade, on the score that was seen."""

    grade = RadioField(_l("等次"), [_required()])
    reason = TextAreaField(
        _l("理由"), [Length(max=2000)], description=_l("与分数对应的等次不同的，必须写明理由")
    )
    seen_total = HiddenField()

    def offer(self) -> None:
        self.grade.choices = [(str(g), gettext(GRADE_LABELS[g])) for g in Grade]


class ChoiceForm(Form):
    """Whom the panel chooses among those with the same total."""

    chosen = MultiCheckboxField(_l("确定为优秀的人员"))
    reason = TextAreaField(
        _l("小组的理由"),
        [_required(), Length(max=2000)],
        description=_l("会作为其余人员改为称职的理由，本人可以看到"),
    )

    def offer(self, people: Iterable[Person]) -> None:
        self.chosen.choices = [
            (str(p.id), f"{p.name}（{title_of(p.org, 'name')}）") for p in people
        ]


class NoticeForm(Form):
    """The public notice of those proposed for 优秀."""

    title = StringField(_l("公示标题"), [_required(), Length(max=200)])
    body = TextAreaField(_l("公示正文"), [_required(), Length(max=3000)])
    office = StringField(_l("受理异议的部门"), [_required(), Length(max=100)])
    telephone = StringField(_l("受理异议的电话"), [_required(), Length(max=40)])


class DecisionForm(Form):
    """The decision at the end."""

    action = RadioField(_l("聘用决定"), [_required()])
    reason = TextAreaField(
        _l("理由"), [_required(), Length(max=2000)], description=_l("会告知本人并记入审计")
    )

    def offer(self, actions: Iterable[str]) -> None:
        labels = {t.action: t.label for t in ANNUAL_APPRAISAL.transitions}
        self.action.choices = [(a, gettext(labels[a])) for a in actions]


class ReplaceDecisionForm(DecisionForm):
    """Another decision in the place of the one that was seen."""

    seen = HiddenField()


class TalkForm(Form):
    """A record of a talk."""

    held_at = DateTimeLocalField(_l("谈话时间"), [_required()], format="%Y-%m-%dT%H:%M")
    place = StringField(_l("地点"), [_required(), Length(max=200)])
    participants = StringField(
        _l("参加人"), [_required(), Length(max=200)], description=_l("谈话人、记录人和在场的人")
    )
    content = TextAreaField(_l("谈话内容"), [_required(), Length(max=4000)])
    words = TextAreaField(
        _l("本人陈述"),
        [_required(), Length(max=4000)],
        description=_l("照本人的原话记，没有意见的写「没有意见」"),
    )
    note = StringField(_l("更正的理由"), [Length(max=200)])

    def talk(self) -> Talk:
        if self.held_at.data is None:
            raise ValueError("the form was not validated")
        return Talk(
            self.held_at.data.replace(tzinfo=clock.SHANGHAI),
            self.place.data or "",
            self.participants.data or "",
            self.content.data or "",
            self.words.data or "",
        )
