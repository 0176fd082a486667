"""Sittings (考试场次) and attempts (答卷)."""
