"""Certificate numbers, taken from their counter in the certificate's own transaction.

What is rolled back uses no number up; what is committed uses it for ever. A number is
never given again, whatever becomes of its certificate.
"""

from __future__ import annotations

from training.core import counters
from training.core.models import OrgUnit

from .rules.number import CertificateClass, CertificateNumber


def region_of(bureau: OrgUnit) -> str:
    """Its region (GB/T 2260), or that of the bureau above it."""
    unit: OrgUnit | None = bureau
    while unit is not None:
        if unit.region_code:
            return unit.region_code
        unit = unit.parent
    raise LookupError(bureau.path)


def take(region: str, year: int, certificate_class: CertificateClass) -> CertificateNumber:
    """The next number of a region, year and class. The counter's row stays locked."""
    serial = counters.take(f"certificate:{region}:{year}:{certificate_class.value}")
    return CertificateNumber(region, year, certificate_class, serial)
