"""Courses, lessons, case studies, materials and progress."""
