"""The out line of a turn, as CONTRACT.md has it."""

from __future__ import annotations

from bot.dialogue import reports
from catalog.audit import AuditEntry


def test_several_ids_of_one_kind_are_a_list() -> None:
    """Bug: three loans to be fetched were "24 33 38"."""
    ids = {"delivery": "7", "loan": "24", "loans": "24 33 38", "promised_date": "2026-11-25"}
    [told] = reports.done([AuditEntry(what="return_pickup_requested", ids=ids), AuditEntry(what="dispatched", ids={})])
    assert told == {"what": "return_pickup_requested", **ids, "loans": ["24", "33", "38"]}
