"""The form of the working-day calendar."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from .forms import Form


class DaysForm(Form):
    """One line a day, as copied from the State Council's notice."""

    days = TextAreaField(
        _l("放假与调休日"),
        [DataRequired(), Length(max=5000)],
        description=_l("每行一天：2027-01-01 元旦 休；调休上班写「班」"),
    )
