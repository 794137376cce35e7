"""Backups made and put back: whole, sealed, and without anybody who was erased."""
