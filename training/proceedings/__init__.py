"""Fair procedure, built once for all decisions: panels, public notice, objection and appeal,
service of notice."""
