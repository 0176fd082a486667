"""Proceedings: panels, public notice, objection, appeal and service, used by every decision."""
