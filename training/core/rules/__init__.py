"""Pure rules of the ground floor; nothing here knows of Flask or a database."""
