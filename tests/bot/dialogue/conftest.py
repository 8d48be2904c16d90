"""The same demonstration union the conversations talk to."""

from __future__ import annotations

from tests.conversations.conftest import services, session, union

__all__ = ["services", "session", "union"]
