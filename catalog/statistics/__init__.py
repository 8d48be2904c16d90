"""Use and unmet need, per org unit."""
