"""One turn of a talk, as a flow sees it: who speaks, what was meant, where the talk stands, what may be used.

A flow changes the state through the few acts here (confirm, ask, offer, leave) and gives back a reply of text ids; it
never touches channels, words or transactions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from bot.dialogue.services import Services
from bot.dialogue.state import DialogueState, Offered, Pending, Talk
from bot.locales import Locale
from bot.messages import Choice, Reply, Said, Text, Utterance
from bot.understanding.meaning import Meaning, Phrase
from catalog import refusals
from catalog.audit import Actor
from catalog.circulation import habits
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Delegation, Patron
from speech.recognition import Transcript

if TYPE_CHECKING:
    from catalog.search import Hit, Query

PAGE = 3
"""How many numbered things stand on one page of a list."""
YES_NO = (Meaning("yes"), Meaning("no"))


@dataclass(frozen=True, slots=True)
class Abilities:
    """The tables of bot.dialogue.flows, carried by the turn: flows hand over to each other without importing all."""

    flows: Mapping[str, Callable[[Turn], Reply]]
    chosen: Mapping[str, Callable[[Turn, int], Reply]]
    pages: Mapping[str, Callable[[Turn, tuple[Text, ...]], Reply]]


@dataclass
class Turn:
    """Everything a flow may use. `found` are the best hits of this turn's search, `words` what was said, as read."""

    session: Session
    talk: Talk
    state: DialogueState
    meaning: Meaning
    patron: Patron | None
    services: Services
    now: datetime
    id: str
    locale: Locale
    abilities: Abilities
    said: Said | None = None
    sound: bytes | None = None
    media_type: str = ""
    found: list[Hit] = field(default_factory=list)
    asked: dict[Query, tuple[Hit, ...]] = field(default_factory=dict)
    """What the index answered in this turn."""
    repeats: bool = False
    """This reply only says an earlier one again, in another way: it does not become the last reply."""
    shared: dict[str, Any] = field(default_factory=dict)
    """What a channel must be told beside the message."""
    understood: Meaning | None = None
    """What was understood, before the talk made something narrower of it."""
    resume: Meaning | None = None
    """Set by a flow: what to go on with now that what stood in between is settled."""
    sender: str = ""
    """Where it was sent from, if the channel knows more than the talk's address: wrong PINs are counted by it."""
    missed: bool = False
    """Set by a flow that could do nothing with what was said."""
    secret: bool = False
    """What was said holds a PIN or a code: it is repeated nowhere."""
    acting: Delegation | None = None
    """By which this talk acts for somebody else: `patron` is then the one who is acted for (bot.dialogue.acting)."""
    acted: bool = True
    """Whether this turn, of such a talk, is for the other and not for the speaker himself."""
    cut: bool = False
    """The recording broke off: more may have been said, so nothing is done at once."""
    whole: Said | None = None
    """All that was said, where `said` is without the words for whom it is; `person` is what he was called."""
    person: str = ""
    opening: tuple[Text, ...] = ()
    """What is said before the reply: for whom it is."""
    remembered: Reply | None = None
    """What the talk remembers instead of a reply that says a secret."""

    def go_on_with(self, intent: str) -> Reply:
        """The answer of the flow of `intent`."""
        return self.abilities.flows[intent](self)

    @property
    def by(self) -> Actor:
        """Who acts: this patron, in this turn, or another for him."""
        other = self.acting.delegate_id if self.acting is not None and self.acted else None
        return Actor("patron", self.patron.id if self.patron else None, self.id, other)

    @property
    def speaker(self) -> Patron | None:
        """Whose card is linked to the talk, whomever he acts for."""
        return self.acting.delegate if self.acting is not None else self.patron

    def belongs_to(self, patron: Patron | None) -> None:
        """The talk is this patron's from now on, or nobody's; nobody is acted for any more."""
        self.patron, self.acting, self.state.acting, self.opening = patron, None, None, ()

    @property
    def local(self) -> datetime:
        """Now, in the consortium's zone."""
        return self.now.astimezone(self.services.zone)

    @property
    def today(self) -> date:
        """The day it is in the consortium's zone."""
        return self.local.date()

    @property
    def reader(self) -> Patron:
        """The patron whose card is linked. Raises refusals.NotLinked."""
        if self.patron is None:
            raise refusals.NotLinked()
        return self.patron

    @property
    def own_place(self) -> OrgUnit | None:
        """Where this reader usually goes: the pick-up location, the one used last, the library that registered him."""
        if self.patron is None:
            return None
        return self.patron.pickup or habits.last_pickup(self.session, patron=self.patron) or self.patron.home

    @property
    def heard(self) -> bool:
        """Whether this turn was spoken."""
        return isinstance(self.said, Transcript)

    @property
    def pressed(self) -> bool:
        """Whether this turn was a button."""
        return isinstance(self.said, Choice)

    @property
    def written(self) -> bool:
        """Whether the words are known in characters, and not only as sounds."""
        if isinstance(self.said, Transcript):
            return bool(self.said.hypotheses and self.said.hypotheses[0].text)
        return isinstance(self.said, Utterance)

    @property
    def words(self) -> str:
        """What was said in this turn, in characters; "" for a button, or where only the sounds are known."""
        if isinstance(self.said, Utterance):
            return self.said.text
        return self.meaning.reading if self.written else ""

    def phrase(self, slot: str) -> Phrase | None:
        """The free words in `slot`, if there are any."""
        value = self.meaning.slots.get(slot)
        if isinstance(value, Phrase):
            return value if value.text or value.syllables else None
        return Phrase(text=value) if isinstance(value, str) and value else None

    def text(self, slot: str) -> str:
        """The characters of `slot`, or ""."""
        phrase = self.phrase(slot)
        return phrase.text if phrase else ""

    def number(self, slot: str) -> int | None:
        """The number in `slot`, if there is one."""
        value = self.meaning.slots.get(slot)
        return value if isinstance(value, int) else None

    def day(self, slot: str = "date") -> date | None:
        """The day in `slot`, if there is one."""
        value = self.meaning.slots.get(slot)
        return value if isinstance(value, date) else None

    def hour(self, slot: str = "time") -> time | None:
        """The time of day in `slot`, if there is one."""
        value = self.meaning.slots.get(slot)
        return value if isinstance(value, time) else None

    def confirm(self, step: str, **arguments: Any) -> tuple[Text, ...]:
        """Wait for yes or no to `step`; gives the two choices of the reply."""
        self.state.pending = Pending(step, _plain(arguments), self._then(), self.now)
        self.state.state = "confirming"
        self.state.expects = []
        self.state.choices = list(YES_NO)
        return (Text("choice-yes"), Text("choice-no"))

    def ask(self, step: str, expects: Iterable[str], **arguments: Any) -> None:
        """Wait for a free answer to `step`: one of the slots in `expects`."""
        self.state.pending = Pending(step, _plain(arguments), self._then(), self.now)
        self.state.state = "asking"
        self.state.expects = sorted(expects)
        self.state.choices = []

    def choose(self, step: str, kind: str, ids: list[int], **arguments: Any) -> None:
        """Wait for one of a short list of things to go on with `step`."""
        self.state.pending = Pending(step, _plain(arguments), self._then(), self.now)
        self.state.state = "choosing"
        self.state.expects = []
        self.offer(kind, ids)

    def offer(self, kind: str, ids: list[int], *, page: int = 0, wish: Meaning | None = None) -> list[int]:
        """Put a list on offer; gives the ids on `page`, whose numbers are 1 to PAGE."""
        self.state.offered = Offered(kind, ids, page, wish)
        self.state.state = "choosing"
        first = page * PAGE
        shown = ids[first : first + PAGE]
        self.state.choices = [Meaning("choose", {"ordinal": first + place + 1}) for place in range(len(shown))]
        return shown

    def leave(self) -> None:
        """Drop what was under way."""
        self.state.leave()

    def _then(self) -> Meaning | None:
        return self.state.pending.then if self.state.pending else None


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as JSON holds them: days and times as ISO text."""
    return {
        name: value.isoformat() if isinstance(value, date | time) else value
        for name, value in arguments.items()
        if value is not None
    }
