"""Pure cryptography: bytes in, bytes out. No database, no settings, no clock."""
