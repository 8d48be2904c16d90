"""What hearing is fitted on is apart from what it is measured on."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import practice_notes
import voice_clips
import voice_talks

from bot.understanding.meaning import INTENTS


def test_no_sentence_of_practice_is_one_of_the_bench() -> None:
    measured = {practice_notes.toneless(one.syllables) for one in voice_talks.commands()}
    practised = voice_talks.commands("practice.tsv")
    assert len(practised) >= 120
    assert [one.said for one in practised if practice_notes.toneless(one.syllables) in measured] == []
    assert practice_notes.commands() == practised


def test_practice_says_every_intent_at_a_moment_there_is() -> None:
    practised = practice_notes.commands()
    assert {one.intent for one in practised} == set(INTENTS) - {"none"}
    assert {one.before for one in practised} <= set(voice_talks.BEFORE)


def test_notes_of_practice_are_said_at_other_speeds() -> None:
    assert not set(practice_notes.SPEEDS) & set(voice_clips.SPEEDS)
