"""The plain forms of a template: the sentences it can be said as, one after the other.

Who compares sentences by their sound (nearby.py), by their pieces (resemblance.py) or letter by letter (written.py)
takes them from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hassil.expression import Alternative, Expression, Group, ListReference, RuleReference, Sentence, TextChunk

from bot.locales import Locale
from bot.understanding.spelling import WRITTEN
from bot.understanding.templates import sentence_expressions
from bot.understanding.wording import same


def plain_sentences(locale: Locale) -> Iterator[tuple[str, str]]:
    """Every plain form of every template with its intent, as text (slots in braces)."""
    rules = locale.sentences().expansion_rules
    for intent, _, sentence in sentence_expressions(locale):
        for text in plain_forms(sentence.expression, rules):
            yield intent, same(" ".join(text.split()).casefold(), locale, WRITTEN)


def plain_forms(expression: Expression, rules: Mapping[str, Sentence], *, fuller: bool = False) -> list[str]:
    """The sentences of a template without its optional words, one alternative changed at a time: all of its words
    stand in one of them, and there are as many as the sum of its alternatives, not their product. `fuller` ones have
    an optional word, one at a time."""
    if isinstance(expression, TextChunk):
        return [expression.original_text]
    if isinstance(expression, ListReference):
        return [f"{{{expression.list_name}}}"]
    if isinstance(expression, RuleReference):
        return plain_forms(rules[expression.rule_name].expression, rules, fuller=fuller)
    if isinstance(expression, Alternative):
        if expression.is_optional and not fuller:
            return [""]
        found = [text for item in expression.items for text in plain_forms(item, rules, fuller=fuller)]
        return list(dict.fromkeys(["", *found] if expression.is_optional else found))
    assert isinstance(expression, Group)
    parts = [plain_forms(item, rules, fuller=fuller) for item in expression.items]
    found = ["".join(part[0] for part in parts)]
    for place, part in enumerate(parts):
        found += (
            "".join(changed if at == place else other[0] for at, other in enumerate(parts)) for changed in part[1:]
        )
    return found
