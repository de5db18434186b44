"""Work ahead: all items, in order, made before they are wanted, and no thread that outlives its use."""

from __future__ import annotations

import threading
from collections.abc import Generator
from itertools import count

import pytest

from dreamdesk.model.ahead import Ahead


def _none_left() -> bool:
    return not [thread for thread in threading.enumerate() if thread.name == "ahead"]


def test_all_items_come_in_order_and_from_another_thread() -> None:
    made: list[int] = []

    def items() -> Generator[int, None, None]:
        for number in range(500):
            made.append(threading.get_ident())
            yield number

    with Ahead(items()) as ahead:
        first = [*ahead.ready()]
        assert [*first, *ahead.rest()] == list(range(500))
        assert [*ahead.ready(), *ahead.rest()] == []
    assert set(made) != {threading.get_ident()}
    assert _none_left()


def test_no_more_than_two_items_are_made_before_one_is_taken() -> None:
    made = []

    def items() -> Generator[int, None, None]:
        for number in count():
            made.append(number)
            yield number

    with Ahead(items()) as ahead:
        for taken in ahead.rest():
            assert len(made) <= taken + 3
            if taken == 200:
                break
    assert _none_left()


def test_what_goes_wrong_is_raised_where_the_items_are_taken() -> None:
    def items() -> Generator[int, None, None]:
        yield 1
        raise KeyError("broken")

    with Ahead(items()) as ahead:
        rest = ahead.rest()
        assert next(rest) == 1
        with pytest.raises(KeyError, match="broken"):
            next(rest)
        assert list(ahead.rest()) == []
    assert _none_left()


def test_long_work_on_one_item_is_ended_and_the_caller_is_heard_meanwhile() -> None:
    ended = []

    def items() -> Generator[int, None, None]:
        try:
            while True:
                ahead.heed()
        finally:
            ended.append(threading.get_ident())
        yield 0

    class Enough(Exception):
        pass

    asked: list[int] = []

    def meanwhile() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise Enough

    ahead = Ahead(items())
    with pytest.raises(Enough), ahead:
        list(ahead.rest(meanwhile))
    assert ended
    assert ended != [threading.get_ident()]
    assert _none_left()
