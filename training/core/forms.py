"""The base of all forms: restores drafts, refuses smuggled fields, carries a gate's reasons."""

from __future__ import annotations

from copy import copy
from typing import Any

from flask import request
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    widgets,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # new in 3.3
from wtforms.validators import DataRequired, Length

from . import web
from .errors import Refused
from .i18n import say
from .rules.verdict import Verdict

_OURS = {"csrf_token", "_key"}


def _options(offered: Any) -> list[SelectChoice] | None:
    if offered is None:
        return None
    groups = offered if isinstance(offered, dict) else {None: offered}
    return [
        SelectChoice(value, label, optgroup=group)
        for group, pairs in groups.items()
        for value, label in pairs
    ]


class _OffersPairs(SelectField):
    """Choices are given as pairs of a value and its words, or as a dict of such pairs by group;
    WTForms wants each to be a ``SelectChoice``."""

    def __init__(self, *args: Any, choices: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = choices

    @property
    def choices(self) -> Any:
        return self._choices

    @choices.setter
    def choices(self, offered: Any) -> None:
        self._choices = _options(offered)


class _Several(_OffersPairs, SelectMultipleField):
    pass


class _OneShown(_OffersPairs, RadioField):
    pass


_BOUND_AS: dict[type[Field], type[Field]] = {
    SelectField: _OffersPairs,
    SelectMultipleField: _Several,
    RadioField: _OneShown,
}


class Form(FlaskForm):
    """CSRF is checked for every POST by the app, so that a form need not do it again."""

    class Meta(FlaskForm.Meta):
        csrf = False

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Field:
            """Every field that offers choices takes them in our way, and is still called what
            its form calls it: the templates draw a field by its ``type``."""
            unbound = copy(unbound_field)
            unbound.field_class = _BOUND_AS.get(unbound.field_class, unbound.field_class)
            bound: Field = super().bind_field(form, unbound, options)
            bound.type = unbound_field.field_class.__name__  # by which templates draw it
            return bound

    restored = False
    """Whether it shows what was typed before."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        alone = "formdata" not in kwargs
        self._empty_handed = kwargs.get("formdata", request) is None
        super().__init__(*args, **kwargs)
        kept = web.kept_form()
        if kept is not None and (alone or self._is_of(kept)):
            self.process(kept, kwargs.get("obj"), kwargs.get("data"))
            web.say_restored()
            self.restored = True
        self.reasons: list[str] = []
        self.codes: list[str] = []

    def validate(self, extra_validators: Any = None) -> bool:
        """Also refuses fields that the form does not have. Raises ``Refused`` (422)."""
        unknown = {name for name in request.form if not self._knows(name)}
        if unknown:
            raise web.unknown_fields(unknown)
        return bool(super().validate(extra_validators))

    def _knows(self, name: str) -> bool:
        return (
            name in _OURS
            or name in self._fields
            or name.rsplit("-", 1)[0].split("-")[0] in self._fields
        )

    def is_blank(self) -> bool:
        """Whether it is shown for the first time: neither submitted nor restored. Only then are
        defaults put in. A form made with ``formdata=None`` beside the one that was sent is
        blank, too."""
        return not self.restored and (self._empty_handed or not self.is_submitted())

    def _is_of(self, kept: MultiDict[str, str]) -> bool:
        """Whether what was kept was typed into this form: a page may hold several."""
        names = set(kept) - _OURS
        return bool(names) and all(self._knows(name) for name in names)

    def deny(self, found: Refused | Verdict) -> None:
        """Show a gate's reasons above the form; a refusal with its stable code."""
        verdict = self._verdict(found)
        self.reasons += [say(r.words) for r in verdict.reasons]

    def blame(self, item: Any, found: Refused | Verdict) -> None:
        """Say it beside the field that it is about; a refusal's code stands in the summary."""
        verdict = self._verdict(found)
        item.errors = [*item.errors, *(say(r.words) for r in verdict.reasons)]

    def _verdict(self, found: Refused | Verdict) -> Verdict:
        if isinstance(found, Verdict):
            return found
        if found.code not in self.codes:
            self.codes.append(found.code)
        return found.verdict

    @property
    def all_errors(self) -> list[tuple[Field | None, str]]:
        """Every complaint, general ones first, each with the field it belongs to."""
        found: list[tuple[Field | None, str]] = [(None, text) for text in self.reasons]
        for item in self:
            found += [(item, str(e)) for e in item.errors if isinstance(e, str)]
        return found


class MultiCheckboxField(_Several):
    """Several of a few, as boxes to tick."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class SaveViewForm(Form):
    """A name for a list's filters."""

    name = StringField(
        lazy_gettext("视图名称"),
        [DataRequired(lazy_gettext("请填写名称")), Length(max=40)],
        description=lazy_gettext("例如「待激活的专职人员」；同名视图会被替换"),
    )
    endpoint = HiddenField()
    query = HiddenField(validators=[Length(max=500)])
