"""The demo city: four districts, 44 judicial offices, 176 committees, 16 professional ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from training.core.models import OrgUnit
from training.core.orgs import add_org
from training.core.rules.roles import OrgKind

CITY = "示例市司法局"
CITY_EN = "Example City Justice Bureau"
REGION = "990100"
DISTRICTS = (
    ("春和区", "Chunhe District", "990101"),
    ("夏明区", "Xiaming District", "990102"),
    ("秋实区", "Qiushi District", "990103"),
    ("冬青区", "Dongqing District", "990104"),
)
OFFICES_EACH = 11
COMMITTEES_EACH = 4
_NUMERALS = "一二三四五六七八九十"
PROFESSIONS = (
    ("物业纠纷", "Property management"),
    ("医疗纠纷", "Medical"),
    ("道路交通事故", "Road traffic"),
    ("劳动争议", "Labour"),
)


@dataclass
class City:
    """The units by kind, in the order in which they were made."""

    root: OrgUnit
    districts: list[OrgUnit] = field(default_factory=list)
    offices: list[OrgUnit] = field(default_factory=list)
    committees: list[OrgUnit] = field(default_factory=list)
    professional: list[OrgUnit] = field(default_factory=list)


def _numeral(n: int) -> str:
    return _NUMERALS[n - 1] if n <= 10 else "十" + _NUMERALS[n - 11]


def build(root: OrgUnit) -> City:
    """Add all units below the root, in the current write transaction."""
    city = City(root)
    for name, english, region in DISTRICTS:
        district = add_org(
            root,
            OrgKind.DISTRICT_BUREAU,
            f"{name}司法局",
            name_en=f"{english} Justice Bureau",
            region_code=region,
            phone=f"0000-{region[-3:]}0000",
        )
        city.districts.append(district)
        for o in range(1, OFFICES_EACH + 1):
            street = f"{name[:2]}{_numeral(o)}街道"
            office = add_org(
                district,
                OrgKind.JUDICIAL_OFFICE,
                f"{street}司法所",
                name_en=f"{english.split()[0]} No. {o} Street Judicial Office",
                region_code=region,
            )
            city.offices.append(office)
            for c in range(1, COMMITTEES_EACH + 1):
                city.committees.append(
                    add_org(
                        office,
                        OrgKind.MEDIATION_COMMITTEE,
                        f"{street}{_numeral(c)}社区人民调解委员会",
                        name_en=f"{english.split()[0]} No. {o} Street, Community {c} Committee",
                        region_code=region,
                    )
                )
        for profession, profession_en in PROFESSIONS:
            city.professional.append(
                add_org(
                    district,
                    OrgKind.PROFESSIONAL_COMMITTEE,
                    f"{name}{profession}人民调解委员会",
                    name_en=f"{english} {profession_en} Committee",
                    region_code=region,
                )
            )
    return city
