"""People: the mediator's file, accounts, roles, sessions, facts and the inbox."""
