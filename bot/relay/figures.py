"""What the relay counts for operators (Prometheus): turns, how long they take, and what became of messages.

Labels are channels and outcomes: nothing here says who asked or what. The figures are this process's own since its
start; how much waits in the tables is asked of the database by whoever serves them (bot/metrics.py).
"""

from __future__ import annotations

from prometheus_client import Counter, Histogram

TURN = Histogram(
    "shusheng_turn_seconds",
    "From claiming a message to its stored answer.",
    ["channel"],
    buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
HEARING = Histogram(
    "shusheng_hearing_seconds", "Recognizing one recording.", buckets=(0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60)
)
TURNS_FAILED = Counter("shusheng_turns_failed", "Turns that were rolled back by an error of ours, each try.")
DELIVERIES = Counter(
    "shusheng_deliveries", "Messages handed to a channel, by what became of them.", ["channel", "outcome"]
)
"""Outcomes: sent, postponed (the channel asked for time), gone (a dead address), unsure (it timed out), failed."""
