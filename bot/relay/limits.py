"""How fast a channel may be spoken to: a table, and a pace-maker that says how long to wait.

It knows what a channel is said to bear in all and for one address; what the channel itself asks for (`Later`) comes
on top and always wins.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a second, in all and to one address; `burst` of them may go to one address at once."""

    overall: float
    each: float
    burst: int = 1


RATES: dict[str, Rate] = {
    "telegram": Rate(overall=25, each=1, burst=3),
}
"""A channel that is not named here is our own and needs no pace. Telegram: about 30 a second, 1 a second a chat with
short bursts."""

REMEMBERED = 10_000


@dataclass
class Pace:
    """Gives each message its moment. `now` is any clock in seconds that never goes back."""

    rates: dict[str, Rate] = field(default_factory=lambda: dict(RATES))
    _next: dict[tuple[str, str], float] = field(default_factory=dict)

    def wait(self, channel: str, address: str, now: float) -> float:
        """Seconds until a message to `address` may go; the moment is taken by asking."""
        rate = self.rates.get(channel)
        if rate is None:
            return 0.0
        if len(self._next) > REMEMBERED:
            self._next = {key: at for key, at in self._next.items() if at > now}
        all_of_it, one = (channel, ""), (channel, f"@{address}")
        in_all, to_one = (max(now, self._next.get(key, now)) for key in (all_of_it, one))
        self._next[all_of_it] = in_all + 1 / rate.overall
        self._next[one] = to_one + 1 / rate.each
        return max(in_all, to_one - (rate.burst - 1) / rate.each) - now
