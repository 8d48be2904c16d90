"""What carries messages through, each once: inbox to turn to outbox to channel, and notices to their readers.

Nothing here decides what is said. Names to use from outside: `Relay` (the loops of `serve`), `answer_next` (one turn
without asyncio, for the console), `passing` (whose trouble an error of the database is), `relay_notices` and
`pull_notices`.
"""

from bot.relay.answering import answer_next, hear_next, passing
from bot.relay.loops import Relay
from bot.relay.notices import pull_notices, relay_notices

__all__ = ["Relay", "answer_next", "hear_next", "passing", "pull_notices", "relay_notices"]
