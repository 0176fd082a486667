"""Pure rules of courses: study time as the server saw it."""
