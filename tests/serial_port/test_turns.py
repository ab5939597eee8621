"""The lines' work in turns: on a clock of the test's own, which goes on with each step."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

from han2x.serial_port.turns import REST, TURN_S, Turns

STEP_S = TURN_S / 10


class Clock:
    """Goes on when work is done, and when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Diary:
    """What was worked on, in order."""

    def __init__(self, clock: Clock) -> None:
        self.steps: list[str] = []
        self.done: list[str] = []
        self._clock = clock

    def work(self, name: str, steps: int, step_s: float = STEP_S) -> Iterator[None]:
        for _ in range(steps):
            self._clock.now += step_s
            self.steps.append(name)
            yield

    def give(self, turns: Turns, name: str, steps: int) -> None:
        turns.do(self.work(name, steps), partial(self.done.append, name))


async def all_done(diary: Diary, clock: Clock, count: int) -> list[int]:
    """How many steps each turn did until so many pieces of work are done; between turns enough time passes."""
    turns = [len(diary.steps)]
    async with asyncio.timeout(30):
        while len(diary.done) < count:
            clock.now += REST * TURN_S
            before = len(diary.steps)
            await asyncio.sleep(0.001)
            if len(diary.steps) > before:
                turns.append(len(diary.steps) - before)
    return turns


async def test_little_work_is_done_at_once() -> None:
    clock = Clock()
    diary = Diary(clock)
    diary.give(Turns(clock), "a", 3)

    assert diary.steps == ["a"] * 3
    assert diary.done == ["a"]


async def test_no_turn_does_more_than_its_time_has_room_for() -> None:
    clock = Clock()
    diary = Diary(clock)
    diary.give(Turns(clock), "a", 95)

    assert max(await all_done(diary, clock, 1)) <= 10
    assert len(diary.steps) == 95


async def test_all_lines_together_have_one_turn() -> None:
    clock = Clock()
    diary = Diary(clock)
    turns = Turns(clock)
    for name in "abcdefghijklmnop":
        diary.give(turns, name, 8)

    assert max(await all_done(diary, clock, 16)) <= 11
    assert sorted(diary.done) == list("abcdefghijklmnop")


async def test_much_work_of_one_line_lets_little_of_another_pass() -> None:
    clock = Clock()
    diary = Diary(clock)
    turns = Turns(clock)
    diary.give(turns, "hostile", 500)
    diary.give(turns, "good", 3)
    await all_done(diary, clock, 1)

    assert diary.done == ["good"]
    assert diary.steps.count("hostile") <= 30


async def test_much_work_in_small_pieces_is_held_to_the_same_share() -> None:
    clock = Clock()
    diary = Diary(clock)
    turns = Turns(clock)
    for number in range(30):
        diary.give(turns, str(number), 1)

    assert len(diary.steps) <= 10
    await all_done(diary, clock, 30)
    assert sorted(diary.done, key=int) == [str(number) for number in range(30)]


async def test_the_share_is_whole_again_after_a_rest() -> None:
    clock = Clock()
    diary = Diary(clock)
    turns = Turns(clock)
    diary.give(turns, "a", 9)
    clock.now += REST * TURN_S
    diary.give(turns, "b", 9)

    assert diary.done == ["a", "b"]


async def test_what_is_dropped_is_not_done() -> None:
    clock = Clock()
    diary = Diary(clock)
    turns = Turns(clock)
    dropped = diary.work("dropped", 500)
    turns.do(dropped, partial(diary.done.append, "dropped"))
    turns.drop(dropped)
    before = len(diary.steps)
    clock.now += 60
    diary.give(turns, "other", 1)
    await all_done(diary, clock, 1)

    assert diary.done == ["other"]
    assert diary.steps[before:] == ["other"]
