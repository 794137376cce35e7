"""Exit 0 when this container does its work; say why not otherwise. The health check of the image.

`web` asks the process for /readyz; `database` and `reports` open the database with the role the process has.
"""

import os
import sys
import urllib.request

TIMEOUT = 4
"""Seconds."""


def web() -> bool:
    """Whether the web process is ready to serve."""
    port = os.environ.get("PORT", "8000")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=TIMEOUT) as answer:
        return bool(answer.status == 200)


def database(name: str) -> bool:
    """Whether the database answers and has this version's schema."""
    from access_log.db import make_engine
    from access_log.migrations import behind
    from access_log.settings import Settings

    settings = Settings()
    return not behind(make_engine(settings.reports_url if name == "reports" else settings.url))


def main(name: str) -> int:
    """0 or 1, as a health check wants it."""
    try:
        healthy = web() if name == "web" else database(name)
    except Exception as error:  # whatever it is, it is not healthy
        sys.stderr.write(f"{name}: {type(error).__name__}\n")
        return 1
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "web"))
