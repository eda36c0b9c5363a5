"""The process that runs the jobs ends when it is told to, whatever a job does with a cancellation."""

import asyncio

import pytest

from issuer.worker import until


async def test_it_ends_although_a_cancellation_is_lost() -> None:
    told, lost = asyncio.Event(), asyncio.Event()

    async def deaf() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if lost.is_set():
                    raise
                lost.set()

    running = asyncio.create_task(deaf())
    ending = asyncio.create_task(until(told, running))
    await asyncio.sleep(0)
    told.set()
    await asyncio.wait_for(ending, 10)
    assert lost.is_set()
    assert running.cancelled()


async def test_what_ends_by_itself_is_not_waited_for() -> None:
    async def fails() -> None:
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        await until(asyncio.Event(), asyncio.create_task(fails()))

    async def over() -> None:
        pass

    await until(asyncio.Event(), asyncio.create_task(over()))
