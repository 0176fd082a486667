"""Every state × every action of a lifecycle, for comparison with a table written out."""

from collections.abc import Callable, Mapping
from typing import Any

from training.core.rules.machine import Machine

Table = dict[str, dict[str, str]]


def whole_table(machine: Machine, facts: Mapping[str, Any] | Callable[[str, str], Any]) -> Table:
    """What each action does in each state, for the facts given by action (or by a function
    of state and action); an action that is refused does not appear."""
    give = facts if callable(facts) else lambda state, action: facts.get(action)
    table: Table = {}
    for state in machine.states:
        row = {}
        for action in machine.actions:
            verdict, after = machine.step(state, action, give(str(state), action))
            if verdict:
                row[action] = after
            else:
                assert after == state
        table[str(state)] = row
    return table


def labelled(machine: Machine) -> bool:
    """Whether every action has a word for its button and a permission of the room's shape."""
    return all(t.label and t.permission.count(":") == 2 for t in machine.transitions)
