"""Scheduled reports: a process of their own that cannot open identities."""
