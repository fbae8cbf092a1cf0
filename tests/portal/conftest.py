"""The patient's pages, for the tests of this room."""

from tests.portal.site import server, site

__all__ = ["server", "site"]
