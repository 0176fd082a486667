"""Forms of certificates."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired, FileSize
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from training.core.forms import Form
from training.core.rules.words import N_

from .rules.lifecycle import CancellationGround, ReissueGround, RevocationGround
from .rules.wording import Wording

_PDF_BYTES = 10 * 1024 * 1024
_REASON = Length(max=1000, message=_l("理由最多 1000 字"))

GROUND_LABELS: Mapping[StrEnum, str] = {
    RevocationGround.FRAUD: N_("以欺骗手段取得"),
    RevocationGround.ISSUED_IN_ERROR: N_("错误发证"),
    CancellationGround.LEFT: N_("离岗"),
    CancellationGround.DIED: N_("死亡"),
    CancellationGround.ASKED: N_("本人申请"),
    ReissueGround.LOST: N_("遗失"),
    ReissueGround.DAMAGED: N_("损坏"),
    ReissueGround.CORRECTED: N_("内容更正"),
}


class PdfForm(Form):
    """A PDF to be compared with what was issued; it is not kept."""

    pdf = FileField(
        _l("证书 PDF 文件"),
        [
            FileRequired(_l("请选择要核验的 PDF 文件")),
            FileSize(_PDF_BYTES, message=_l("文件过大，证书 PDF 不会超过 10 MB")),
        ],
        description=_l("文件只用于比对，不会保存"),
    )


class ReasonForm(Form):
    """Why an act is done."""

    reason = TextAreaField(_l("理由"), [DataRequired(_l("请写明理由")), _REASON])


class GroundForm(ReasonForm):
    """Why, and on which ground."""

    ground = SelectField(_l("情形"), [DataRequired(_l("请选择情形"))])

    def offer(self, grounds: type[StrEnum]) -> GroundForm:
        self.ground.choices = [(str(g), gettext(GROUND_LABELS[g])) for g in grounds]
        return self


class PickForm(Form):
    """Public ids ticked in a list."""

    ids = SelectMultipleField(
        _l("人员"), [DataRequired(_l("请至少勾选一人"))], validate_choice=False
    )


class CorrectForm(ReasonForm):
    """What an entry of the history should have said."""

    event = StringField(_l("更正的记录"), [DataRequired(), Length(max=24)])


class TemplateForm(Form):
    """A further version of the words of certificates."""

    title = StringField(_l("证书名称"), [DataRequired(_l("请填写证书名称")), Length(max=20)])
    title_en = StringField(_l("英文名称"), [DataRequired(_l("请填写英文名称")), Length(max=80)])
    body = TextAreaField(
        _l("正文"),
        [DataRequired(_l("请填写正文")), Length(max=200)],
        description=_l(
            "可用的项目：{name} 姓名，{start} 起日，{end} 止日，{issuer} 发证机关，"
            "{post} 专职或兼职，{hours} 学时"
        ),
    )
    note = StringField(_l("页脚说明"), [Length(max=80)])
    reason = TextAreaField(_l("修改理由"), [DataRequired(_l("请写明理由")), _REASON])

    @property
    def wording(self) -> Wording:
        return Wording(
            str(self.title.data), str(self.title_en.data), str(self.body.data),
            str(self.note.data or ""),
        )  # fmt: skip
