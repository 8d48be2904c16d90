"""The texts of a language, parsed once: locales/<tag>/texts/*.ftl and those of the languages it extends.

Project Fluent's syntax; a text may have the attributes `.spoken` (for the ear), `.short` and `.long` (how much is
said), `.short-spoken` and `.long-spoken`. A language extends another by having some texts of its own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

from fluent.runtime import FluentBundle, FluentResource

from bot.locales import Locale


class Texts:
    """All texts of one language. Read by several threads; what is formatted once is kept."""

    def __init__(self, locale: Locale) -> None:
        self.tag = locale.tag
        self._plain: dict[str, str] = {}
        self._bundle = FluentBundle([locale.tag], use_isolating=False)
        for file in locale.texts_files():
            self._bundle.add_resource(FluentResource(file.read_text(encoding="utf-8")), allow_overrides=True)

    def __contains__(self, id: str) -> bool:
        return bool(self._bundle.has_message(id))

    def format(self, id: str, values: dict[str, Any], *attributes: str) -> str:
        """Text `id` with its values put in, from the first of `attributes` it has ("" is the text itself).

        Raises KeyError for an unknown id or a missing value.
        """
        message = self._bundle.get_message(id)
        for name in attributes:
            pattern = message.value if name == "" else message.attributes.get(name)
            if pattern is not None:
                words, problems = self._bundle.format_pattern(pattern, values)
                if problems:
                    raise KeyError(f"text {id} in {self.tag}: {problems[0]}")
                return cast(str, words)
        raise KeyError(f"text {id} in {self.tag} has no words")

    def plain(self, id: str) -> str:
        """Text `id` without values, or "" where the language has none."""
        if id not in self._plain:
            self._plain[id] = self.format(id, {}, "") if id in self else ""
        return self._plain[id]


@lru_cache(maxsize=64)
def _parsed(tag: str, locale: Locale) -> Texts:
    return Texts(locale)


def of(locale: Locale) -> Texts:
    """The texts of `locale`, parsed when first asked for."""
    return _parsed(locale.tag, locale)
