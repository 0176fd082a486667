"""Pure rules of programmes: credit hours owed, the lifecycle of an enrolment."""
