"""Long answers are read as json.loads reads them, and others have their turn meanwhile."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sendkit.json_reader import read_json
from tests.strategies import calm

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@calm
@given(
    values,
    st.sampled_from([None, 1]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from([(50,), (50, 80)]),
)
def test_a_long_answer_is_read_as_a_short_one(
    value: object, indent: int, encoding: str, windows: tuple[int, ...]
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=encoding == "utf-16")
    body = text.encode(encoding, "surrogatepass")
    assert asyncio.run(read_json(body, 0, windows)) == json.loads(body)


@pytest.mark.parametrize(
    "body",
    ["", " ", "{", "[", "[1", "[1,", "[1,]", "[1 2]", '{"a"', '{"a":', '{"a":1', '{"a":1,', "1 2",
     '{"a":1,}', "{1:2}", '{"a" 1}', "[]]", "}", "nul", "[[[[[[[,]]]]]]]", "\xff",
     '"' + "a" * 70_000],
)  # fmt: skip
def test_invalid_json_raises_a_value_error(body: str) -> None:
    for piece in (-1, 1_000):
        with pytest.raises(ValueError, match=r"xpect|trailing|Extra data|follows|decode"):
            asyncio.run(read_json(body.encode("latin-1"), piece))


@pytest.mark.parametrize(
    "body",
    [b"1" * 3_000 + b" ", b"{" + b" " * 70_000 + b"}", b"[" + b"\n" * 70_000 + b"]"],
    ids=["digits", "no names", "no values"],
)
def test_a_value_that_does_not_end_in_the_first_window_is_read_whole(body: bytes) -> None:
    assert asyncio.run(read_json(body, 0)) == json.loads(body)


def test_lists_in_lists_end_as_for_json_loads() -> None:
    with pytest.raises(RecursionError):
        asyncio.run(read_json(b"[" * 500_000))


@pytest.mark.parametrize(
    "value",
    [
        "one 😀 \n\ud83d " * 20_000,
        "\ud83d\n" * 40_000 + "\ude00" * 40_000,
        "a" * 9_000_000,
        [[]] * 100_000,
        {str(number): number for number in range(40_000)},
        [[[["\n"] * 100_000]]],
        [[[{"a": "\\" * 200_000}]], 1],
    ],
    ids=["a text", "half characters", "letters", "lists", "names", "a deep list", "a deep text"],
)
async def test_other_tasks_run_while_any_long_value_is_read(value: object) -> None:
    turns, read = 0, asyncio.create_task(read_json(json.dumps(value).encode(), piece=20_000))
    while not read.done():
        turns += 1
        await asyncio.sleep(0)
    assert await read == value
    assert turns > 8


@pytest.mark.parametrize("many", [{"conversations": 400}, {"messages": 400}])
async def test_other_tasks_run_while_a_long_answer_is_read(many: dict[str, int]) -> None:
    thread = [{"content": "word " * 2_000}] * many.get("messages", 1)
    body = {"data": {"items": [{"id": "c", "messages": thread}] * many.get("conversations", 1)}}
    turns, read = 0, asyncio.create_task(read_json(json.dumps(body).encode()))
    while not read.done():
        turns += 1
        await asyncio.sleep(0)
    assert await read == body
    # 4 MB in pieces of a quarter.
    assert turns > 12
