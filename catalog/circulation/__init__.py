"""Lending: holds, loans, renewals and transits, by transition tables and policy."""
