"""Which columns of this room's tables are personal, why they are kept, and for how long."""

from __future__ import annotations

from training.core.rules.personal_data import PersonalColumn, Retention, plain
from training.core.rules.words import N_

_ACT = N_("说明由谁办理，供核对责任")


def _ledger(column: str, label: str, purpose: str) -> PersonalColumn:
    return PersonalColumn(column, label, purpose, Retention.LEDGER)


COLUMNS = (_ledger("question_version.author_id", N_("编写人"), _ACT),)

NOT_PERSONAL = (
    plain(
        "question",
        "code created_at current id org_id public_id state",
    )
    | plain(
        "question_review",
        "action at id person_id question_id reason source target version_id",
    )
    | plain(
        "question_version",
        "articles content_hash created_at difficulty digest explanation fixed_order id "
        "key key_hash kind law_as_of note number options public_id question_id source "
        "stem stem_en stem_hash topic",
    )
)
