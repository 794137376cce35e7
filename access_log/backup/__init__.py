"""Backups: a whole database, online, sealed to a recovery key that is not on this machine; and the way back.

A backup is one file and the same for both databases. It holds sealed identity as sealed as the database does: to read a name one needs the
backup, the recovery key **and** a key ring (docs/adr/0028).
"""
