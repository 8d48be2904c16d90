"""Sentence templates as patterns: hassil reads them, regular expressions match them.

hassil's own matcher takes 3 to 7 ms for our 1,200 templates on every sentence; the same templates, compiled to regular
expressions and chosen by the words they cannot do without, take a few tenths of one, and can be compiled in sounds as
well (docs/decisions). A template of a block marked `cue: true` is found inside a sentence, the others are whole ones.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache

from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    Permutation,
    RuleReference,
    Sentence,
    TextChunk,
)
from hassil.expression import Sequence as InOrder
from hassil.intents import Intents, TextSlotList

from bot.locales import Locale
from bot.understanding.normalise import TAGS
from bot.understanding.spelling import WRITTEN, Spelling, compiled
from bot.understanding.wording import same, with_classes

WILD = frozenset({"book", "author", "subject", "place", "person", "topic", "text", "gap"})
LONGEST_FRAGMENT = 6
_GAP = ".{0,8}?"
_WORDS_APART = r"\s*(?!(?<=[\w'])\w)"
"""Blanks between words, or none where a tag or a word left out stands; never inside a word."""
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, eq=False)
class Template:
    """One sentence template: what it means, its pattern, and the words of which a sentence must hold one."""

    place: int
    """Where it stands among all templates: of two that fit alike the earlier wins."""
    intent: str
    cue: bool
    source: str
    needs: frozenset[str]
    slots: frozenset[str]
    written: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is first needed."""
        return compiled(self.source)

    def compile(self) -> None:
        """Compile now what would be compiled when it is first needed."""
        compiled(self.source)


@dataclass(frozen=True)
class Templates:
    """All templates of a locale in one spelling, found by a fragment they need."""

    all: tuple[Template, ...]
    by_fragment: Mapping[str, tuple[Template, ...]]
    always: tuple[Template, ...]
    takes: Mapping[str, frozenset[str]]
    """Per intent, the slots its templates name."""
    formats: Mapping[str, str] = field(default_factory=dict)

    def possible(self, text: str) -> Iterator[Template]:
        """The templates that `text` may match, each once, in their order."""
        ends = len(text) + 1
        pieces = {text[at : at + size] for size in range(1, LONGEST_FRAGMENT + 1) for at in range(ends - size)}
        found = {template.place: template for template in self.always}
        for piece in self.by_fragment.keys() & pieces:
            found.update((template.place, template) for template in self.by_fragment[piece])
        for _, template in sorted(found.items()):
            yield template


@dataclass
class _Writer:
    """Writes one template's expression as a regular expression."""

    intents: Intents
    locale: Locale
    spelling: Spelling
    slots: list[str] = field(default_factory=list)

    def write(self, expression: Expression) -> tuple[str, frozenset[str]]:
        """The pattern, and the fragments of which one must stand in a match (empty: nothing is sure)."""
        if isinstance(expression, TextChunk):
            return _chunk(expression.original_text, self.locale, self.spelling)
        if isinstance(expression, RuleReference):
            return self.write(self.intents.expansion_rules[expression.rule_name].expression)
        if isinstance(expression, ListReference):
            return self._slot(expression.list_name), frozenset()
        if isinstance(expression, Permutation):
            orders = [InOrder(items=list(order)) for order in itertools.permutations(expression.items)]
            return self._one_of([self.write(order) for order in orders])
        if isinstance(expression, Alternative):
            return self._one_of([self.write(item) for item in expression.items])
        if isinstance(expression, Group):
            parts = [self.write(item) for item in expression.items]
            return "".join(part for part, _ in parts), _best(needs for _, needs in parts)
        raise TypeError(f"unknown in a template: {expression!r}")

    def _slot(self, name: str) -> str:
        self.slots.append(name)
        group = f"{name}_{len(self.slots)}"
        if name == "gap":
            return f"(?P<{group}>{_GAP})"
        if name in TAGS:
            return f"(?P<{group}>[{TAGS[name]}])"
        listed = self.intents.slot_lists[name]
        if isinstance(listed, TextSlotList):
            return f"(?P<{group}>{'|'.join(sorted(map(self._value, _values(listed)), key=len, reverse=True))})"
        if name == "count":
            counted = with_classes(self.locale.words["counted"], self.locale.words.get("classes", {}))
            return f"(?P<{group}>{self.spelling.pattern(counted)})"
        return f"(?P<{group}>.+?)"

    def _value(self, text: str) -> str:
        return self.spelling.pattern(re.escape(same(text.casefold(), self.locale, WRITTEN)))

    @staticmethod
    def _one_of(parts: Sequence[tuple[str, frozenset[str]]]) -> tuple[str, frozenset[str]]:
        longest_first = sorted((part for part, _ in parts), key=lambda part: ("(?P<" in part, -len(part)))
        pattern = "|".join(longest_first)
        needs = frozenset().union(*(one for _, one in parts)) if all(one for _, one in parts) else frozenset()
        return f"(?:{pattern})", needs


@lru_cache(20_000)
def _chunk(text: str, locale: Locale, spelling: Spelling) -> tuple[str, frozenset[str]]:
    """Words of a template as a pattern, and the longest fragment of them that must stand in a match."""
    spaced = bool(locale.words.get("spaced"))
    if not spaced:
        text = _SPACES.sub("", text)
    text = same(text.casefold(), locale, WRITTEN)
    if not text.strip():
        return (_WORDS_APART if text and spaced else ""), frozenset()
    if not spaced:
        words = spelling.fragments(text)
        pattern = spelling.pattern(re.escape(text))
    else:
        words = text.split()
        pattern = _WORDS_APART.join(re.escape(word) for word in _SPACES.split(text))
    longest = max(words, key=len, default="")[:LONGEST_FRAGMENT]
    return pattern, frozenset({longest} if longest else ())


def _best(needs: Iterator[frozenset[str]]) -> frozenset[str]:
    """Of what the parts of a sequence need, the rarest: where the shortest fragment is longest, then the fewest."""
    return max((one for one in needs if one), key=lambda one: (min(map(len, one)), -len(one)), default=frozenset())


def _values(listed: TextSlotList) -> Iterator[str]:
    from hassil.sample import sample_expression

    for value in listed.values:
        yield from sample_expression(value.text_in)


@cache
def templates(locale: Locale, spelling: Spelling = WRITTEN) -> Templates:
    """The locale's templates, written once a process."""
    intents = locale.sentences()
    found: list[Template] = []
    takes: dict[str, set[str]] = {}
    for name, intent in intents.intents.items():
        for data in intent.data:
            cue = bool((data.metadata or {}).get("cue"))
            for sentence in data.sentences:
                writer = _Writer(intents, locale, spelling)
                source, needs = writer.write(sentence.expression)
                slots = frozenset(writer.slots)
                takes.setdefault(name, set()).update(slots)
                found.append(Template(len(found), name, cue, source, needs, slots, sentence.text or ""))
    by_fragment: dict[str, list[Template]] = {}
    for template in found:
        for fragment in template.needs:
            by_fragment.setdefault(fragment, []).append(template)
    return Templates(
        all=tuple(found),
        by_fragment={fragment: tuple(needing) for fragment, needing in by_fragment.items()},
        always=tuple(template for template in found if not template.needs),
        takes={name: frozenset(slots) for name, slots in takes.items()},
        formats=_formats(intents, locale, spelling),
    )


def _formats(intents: Intents, locale: Locale, spelling: Spelling) -> dict[str, str]:
    from hassil.sample import sample_expression

    listed = intents.slot_lists.get("format")
    if not isinstance(listed, TextSlotList):
        return {}
    return {
        spelling.text(same(text.casefold(), locale, WRITTEN)): str(value.value_out)
        for value in listed.values
        for text in sample_expression(value.text_in)
    }


def sentence_expressions(locale: Locale) -> Iterator[tuple[str, bool, Sentence]]:
    """Every template as hassil read it, with its intent and whether it is a cue."""
    for name, intent in locale.sentences().intents.items():
        for data in intent.data:
            for sentence in data.sentences:
                yield name, bool((data.metadata or {}).get("cue")), sentence
