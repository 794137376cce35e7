"""Pages on which lists are brought in. Both faces that have them take their router from here."""

from kiosk.web.imports.pages import router

__all__ = ["router"]
