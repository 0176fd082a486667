"""Pages of the roster, the file, organisations, imports, slips and the inbox."""

import html
import io
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from babel.messages.pofile import read_po
from openpyxl import load_workbook
from PIL import Image

from tests.support.queries import counting
from tests.support.rosters import checked, identity, line, work, workbook
from tests.support.world import NOW, make_account, make_person, post
from training.core.db import db
from training.core.models import AuditEntry
from training.core.rules.roles import Role
from training.people import entry, facts, inbox, persons, timeline
from training.people.models import Person, RoleGrant
from training.people.roster_models import ImportBatch, PersonRevision
from training.people.rules.person import Standing
from training.people.rules.roster import BatchState

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def hr(world, browser_for):
    return browser_for(world.account("a_hr"))


@pytest.fixture
def xiaoming(world):
    """A mediator of district 甲 with a full file."""
    person = make_person("王小明", world.org("甲区一街社区调委会"), mediator_no="X1")
    for field, value in {
        "id_number": identity(3),
        "phone": "19900000001",
        "name": "王小明",
    }.items():
        entry.put(person, field, value)
    facts.record(world.actor("a_hr"), person, "people.roster", NOW.date(), {"hired": "2025-05"}, now=NOW)  # fmt: skip
    db.session.commit()
    return person


def text_of(response):
    return re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))


def test_the_roster_finds_people_by_initials_and_shows_only_its_district(hr, xiaoming, world):
    make_person("王晓梅", world.org("乙区一街社区调委会"), pinyin="wangxiaomei wxm")
    db.session.commit()
    page = text_of(hr.get("/people/?q=wxm"))
    assert "王小明" in page
    assert "王晓梅" not in page
    assert "共 1 人" in page
    assert "没有符合条件的人员" in text_of(hr.get("/people/?q=zz"))


def test_every_number_above_the_roster_is_the_length_of_the_list_behind_it(hr, world):
    committee = world.org("甲区一街社区调委会")
    for standing in Standing:
        number = None if standing is Standing.CANDIDATE else f"N{standing}"
        make_person(f"某{standing}", committee, standing=standing, mediator_no=number)
    db.session.commit()
    tile = re.compile(r'class="tile[^"]*" href="([^"]*)".*?class="tile-value">(\d+)', re.DOTALL)
    for page, fewest in (("/", 4), ("/people/", 5)):
        tiles = [t for t in tile.findall(hr.get(page).text) if t[0].startswith("/people/?")]
        assert len(tiles) >= fewest
        for url, number in tiles:
            assert f"共 {number} 人" in text_of(hr.get(html.unescape(url))), url


def test_whoever_only_lists_sees_masked_names_without_links(xiaoming, world, browser_for):
    page = browser_for(world.account("a_committee")).get("/people/")
    assert "王*明" in text_of(page)
    assert "王小明" not in text_of(page)
    assert xiaoming.public_id not in page.get_data(as_text=True)


def test_the_number_of_queries_does_not_grow_with_the_roster(hr, world):
    hr.get("/people/")
    with counting() as few:
        hr.get("/people/")
    for i in range(30):
        make_person(f"人{i}", world.org("甲区二街社区调委会"))
    db.session.commit()
    with counting() as many:
        hr.get("/people/")
    assert len(many) <= len(few) + 1


def test_the_export_holds_what_is_filtered_masked_and_is_audited(hr, xiaoming):
    response = hr.get("/people/export?q=wxm")
    rows = list(load_workbook(io.BytesIO(response.data)).active.iter_rows(values_only=True))
    assert rows[0][0] == "人民调解员花名册"
    assert response.headers["Cache-Control"] == "no-store"
    cells = rows[3]
    assert "王小明" in cells
    assert "9901**********" + identity(3)[-2:] in cells
    assert "199****0001" in cells
    assert rows[4][0] == "合计：1 人"
    entry_ = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "people:person:export")
    ).one()
    assert '"count":1' in entry_.detail


def test_a_full_export_wants_a_reason(hr, xiaoming):
    assert post(hr, "/people/export-full?q=wxm", {"reason": ""}).status_code == 422
    response = post(hr, "/people/export-full?q=wxm", {"reason": "报送市局核对"})
    rows = list(load_workbook(io.BytesIO(response.data)).active.iter_rows(values_only=True))
    assert identity(3) in rows[3]


@pytest.mark.parametrize("path", ["", "/correct/name", "/photo", "/unmask/phone"])
def test_a_file_of_another_district_does_not_exist(world, browser_for, xiaoming, path):
    stranger = browser_for(world.account("b_hr"))
    assert stranger.get(f"/people/{xiaoming.public_id}{path}").status_code == 404


def test_the_file_shows_masks_and_the_course_of_things(hr, xiaoming):
    page = text_of(hr.get(f"/people/{xiaoming.public_id}"))
    assert "9901**********" in page
    assert identity(3) not in page
    assert "19900000001" not in page
    assert "花名册记载：2025-05 聘用" in page


def test_a_correction_keeps_what_stood_there(hr, xiaoming):
    url = f"/people/{xiaoming.public_id}/correct/name"
    assert post(hr, url, {"value": "王 小 鸣", "reason": ""}).status_code == 422
    assert post(hr, url, {"value": "王3", "reason": "核对身份证"}).status_code == 422
    assert post(hr, url, {"value": "王 小 鸣", "reason": "核对身份证"}).status_code == 303
    db.session.expire_all()
    person = db.session.get_one(Person, xiaoming.id)
    revision = db.session.scalars(sa.select(PersonRevision)).one()
    assert (person.name, person.pinyin) == ("王小鸣", "wangxiaoming wxm")
    assert (revision.old, revision.new, revision.reason) == ("王小明", "王小鸣", "核对身份证")
    assert "更正姓名" in text_of(hr.get(f"/people/{person.public_id}"))


def test_a_corrected_identity_number_corrects_sex_and_birth_date(hr, xiaoming):
    number = identity(4, "19800101")
    url = f"/people/{xiaoming.public_id}/correct/id_number"
    assert post(hr, url, {"value": number, "reason": "核对身份证"}).status_code == 303
    db.session.expire_all()
    person = db.session.get_one(Person, xiaoming.id)
    assert (person.id_number, str(person.sex), str(person.birth_date)) == (
        number, "female", "1980-01-01",
    )  # fmt: skip


def test_a_person_in_the_wrong_unit_is_moved_with_a_reason_and_never_out_of_reach(
    hr, xiaoming, world
):
    url = f"/people/{xiaoming.public_id}/transfer"
    assert url in hr.get(f"/people/{xiaoming.public_id}").text
    right, foreign = world.org("甲区二街司法所"), world.org("乙区一街社区调委会")
    assert post(hr, url, {"value": right.public_id, "reason": ""}).status_code == 422
    refused = post(hr, url, {"value": foreign.public_id, "reason": "登记有误"})
    assert refused.status_code == 422
    assert post(hr, url, {"value": right.public_id, "reason": "登记有误"}).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Person, xiaoming.id).org_id == right.id
    page = text_of(hr.get(f"/people/{xiaoming.public_id}"))
    assert "更正所在调委会" in page
    assert "登记有误" in page


def test_unmasking_wants_a_reason_leaves_one_audit_row_and_the_person_sees_it(
    hr, xiaoming, world, app
):
    url = f"/people/{xiaoming.public_id}/unmask/id_number"
    assert identity(3) not in text_of(hr.get(url))
    assert post(hr, url, {"reason": ""}).status_code == 422
    data = {"reason": "核对证件信息", "_key": "k" * 24}
    for _ in range(2):
        assert identity(3) in text_of(post(hr, url, data))
    entries = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "people:person:unmask")
    ).all()
    assert [e.subject_ref for e in entries] == [xiaoming.public_id]
    assert identity(3) not in entries[0].detail
    assert "核对证件信息" in text_of(hr.get(f"/people/{xiaoming.public_id}"))


def test_unmasking_needs_a_fresh_log_in(world, app, xiaoming):
    from tests.support.world import sign_in

    stale = sign_in(app, world.account("a_hr"), fresh=False)
    response = stale.get(f"/people/{xiaoming.public_id}/unmask/phone")
    assert response.status_code == 303
    assert response.location.startswith("/login/again?")


def test_a_photo_is_drawn_anew_to_two_inches(hr, xiaoming):
    out = io.BytesIO()
    Image.new("RGB", (900, 1200), "white").save(out, "PNG")
    url = f"/people/{xiaoming.public_id}/photo"
    assert post(hr, url, {"photo": (io.BytesIO(out.getvalue()), "我.png")}).status_code == 303
    db.session.expire_all()
    photo = db.session.get_one(Person, xiaoming.id).photo
    from training.core import files

    with Image.open(io.BytesIO(files.read(photo))) as picture:
        assert (picture.size, picture.format) == ((413, 579), "JPEG")
    wrong = post(hr, url, {"photo": (io.BytesIO(b"<svg/>"), "我.jpg")})
    assert wrong.status_code == 415


def registration(**changes):
    return {
        "name": "赵某", "id_number": identity(9), "phone": "19900000009", "education": "college",
        "speciality": "", "service_kind": "full_time", "standing": "trainee",
    } | changes  # fmt: skip


def test_a_person_is_registered_once(hr, world):
    org = world.org("甲区一街社区调委会").public_id
    data = registration(org=org) | {"_key": "r" * 24}
    first, second = post(hr, "/people/new", data), post(hr, "/people/new", data)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert "登记建档" in text_of(hr.get(first.location))
    again = post(hr, "/people/new", registration(org=org))
    assert again.status_code == 422
    assert "已经登记" in text_of(again)
    assert '代码 <span class="mono">REGISTERED</span>' in again.text


def test_a_registration_names_each_problem_at_its_field(hr, world):
    org = world.org("甲区一街社区调委会").public_id
    page = text_of(post(hr, "/people/new", registration(org=org, id_number="123", phone="12")))
    assert "身份证号应为 18 位" in page
    assert "手机号应为 11 位" in page


def test_nobody_is_registered_in_another_district_or_with_a_smuggled_field(hr, world):
    foreign = world.org("乙区一街社区调委会").public_id
    own = world.org("甲区一街社区调委会").public_id
    assert post(hr, "/people/new", registration(org=foreign)).status_code == 422
    assert post(hr, "/people/new", registration(org=own, role="admin")).status_code == 422
    assert db.session.scalar(sa.select(Person.id).where(Person.name == "赵某")) is None


def test_my_own_file_says_what_is_kept_and_why(world, browser_for):
    page = text_of(browser_for(world.account("a_mediator")).get("/my/file"))
    assert "甲调解员" in page
    assert "确认您是谁，防止重复登记" in page


def test_organisations_are_set_up_changed_and_closed(world, browser_for):
    city = browser_for(world.account("city_city_manager"))
    office = world.org("甲区二街司法所").public_id
    assert "甲区一街司法所" in text_of(city.get("/orgs"))
    assert "甲区二街司法所" not in text_of(city.get("/orgs?q=甲区一街司法所"))
    made = post(
        city, f"/orgs/{office}/add", {"name": "花园社区调委会", "kind": "mediation_committee"}
    )
    assert made.status_code == 303
    same = post(
        city,
        f"/orgs/{office}/add",
        {"name": "花园社区 人民调解委员会", "kind": "mediation_committee"},
    )
    assert same.status_code == 422
    wrong = post(city, f"/orgs/{office}/add", {"name": "某局", "kind": "district_bureau"})
    assert wrong.status_code == 422
    assert post(city, f"{made.location}/change", {"name": "花园第二社区调委会"}).status_code == 303
    assert post(city, f"{made.location}/close", {"reason": ""}).status_code == 422
    assert post(city, f"{made.location}/close", {"reason": "合并村居"}).status_code == 303
    assert "已撤销" in text_of(city.get(made.location))
    busy = world.org("甲区一街社区调委会").public_id
    refused = post(city, f"/orgs/{busy}/close", {"reason": "合并村居"})
    assert refused.status_code == 409
    assert "名人员未退出" in text_of(refused)


def test_the_tree_asks_the_same_number_of_queries_however_large(world, browser_for):
    city = browser_for(world.account("city_city_manager"))
    city.get("/orgs")
    with counting() as few:
        city.get("/orgs")
    from training.core.orgs import add_org
    from training.core.rules.roles import OrgKind

    for i in range(15):
        add_org(world.org("甲区一街司法所"), OrgKind.MEDIATION_COMMITTEE, f"社区{i}")
    db.session.commit()
    with counting() as many:
        city.get("/orgs")
    assert len(many) <= len(few) + 1


def test_hr_cannot_change_organisations_nor_see_foreign_ones(hr, world):
    own, foreign = world.org("甲区一街司法所"), world.org("乙区一街司法所")
    assert hr.get(f"/orgs/{own.public_id}").status_code == 200
    assert hr.get(f"/orgs/{own.public_id}/change").status_code == 404
    assert hr.get(f"/orgs/{foreign.public_id}").status_code == 404


def test_a_roster_goes_from_upload_to_slips(hr, world):
    data = workbook(line(1), line(2, **{"身份证号": 4.6e17}))
    form = {"org": world.org("甲区司法局").public_id, "sheet": (io.BytesIO(data), "花名册.xlsx")}
    url = post(hr, "/people/imports", form).location
    assert "正在读取" in text_of(hr.get(url))
    assert hr.get(url, headers={"HX-Request": "true"}).get_data(as_text=True).startswith("<section")
    work()
    columns = hr.get(url).location
    page = hr.get(columns).get_data(as_text=True)
    selects = re.findall(r'name="(column_\w+)">(.*?)</select>', page, re.S)
    chosen = {
        name: (re.findall(r'<option selected value="(\w*)"', body) or [""])[0]
        for name, body in selects
    }
    assert chosen["column_E"] == "id_number"
    short = post(
        hr, columns, dict.fromkeys(chosen, "") | {"service": "full_time", "standing": "in_post"}
    )
    assert short.status_code == 422
    assert "请指定「身份证号」在哪一列" in text_of(short)
    guessed = chosen | {"service": "full_time", "standing": "in_post"}
    assert post(hr, columns, guessed).status_code == 303
    work()
    page = text_of(hr.get(url))
    assert re.search(r"E4\s+身份证号被表格当作数字保存", page)
    rejected = load_workbook(io.BytesIO(hr.get(f"{url}/rejected").data)).active
    assert "E4 身份证号被表格当作数字保存" in str(
        list(rejected.iter_rows(values_only=True))[-1][-1]
    )
    assert post(hr, f"{url}/apply", {}).status_code == 422
    assert post(hr, f"{url}/apply", {"leave_out": "y"}).status_code == 303
    work()
    assert "导入完成" in text_of(hr.get(url))
    office = world.org("甲区一街司法所").public_id
    assert "甲区一街司法所" in text_of(hr.get("/people/slips"))
    issued = post(hr, f"/people/slips/{office}", {})
    assert issued.status_code == 303
    assert post(hr, f"/people/slips/{office}", {}).status_code == 409
    assert post(hr, f"/people/slips/{office}", {"again": "1"}).status_code == 303


@pytest.mark.parametrize("path", ["", "/columns", "/units", "/rejected"])
def test_an_import_of_another_district_does_not_exist(world, browser_for, path):
    batch = checked(world, workbook(line(1)))
    stranger = browser_for(world.account("b_hr"))
    assert stranger.get(f"/people/imports/{batch.public_id}{path}").status_code == 404
    assert post(stranger, f"/people/imports/{batch.public_id}/apply").status_code == 404


def test_an_import_can_be_given_up(hr, world):
    public_id = checked(world, workbook(line(1))).public_id
    assert post(hr, f"/people/imports/{public_id}/abandon").status_code == 303
    found = db.session.scalars(sa.select(ImportBatch)).one()
    assert found.state is BatchState.ABANDONED


def test_the_template_is_a_sheet_that_the_import_understands(hr):
    rows = list(load_workbook(io.BytesIO(hr.get("/people/imports/template").data)).active.values)
    from training.people.rules.roster_layout import find_layout

    layout = find_layout([*rows, ["1", "周样", "男", "", identity(3)]])
    assert layout is not None
    assert layout.rows == (len(rows) + 1,)


def test_notices_are_read_one_by_one_or_all_at_once(world, browser_for):
    person = world.person("a_mediator")
    for i in range(3):
        inbox.send(
            person.id, "t", "还差 %(n)s 学时", now=NOW, url="/my/file", due_on=NOW.date(), n=i
        )
    db.session.commit()
    mine = browser_for(world.account("a_mediator"))
    page = mine.get("/inbox").get_data(as_text=True)
    assert "还差 2 学时" in page
    assert "【调解员学院】还差 2 学时（截止 2026年11月23日 周一）" in page
    first = re.search(r'href="(/inbox/[0-9a-f]{24})"', page)[1]
    assert mine.get(first).location == "/my/file"
    assert inbox.unread(person.id) == 2
    assert browser_for(world.account("b_mediator")).get(first).status_code == 404
    assert post(mine, "/inbox/read-all").status_code == 303
    assert inbox.unread(person.id) == 0
    assert "没有未读消息" in text_of(mine.get("/inbox?unread=1"))


def test_a_view_is_saved_opened_and_forgotten(hr, browser_for, world):
    url = "/views/save?list=people.persons&query=standing%3Din_post"
    assert hr.get(url).status_code == 200
    data = {"name": "在岗人员", "endpoint": "people.persons", "query": "standing=in_post"}
    assert post(hr, url, data).location == "/people/?standing=in_post"
    assert "在岗人员" in text_of(hr.get("/people/"))
    assert "在岗人员" not in text_of(browser_for(world.account("b_hr")).get("/people/"))
    page = hr.get(url).get_data(as_text=True)
    forget = re.search(r'action="(/views/[0-9a-f]{24}/forget)"', page)[1]
    assert post(browser_for(world.account("b_hr")), forget).status_code == 404
    assert post(hr, forget).status_code == 303
    assert hr.get("/views/save?list=nowhere").status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/people/", "/people/new", "/people/imports", "/people/slips", "/orgs", "/my/file", "/inbox"],
)
def test_pages_are_complete_in_english(hr, path):
    hr.set_cookie("lang", "en")
    page = hr.get(path).get_data(as_text=True)
    main = re.sub(r"<option.*?</option>", "", re.search(r"<main.*?</main>", page, re.S)[0])
    assert len(re.findall(r"<h1", page)) == 1
    ours = Path("training/people/translations/en/LC_MESSAGES/messages.po")
    with (ROOT / ours).open("rb") as source:
        words = {m.id for m in read_po(source) if isinstance(m.id, str) and m.id}
    shown = {t.strip() for t in re.sub(r"<[^>]+>", "\n", main).splitlines()}
    assert shown & {w for w in words if re.search(r"[一-鿿]", w)} == set()


def test_a_full_export_reaches_as_far_as_unmasking_does(world, browser_for, xiaoming):
    """A trainer of the whole city sees the city's list; as an officer of one district only that
    district's people in full."""
    make_account(xiaoming, Role.TRAINER, world.org("示例市司法局"), username="both")
    given = RoleGrant(
        account_id=world.account("both").id, role=Role.HR, org_id=world.org("乙区司法局").id,
        granted_at=NOW, granted_by="test",
    )  # fmt: skip
    db.session.add(given)
    db.session.commit()
    both = browser_for(world.account("both"))
    assert "王" in both.get("/people/?q=wxm").text

    def lines(response):
        sheet = load_workbook(io.BytesIO(response.data)).active
        return " ".join(str(c) for row in sheet.iter_rows(values_only=True) for c in row)

    full = lines(post(both, "/people/export-full", {"reason": "核对名册"}))
    assert identity(3) not in full
    assert "合计：0 人" in lines(post(both, "/people/export-full?q=wxm", {"reason": "核对名册"}))
    assert "合计：0 人" in lines(both.get("/people/export?q=wxm"))


def test_a_correction_after_midnight_stands_on_the_day_of_shanghai(world, xiaoming):
    late = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    person = persons.correct(
        world.actor("a_hr"), xiaoming, "name", "王晓明", "户口本为准", now=late
    )
    assert timeline.events(person)[0].on == date(2026, 11, 24)


def test_a_name_that_is_a_formula_is_exported_as_text(hr, world):
    make_person("=cmd|' /C calc'!A0", world.org("甲区一街社区调委会"), mediator_no="X9")
    db.session.commit()
    sheet = load_workbook(io.BytesIO(hr.get("/people/export").data)).active
    cells = [c for row in sheet.iter_rows() for c in row if "cmd" in str(c.value)]
    assert [(c.value, c.data_type) for c in cells] == [("=cmd|' /C calc'!A0", "s")]
