"""The readers against a roster as an office keeps it: every planted fault, and no other."""

import json
from datetime import date

from openpyxl import load_workbook

from training.core.rules.contact import Phone, read_name, read_phone
from training.core.rules.identity import (
    IdentityNumber,
    contradictions,
    read_identity_number,
    read_sex,
)
from training.core.rules.office_dates import WrittenDate, read_date
from training.core.rules.verdict import Verdict

TODAY = date(2026, 11, 23)
FAULTS = {
    "name.missing": "name missing",
    "identity.length": "16 digits",
    "identity.excel": "identity number stored as a number: its last digits are lost",
    "identity.check_digit": "wrong check digit",
    "identity.contradicts_sex": "contradicts the identity number",
}
# Under the two-line head; the sheet ends with a total and a line for signatures.
FIRST_ROW, LAST_ROW = 5, 404


def test_exactly_the_planted_faults_are_found(shared_data):
    folder = shared_data / "rosters"
    sheet = load_workbook(folder / "花名册样例.xlsx", read_only=True).active
    found = []
    for number, cells in enumerate(
        sheet.iter_rows(FIRST_ROW, LAST_ROW, values_only=True), FIRST_ROW
    ):
        _, raw_name, raw_sex, raw_birth, raw_identity, _, _, raw_phone, *_, raw_hired, _, _ = cells
        name, identity, sex = (
            read_name(raw_name),
            read_identity_number(raw_identity, TODAY),
            read_sex(raw_sex),
        )
        birth = read_date(raw_birth, earliest=date(1900, 1, 1), latest=TODAY)
        if isinstance(name, Verdict):
            found.append([f"B{number}", name.codes])
        if isinstance(identity, Verdict):
            found.append([f"E{number}", identity.codes])
        else:
            found += [
                [f"C{number}", v.codes] for v in [contradictions(identity, birth, sex)] if not v
            ]
        assert isinstance(birth, WrittenDate)
        assert isinstance(
            read_date(raw_hired, earliest=date(2000, 1, 1), latest=TODAY), WrittenDate
        )
        assert isinstance(read_phone(raw_phone), Phone)
        assert not (isinstance(identity, IdentityNumber) and identity.doubts)
    planted = json.loads((folder / "花名册样例.faults.json").read_text(encoding="utf-8"))
    assert [[cell, FAULTS[codes[0]]] for cell, codes in found] == planted
    assert all(len(codes) == 1 for _, codes in found)
