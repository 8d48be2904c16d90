"""What was taken back in the same breath: of "红楼梦，不，西游记" the last is meant.

The marks of taking back are data (words.yaml: corrections; by sound only the longer ones). Either part is understood
by itself; a bare thing (a title, a number) takes the place of the thing in what was wished for before.
"""

from __future__ import annotations

from dataclasses import replace

from bot.locales import Locale
from bot.understanding.meaning import Meaning
from bot.understanding.spelling import compiled, sounds_of_locale
from catalog.search.readings import encode_syllables
from catalog.search.sounds import fold_codes

THINGS = frozenset({"title", "author", "subject", "isbn", "ordinal"})
BARE = 0.6
"""A title with so little confidence was said without any command."""
_NO_WISH = frozenset({"none", "find_title", "choose", "yes", "no", "cancel", "undo", "repeat"})


def taken_back(text: str, locale: Locale) -> tuple[str, str] | None:
    """What cleaned words said first ("" if nothing was wished for) and what they put in its place; or None."""
    for source in locale.words.get("corrections", ()):
        match = compiled(source).fullmatch(text)
        if match:
            return (match.groupdict().get("before") or "").strip(), match["after"].strip()
    return None


def taken_back_by_sound(heard: tuple[str, ...], locale: Locale) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The same for syllables."""
    source = locale.words.get("heard", {}).get("correction")
    codes = [encode_syllables((one,)) for one in heard]
    if not source or any(len(code) != 1 for code in codes):
        return None
    spelling = sounds_of_locale(locale)
    match = compiled(spelling.pattern(source)).search(fold_codes("".join(codes)), 1)
    if match is None or match.end() == len(heard):
        return None
    return heard[: match.start()], heard[match.end() :]


def joined(before: Meaning | None, after: Meaning) -> Meaning:
    """The meaning of both parts."""
    bare = after.intent == "choose" or (after.intent == "find_title" and after.confidence <= BARE)
    if before is None or not bare or before.intent in _NO_WISH:
        return after
    kept = {slot: value for slot, value in before.slots.items() if slot not in THINGS}
    return replace(before, slots={**kept, **after.slots}, rivals=(after, *before.rivals))
