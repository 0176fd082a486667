"""What the steps of the chain share: the browsers, the clock, and the person whose story it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tests.browser.conftest import Walker
from tests.browser.steps import Open
from tests.support.world import World
from training.core import clock

NAME = "王小应"
PHONE = "19900000007"


@dataclass
class Story:
    """One person's walk. ``number`` is the mediator number, ``person`` the file's public id."""

    world: World
    open: Open
    person: str = ""
    number: str = ""

    def learner(self) -> Walker:
        """The person, on a phone."""
        return self.open("phone").sign_in(PHONE)

    def staff(self, username: str) -> Walker:
        """An officer at a desk."""
        return self.open("desktop").sign_in(username)

    def wait(self, **by: int) -> None:
        """Only waiting is replaced: the clock is moved on, and everybody signs in anew."""
        clock.move(timedelta(**by))
