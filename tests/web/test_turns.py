"""Whose turn it is: who has tried least goes first, and too many are sent away from the end."""

from __future__ import annotations

import asyncio

import pytest

from han2x.web.refusals import SlowDownError
from han2x.web.turns import FIRST, Rank, Turns


class Queue:
    """Somebody has the turn, and others come one after the other."""

    def __init__(self, most: int = 8) -> None:
        self.turns = Turns(most)
        self.done: list[str] = []
        self.go_on = asyncio.Event()

    async def come(self, name: str, rank: Rank) -> asyncio.Task[None]:
        async def take() -> None:
            async with self.turns.turn(rank):
                await self.go_on.wait()
                self.done.append(name)

        task = asyncio.create_task(take())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return task


async def test_who_has_tried_least_goes_first_and_of_those_the_newest() -> None:
    queue = Queue()
    comers: list[tuple[str, Rank]] = [
        ("running", (1, 9)), ("guesser", (1, 3)), ("old", (1, 0)), ("new", (1, 0)), ("known", (0, 2)), ("owner", FIRST),
    ]  # fmt: skip
    tasks = [await queue.come(*each) for each in comers]
    queue.go_on.set()
    await asyncio.gather(*tasks)
    assert queue.done == ["running", "owner", "known", "new", "old", "guesser"]


async def test_a_newcomer_takes_the_place_of_whoever_has_tried_most() -> None:
    queue = Queue(most=3)
    tasks = [await queue.come(name, (1, tried)) for name, tried in (("a", 0), ("b", 5), ("c", 9), ("d", 0))]
    queue.go_on.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert queue.done == ["a", "d", "b"] or queue.done == ["a", "d"]
    assert isinstance(outcomes[2], SlowDownError)


async def test_who_leaves_while_waiting_holds_nobody_up() -> None:
    queue = Queue()
    running, leaver, last = [await queue.come(name, FIRST) for name in "abc"]
    leaver.cancel()
    queue.go_on.set()
    await asyncio.gather(running, last)
    assert queue.done == ["a", "c"]
    with pytest.raises(asyncio.CancelledError):
        await leaver


async def test_who_leaves_just_as_the_turn_comes_gives_it_on() -> None:
    turns = Turns()
    entered: list[str] = []

    async def take(name: str) -> None:
        async with turns.turn():
            entered.append(name)

    async with turns.turn():
        leaver = asyncio.create_task(take("leaver"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    leaver.cancel()
    async with asyncio.timeout(30):
        await take("next")
    assert entered == ["next"]
