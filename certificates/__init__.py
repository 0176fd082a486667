"""Certificates: issue, verification, work cards and their annual check."""
