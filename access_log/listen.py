"""The socket of the web process, or a sentence that says why there is none."""

import errno
import socket

from access_log.errors import SettingsError


def listening(host: str, port: int) -> socket.socket:
    """A socket that takes connections. Raises SettingsError: the port is taken, this user may not open it, no such address here."""
    where = f"port {port} on {host}"
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        made = socket.socket(family, kind, protocol)
    except OSError:
        raise SettingsError("ACCESS_LOG_LISTEN is no address of this machine") from None
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(2048)
    except OSError as error:
        made.close()
        raise SettingsError(f"{where} {_why(error)}") from None
    return made


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "is taken: stop what uses it, or set PORT to another one"
    if error.errno == errno.EACCES:
        return "may not be opened by this user: set PORT to one above 1023"
    return f"cannot be opened ({error.strerror}): set ACCESS_LOG_LISTEN to an address of this machine"
