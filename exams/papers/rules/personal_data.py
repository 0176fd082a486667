"""Which columns of this room's tables are personal, why they are kept, and for how long."""

from __future__ import annotations

from training.core.rules.personal_data import PersonalColumn, Retention, plain
from training.core.rules.words import N_

_ACT = N_("说明由谁办理，供核对责任")


def _ledger(column: str, label: str, purpose: str) -> PersonalColumn:
    return PersonalColumn(column, label, purpose, Retention.LEDGER)


COLUMNS = (
    _ledger("exam_paper.author_id", N_("编写人"), _ACT),
    _ledger("paper_blueprint.author_id", N_("编写人"), _ACT),
    _ledger("paper_publication.published_by", N_("发布人"), _ACT),
)

NOT_PERSONAL = (
    plain(
        "exam_paper",
        "blueprint_id drawn_at id org_id payload payload_hash public_id seed title title_en",
    )
    | plain(
        "paper_blueprint",
        "archived_at created_at id org_id public_id sections title title_en updated_at",
    )
    | plain(
        "paper_publication",
        "id paper_id published_at",
    )
)
