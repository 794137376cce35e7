"""Scheduled reports: a process of its own that reads masked names and cannot open an identity."""

from pathlib import Path

LOCALES = Path(__file__).resolve().parent / "locales"
TEMPLATES = Path(__file__).resolve().parent / "templates"
