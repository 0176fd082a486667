"""What a person is to the force: standing, kind of service, and facts in the file."""

from __future__ import annotations

from enum import StrEnum

from training.core.rules.identity import SEX_LABELS as SEX_LABELS
from training.core.rules.identity import Sex as Sex
from training.core.rules.words import N_


class Standing(StrEnum):
    """One a person (domain.md section 4). ``people`` stores it; only ``employment`` changes it."""

    CANDIDATE = "candidate"
    TRAINEE = "trainee"
    CERTIFIED = "certified"
    IN_POST = "in_post"
    SUSPENDED = "suspended"
    LEFT = "left"


STANDING_LABELS = {
    Standing.CANDIDATE: N_("应聘人员"),
    Standing.TRAINEE: N_("在训学员"),
    Standing.CERTIFIED: N_("已取得合格证书"),
    Standing.IN_POST: N_("在岗"),
    Standing.SUSPENDED: N_("暂停工作"),
    Standing.LEFT: N_("已退出"),
}


FORCE = (Standing.TRAINEE, Standing.CERTIFIED, Standing.IN_POST, Standing.SUSPENDED)
"""Those in the roster: who only applied is not there yet, who left is there no more."""


class ServiceKind(StrEnum):
    """Full-time or part-time."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"


SERVICE_LABELS = {ServiceKind.FULL_TIME: N_("专职"), ServiceKind.PART_TIME: N_("兼职")}


class DatePrecision(StrEnum):
    """Office rosters often give a year and a month only."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Education(StrEnum):
    NONE = "none"
    PRIMARY = "primary"
    JUNIOR = "junior"
    SENIOR = "senior"
    COLLEGE = "college"
    BACHELOR = "bachelor"
    MASTER = "master"


EDUCATION_LABELS = {
    Education.NONE: N_("未填"),
    Education.PRIMARY: N_("小学"),
    Education.JUNIOR: N_("初中"),
    Education.SENIOR: N_("高中、中专"),
    Education.COLLEGE: N_("大专"),
    Education.BACHELOR: N_("本科"),
    Education.MASTER: N_("研究生"),
}


class EngagementForm(StrEnum):
    """用工形式: how somebody is paid for the work, apart from the appointment to it."""

    LABOUR_DISPATCH = "labour_dispatch"
    LABOUR_CONTRACT = "labour_contract"
    SOCIAL_ORGANISATION = "social_organisation"
    RETIRED_SERVICE = "retired_service"
    PUBLIC_WELFARE_POST = "public_welfare_post"
    NONE = "none"


ENGAGEMENT_LABELS = {
    EngagementForm.LABOUR_DISPATCH: N_("劳务派遣"),
    EngagementForm.LABOUR_CONTRACT: N_("劳动合同"),
    EngagementForm.SOCIAL_ORGANISATION: N_("社会组织承接"),
    EngagementForm.RETIRED_SERVICE: N_("退休劳务协议"),
    EngagementForm.PUBLIC_WELFARE_POST: N_("公益性岗位"),
    EngagementForm.NONE: N_("无"),
}


class AccountState(StrEnum):
    """An account that was imported waits for its activation slip."""

    WAITING = "waiting"
    ACTIVE = "active"
    CLOSED = "closed"


ACCOUNT_LABELS = {
    AccountState.WAITING: N_("待激活"),
    AccountState.ACTIVE: N_("使用中"),
    AccountState.CLOSED: N_("已停用"),
}


class SlipPurpose(StrEnum):
    ACTIVATION = "activation"
    RESET = "reset"


class AuthKind(StrEnum):
    """What somebody failed to prove; each is counted by itself."""

    PASSWORD = "password"  # noqa: S105
    SECOND = "second"
    SLIP = "slip"
