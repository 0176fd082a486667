"""Nothing typed is lost, nothing smuggled is taken."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import wtforms
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, FormField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired

from tests.support.world import NOW
from training.core import crypto, drafts
from training.core.db import db
from training.core.errors import Refused
from training.core.forms import Form
from training.core.models import FormDraft, SecurityEvent
from training.core.rules.verdict import denied, refuse


class NameForm(Form):
    name = StringField("姓名", [DataRequired("请填写姓名")])
    lines = FieldList(StringField("行"))


class Part(wtforms.Form):
    name = StringField("姓名")


class NestedForm(Form):
    part = FormField(Part)


class ChoiceForm(Form):
    kind = RadioField("类别", choices=[("a", "甲"), ("b", "乙")])
    unit = SelectField("机构")


def submit(app, form_class, data):
    with app.test_request_context("/x", method="POST", data=data):
        form = form_class()
        return form, form.validate()


@pytest.mark.parametrize(
    "data",
    [
        {"name": "王", "csrf_token": "t", "_key": "k"},
        {"name": "王", "lines-0": "甲", "lines-1": "乙"},
    ],
)
def test_the_forms_own_fields_are_taken(app, data):
    assert submit(app, NameForm, data)[1]


def test_the_fields_of_a_part_are_the_forms_own(app):
    form, accepted = submit(app, NestedForm, {"part-name": "王"})
    assert accepted
    assert form.part.form.name.data == "王"


@pytest.mark.filterwarnings("error")
def test_choices_are_given_in_pairs_alone_or_by_group(app):
    with app.test_request_context("/x", method="POST", data={"kind": "b", "unit": "2"}):
        form = ChoiceForm()
        form.unit.choices = {"甲区": [("1", "一街")], "乙区": [("2", "二街")]}
        assert form.validate()
        assert [o.label.text for o in form.kind] == ["甲", "乙"]
        assert '<optgroup label="乙区">' in form.unit()
        assert (form.kind.type, form.unit.type) == ("RadioField", "SelectField")


def test_a_field_is_still_called_what_its_form_calls_it(app):
    """The templates draw a field by its type: cards for radios, boxes for several."""
    with app.test_request_context("/x"):
        form = ChoiceForm()
        assert (form.kind.type, form.unit.type) == ("RadioField", "SelectField")


def test_a_refusal_is_said_beside_the_field_that_it_is_about(app):
    with app.test_request_context("/x", method="POST", data={"name": "王"}):
        form = NameForm()
        form.blame(form.name, Refused.because("TAKEN", "此名已有人用"))
        assert form.all_errors == [(form.name, "此名已有人用")]


def test_a_form_made_beside_the_one_that_was_sent_is_blank(app):
    with app.test_request_context("/x", method="POST", data={"name": "王"}):
        assert not NameForm().is_blank()
        assert NameForm(formdata=None).is_blank()


@pytest.mark.parametrize("smuggled", ["role", "is_admin", "person_id", "namex", "_method"])
def test_a_smuggled_field_refuses_the_whole_form_and_is_noted(app, smuggled):
    with pytest.raises(Refused) as refused:
        submit(app, NameForm, {"name": "王", smuggled: "admin"})
    assert (refused.value.code, refused.value.status) == ("UNKNOWN_FIELD", 422)
    event = db.session.scalars(sa.select(SecurityEvent)).one()
    assert (event.kind, event.detail) == ("unknown_field", smuggled)


def test_a_gates_reasons_stand_above_the_fields_complaints(app):
    with app.test_request_context("/x", method="POST", data={}):
        form = NameForm()
        assert not form.validate()
        form.deny(
            denied(*refuse("a", "差 %(n)s 学时", n=3).reasons, *refuse("b", "照片未上传").reasons)
        )
        assert [(f and f.name, text) for f, text in form.all_errors] == [
            (None, "差 3 学时"), (None, "照片未上传"), ("name", "请填写姓名"),
        ]  # fmt: skip


def test_the_summary_prints_a_gates_reasons_beside_the_fields_complaints(app):
    with app.test_request_context("/x", method="POST", data={}):
        form = NameForm()
        form.validate()
        form.deny(refuse("a", "差 3 学时"))
        macro = app.jinja_env.get_template("core/components.html").make_module({"now": NOW})
        printed = str(macro.error_summary(form))
    assert "差 3 学时" in printed
    assert "请填写姓名" in printed
    assert 'href="#name"' in printed
    assert "代码" not in printed


@pytest.mark.parametrize("way", ["deny", "blame"])
def test_the_summary_ends_with_the_code_of_a_refusal(app, way):
    taken = Refused.because("TAKEN", "此名已有人用")
    with app.test_request_context("/x", method="POST", data={"name": "王"}):
        form = NameForm()
        for _ in range(2):
            form.deny(taken) if way == "deny" else form.blame(form.name, taken)
        macro = app.jinja_env.get_template("core/components.html").make_module({"now": NOW})
        printed = str(macro.error_summary(form))
    assert printed.index("此名已有人用") < printed.index('代码 <span class="mono">TAKEN</span>')
    assert printed.count("TAKEN") == 1


def test_a_draft_comes_back_to_its_owner_alone(app):
    typed = MultiDict([("name", "王"), ("lines-0", "甲"), ("lines-0", "乙")])
    kept = drafts.keep(7, "/x", typed, NOW)
    assert drafts.load(7, kept) == typed
    assert drafts.load(8, kept) is None
    assert drafts.load(None, kept) is None
    assert drafts.load(7, "0" * 24) is None


def test_a_draft_is_sealed_and_bound_to_its_row(app):
    first = drafts.keep(7, "/x", MultiDict({"name": "王示例"}), NOW)
    second = drafts.keep(7, "/x", MultiDict({"name": "李示例"}), NOW)
    rows = {r.public_id: r for r in db.session.scalars(sa.select(FormDraft))}
    assert "示例" not in rows[first].sealed
    with pytest.raises(crypto.SealBroken):
        crypto.ring().open("form_draft.sealed", second, rows[first].sealed)


@pytest.mark.parametrize(
    "field",
    [
        "password",
        "new_password",
        "password_again",
        "csrf_token",
        "_key",
        "code",
        "otp",
        "recovery_code",
    ],
)
def test_secrets_are_never_kept(app, field):
    assert drafts.keep(7, "/x", MultiDict({field: "secret"}), NOW) is None
    kept = drafts.keep(7, "/x", MultiDict({field: "secret", "name": "王"}), NOW)
    assert drafts.load(7, kept) == MultiDict({"name": "王"})


def test_what_is_too_large_is_not_kept(app):
    assert drafts.keep(7, "/x", MultiDict({"name": "长" * (drafts.MAX_CHARS + 1)}), NOW) is None


def test_drafts_are_forgotten_in_the_end(app):
    kept = drafts.keep(7, "/x", MultiDict({"name": "王"}), NOW)
    drafts.sweep(NOW + drafts.KEPT_FOR)
    assert drafts.load(7, kept) is not None
    drafts.sweep(NOW + drafts.KEPT_FOR + timedelta(seconds=1))
    assert drafts.load(7, kept) is None


def test_a_form_opens_with_its_draft(app, world, browser_for):
    """End to end: the page that a session's end interrupted shows what was typed."""
    account = world.account("city_city_manager")
    kept = drafts.keep(account.id, "/calendar", MultiDict({"days": "2027-01-01 元旦 休"}), NOW)
    page = browser_for(account).get(f"/calendar?draft={kept}")
    assert "2027-01-01 元旦 休" in page.text
    stranger = browser_for(world.account("city_auditor")).get(f"/calendar?draft={kept}")
    assert "2027-01-01 元旦 休</textarea>" not in stranger.text
