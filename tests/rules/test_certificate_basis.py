"""What a certificate rests on, and whether it still stands."""

import pytest

from certificates.rules.basis import BasisFacts, basis_gate


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        (BasisFacts(), ()),
        (BasisFacts(passed=False), ("basis.exam_failed",)),
        (BasisFacts(clean=False), ("basis.exam_irregular",)),
        (BasisFacts(hours_met=False), ("basis.hours_short",)),
        (
            BasisFacts(passed=False, clean=False, hours_met=False),
            ("basis.exam_failed", "basis.exam_irregular", "basis.hours_short"),
        ),
    ],
)
def test_it_names_all_that_no_longer_stands(facts, codes):
    assert basis_gate(facts).codes == codes
