# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that pass items on: order, errors, and an end in every case."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from ftpvm.propagation.stages import Behind, prefetched


def in_time(work: Callable[[], None]) -> None:
    """Run `work` and fail, rather than hang, where it never ends."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(60)
    assert not thread.is_alive(), "it hangs"
    if errors:
        raise errors[0]


def counting(to: int, then: Exception | None = None) -> Iterator[int]:
    yield from range(to)
    if then:
        raise then


@pytest.mark.parametrize("depth", [1, 3, 50])
def test_prefetched_gives_all_items_in_order(depth: int) -> None:
    seen: list[int] = []
    in_time(lambda: seen.extend(prefetched(counting(20), depth)))
    assert seen == list(range(20))


def test_prefetched_raises_the_error_after_the_items_before_it() -> None:
    seen = []

    def consume() -> None:
        for item in prefetched(counting(5, KeyError("broken")), 2):
            seen.append(item)

    with pytest.raises(KeyError, match="broken"):
        in_time(consume)
    assert seen == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("taken", [0, 1, 4])
@pytest.mark.parametrize("made", [4, 1000])
def test_prefetched_can_be_left_anywhere(taken: int, made: int) -> None:
    def consume() -> None:
        with closing(prefetched(counting(made, KeyError("late")), 1)) as items:
            for _ in range(taken):
                next(items)

    in_time(consume)


def test_prefetched_can_be_left_while_its_queue_is_full() -> None:
    full = threading.Event()

    def make() -> Iterator[int]:
        yield from (0, 1)
        full.set()  # 0 is taken, 1 waits, and there is no room for 2
        yield 2

    def consume() -> None:
        with closing(prefetched(make(), 1)) as items:
            next(items)
            assert full.wait(60)

    in_time(consume)


def test_behind_works_in_order_and_is_through_at_the_exit() -> None:
    done: list[int] = []

    def work() -> None:
        with Behind(done.append, 2) as behind:
            for item in range(30):
                behind.put(item)

    in_time(work)
    assert done == list(range(30))


def test_an_error_comes_out_at_a_good_exit() -> None:
    def work() -> None:
        with Behind(_fail, 2) as behind:
            behind.put(1)

    with pytest.raises(OSError, match="full"):
        in_time(work)


def test_an_error_stops_the_work_and_comes_out_while_items_are_put() -> None:
    begun: list[int] = []

    def begin_and_fail(item: int) -> None:
        begun.append(item)
        _fail(item)

    def work() -> None:
        with Behind(begin_and_fail, 1) as behind:
            for item in range(1000):
                behind.put(item)
            pytest.fail("nobody noticed")

    with pytest.raises(OSError, match="full"):
        in_time(work)
    assert begun == [0]


def test_the_error_of_the_body_wins_and_nothing_hangs_on_a_full_queue() -> None:
    began = threading.Event()
    release = threading.Event()

    def wait_and_fail(item: int) -> None:
        began.set()
        release.wait(60)
        _fail(item)

    def work() -> None:
        with Behind(wait_and_fail, 2) as behind:
            behind.put(0)
            began.wait(60)
            behind.put(1)
            behind.put(2)  # the queue is full now
            threading.Timer(0.05, release.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_time(work)


def _fail(item: int) -> None:
    raise OSError("full")
