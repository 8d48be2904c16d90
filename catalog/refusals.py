"""Why the library says no: one class, one sentence, one stable text id each. The sentence is in locales/ (refusal-…).

Refusal
 +-- NotLinked                 a card is needed for this, and none is linked
 +-- UnknownCard               no such card, or the PIN does not fit (never said which)
 +-- SlowDown                  too many wrong PINs: wait until `until`
 +-- CodeExpired               the one-time code is wrong, used or too old
 +-- Blocked                   the card is blocked for `reason`
 +-- NotEligible               accessible-format copies need a proof of print disability
 +-- HoldRefused
 |    +-- AlreadyOnHold        the patron has asked for this work already
 |    +-- AlreadyOnLoan        the patron has this work at home
 |    +-- TooManyHolds         `limit` holds are open
 |    +-- NothingToLend        no edition has a copy that this patron can borrow
 |    +-- NotAPickupLocation   holds cannot be collected there
 |    +-- HoldEnded            the hold is already cancelled, fulfilled or expired
 +-- LoanRefused
 |    +-- OthersWaiting        others wait for this item, so it cannot be renewed
 |    +-- RenewedOften         it was renewed `limit` times already
 |    +-- LongOverdue          it is overdue for more than `limit` days
 |    +-- NothingOnLoan        there is nothing to renew
 |    +-- TooManyLoans         `limit` items are out
 |    +-- ItemUnavailable      the item is not there to be lent
 |    +-- AlreadyRenewed       renewed today already: the due date would not move
 |    +-- StillOnLoan          `count` items are out, so the patron cannot be forgotten yet
 +-- DeliveryRefused
 |    +-- NoAddress            the card has no address that can be delivered to
 |    +-- NoRound              no van or volunteer comes by that address
 |    +-- AlreadyOnItsWay      it has been dispatched and cannot be changed
 |    +-- NothingToFetch       there is nothing to fetch
 |    +-- ErrandTaken          others go already
 |    +-- TwoPersons           a first visit needs two persons who have agreed to go
 +-- EventRefused
 |    +-- EventFull            no seat is left
 |    +-- AlreadyJoined        the patron has a seat
 |    +-- NotJoined            the patron has no seat
 |    +-- EventOver            it has begun or was called off
 |    +-- RegistrationOver     seats could be taken until a moment that is past
 +-- BroadcastRefused
 |    +-- BroadcastUnsayable   it has no text, or more than `limit` signs
 |    +-- SecondLibrarian      a second librarian has to approve it first
 +-- DelegationRefused
 |    +-- NotDelegated         this was not given into another's hands
 |    +-- OwnCardFirst         who acts for another needs a card of his own
 |    +-- NotForOneself        nobody needs leave to act for himself
 +-- NothingToUndo             nothing was done that can be taken back
 |    +-- NotUndoable          the newest thing that was done cannot be taken back
 +-- NothingToSplit            nothing else was put together with it
 +-- NothingToJoin             no librarian took it apart, or what it was taken from is gone
 +-- StillSpokenOf             a reader's hold or parcel, also a past one, speaks of it: it stays
 +-- NotFound                  no such thing: `what`
 +-- AnotherDatabase           the demonstration will not be put into a database that holds something else
"""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """The library says no. `reason` is the text id; `values` are what stands in the sentence."""

    reason = "refusal"
    kept = False
    """Whether what was written before the refusal stays (counted wrong PINs do); all else is rolled back."""
    over = False
    """Whether what was under way ends with it, of one that is kept; else the question stands."""

    def __init__(self, **values: object) -> None:
        super().__init__(self.reason, values)
        self.values = values


class SystemAway(Refusal):
    """The library's own system cannot be reached; what is known of it is from `since`."""

    reason = "refusal-system-away"


class WillBeDone(SystemAway):
    """It cannot be reached; the wish is written down, done when it is back, and the reader told."""

    reason = "refusal-will-be-done"
    kept = True
    over = True


class NotLinked(Refusal):
    """A card is needed for this, and none is linked."""

    reason = "refusal-not-linked"


class UnknownCard(Refusal):
    """No such card, or the PIN does not fit (never said which)."""

    reason = "refusal-unknown-card"
    kept = True


class SlowDown(Refusal):
    """Too many wrong PINs: wait until `until`."""

    reason = "refusal-slow-down"
    kept = True


class CodeExpired(Refusal):
    """The one-time code is wrong, used or too old."""

    reason = "refusal-code-expired"
    kept = True


class Blocked(Refusal):
    """The card is blocked for `reason`."""

    reason = "refusal-blocked"


class NotEligible(Refusal):
    """Accessible-format copies need a proof of print disability."""

    reason = "refusal-not-eligible"


class HoldRefused(Refusal):
    """A hold cannot be placed or changed."""

    reason = "refusal-hold-refused"


class AlreadyOnHold(HoldRefused):
    """The patron has asked for this work already."""

    reason = "refusal-already-on-hold"


class AlreadyOnLoan(HoldRefused):
    """The patron has this work at home."""

    reason = "refusal-already-on-loan"


class TooManyHolds(HoldRefused):
    """`limit` holds are open."""

    reason = "refusal-too-many-holds"


class NothingToLend(HoldRefused):
    """No edition has a copy that this patron can borrow."""

    reason = "refusal-nothing-to-lend"


class NotAPickupLocation(HoldRefused):
    """Holds cannot be collected there."""

    reason = "refusal-not-a-pickup-location"


class HoldEnded(HoldRefused):
    """The hold is already cancelled, fulfilled or expired."""

    reason = "refusal-hold-ended"


class LoanRefused(Refusal):
    """An item cannot be lent or renewed."""

    reason = "refusal-loan-refused"


class OthersWaiting(LoanRefused):
    """Others wait for this item, so it cannot be renewed."""

    reason = "refusal-others-waiting"


class RenewedOften(LoanRefused):
    """It was renewed `limit` times already."""

    reason = "refusal-renewed-often"


class LongOverdue(LoanRefused):
    """It is overdue for more than `limit` days."""

    reason = "refusal-long-overdue"


class NothingOnLoan(LoanRefused):
    """There is nothing to renew."""

    reason = "refusal-nothing-on-loan"


class TooManyLoans(LoanRefused):
    """`limit` items are out."""

    reason = "refusal-too-many-loans"


class ItemUnavailable(LoanRefused):
    """The item is not there to be lent."""

    reason = "refusal-item-unavailable"


class AlreadyRenewed(LoanRefused):
    """Renewed today already: the due date would not move."""

    reason = "refusal-already-renewed"


class StillOnLoan(LoanRefused):
    """`count` items are out, so the patron cannot be forgotten yet."""

    reason = "refusal-still-on-loan"


class DeliveryRefused(Refusal):
    """A delivery cannot be ordered or changed."""

    reason = "refusal-delivery-refused"


class NoAddress(DeliveryRefused):
    """The card has no address that can be delivered to."""

    reason = "refusal-no-address"


class NoRound(DeliveryRefused):
    """No van or volunteer comes by that address."""

    reason = "refusal-no-round"


class AlreadyOnItsWay(DeliveryRefused):
    """It has been dispatched and cannot be changed."""

    reason = "refusal-already-on-its-way"


class NothingToFetch(DeliveryRefused):
    """There is nothing to fetch."""

    reason = "refusal-nothing-to-fetch"


class ErrandTaken(DeliveryRefused):
    """Others go already."""

    reason = "refusal-errand-taken"


class TwoPersons(DeliveryRefused):
    """A first visit needs two persons who have agreed to go."""

    reason = "refusal-two-persons"


class EventRefused(Refusal):
    """A seat cannot be taken or given back."""

    reason = "refusal-event-refused"


class EventFull(EventRefused):
    """No seat is left."""

    reason = "refusal-event-full"


class AlreadyJoined(EventRefused):
    """The patron has a seat."""

    reason = "refusal-already-joined"


class NotJoined(EventRefused):
    """The patron has no seat."""

    reason = "refusal-not-joined"


class EventOver(EventRefused):
    """It has begun or was called off."""

    reason = "refusal-event-over"


class RegistrationOver(EventRefused):
    """Seats could be taken until a moment that is past (`until`)."""

    reason = "refusal-registration-over"


class BroadcastRefused(Refusal):
    """A broadcast cannot be written or sent."""

    reason = "refusal-broadcast-refused"


class BroadcastUnsayable(BroadcastRefused):
    """It has no text, or more than `limit` signs."""

    reason = "refusal-broadcast-unsayable"


class SecondLibrarian(BroadcastRefused):
    """A second librarian has to approve it first."""

    reason = "refusal-second-librarian"


class DelegationRefused(Refusal):
    """Somebody cannot act for a patron."""

    reason = "refusal-delegation-refused"


class NotDelegated(DelegationRefused):
    """This was not given into another's hands."""

    reason = "refusal-not-delegated"


class OwnCardFirst(DelegationRefused):
    """Who acts for another needs a card of his own."""

    reason = "refusal-own-card-first"


class NotForOneself(DelegationRefused):
    """Nobody needs leave to act for himself."""

    reason = "refusal-not-for-oneself"


class NothingToUndo(Refusal):
    """Nothing was done that can be taken back."""

    reason = "refusal-nothing-to-undo"


class NotUndoable(NothingToUndo):
    """The newest thing that was done cannot be taken back."""

    reason = "refusal-not-undoable"


class NothingToSplit(Refusal):
    """Nothing else was put together with it."""

    reason = "refusal-nothing-to-split"


class NothingToJoin(Refusal):
    """No librarian took it apart, or what it was taken from is gone."""

    reason = "refusal-nothing-to-join"


class StillSpokenOf(Refusal):
    """A reader's hold or parcel, also a past one, speaks of it: it stays as it is."""

    reason = "refusal-still-spoken-of"


class NotFound(Refusal):
    """No such thing: `what`."""

    reason = "refusal-not-found"


class AnotherDatabase(Refusal):
    """The demonstration will not be put into a database that holds something else."""

    reason = "refusal-another-database"
