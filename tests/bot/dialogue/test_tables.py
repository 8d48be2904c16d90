"""The tables of the dialogue are whole: every intent has a flow, every question that is asked has its step."""

from __future__ import annotations

import ast
from pathlib import Path

import bot.dialogue
from bot.dialogue.flows import CHOSEN, FLOWS, KEEPS, PAGES, STEPS
from bot.understanding.meaning import INTENTS

FOLDER = Path(bot.dialogue.__file__).parent


def calls(name: str) -> set[str]:
    """The first argument of every call of a method `name`, where it is written out."""
    return {
        node.args[0].value
        for path in FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_every_intent_has_a_flow() -> None:
    assert set(FLOWS) == set(INTENTS)
    assert set(FLOWS) >= KEEPS


def test_every_question_has_its_step() -> None:
    asked = calls("confirm") | calls("ask") | calls("choose")
    assert asked <= set(STEPS)
    assert {step.intent for step in STEPS.values()} <= set(INTENTS)


def test_every_list_can_be_chosen_from_and_paged() -> None:
    assert calls("offer") <= set(CHOSEN)
    assert set(PAGES) <= set(CHOSEN)
