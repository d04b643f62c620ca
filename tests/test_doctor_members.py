"""The doctor's findings about the people in TRIAGE_MEMBERS."""

from typing import Any

import pytest

from bot.doctor.slack import CallResult, members
from bot.findings import State, good
from bot.permissions import GroupId
from bot.triage import UserId

WARNING, BAD = State.WARNING, State.BAD
ADA, BEN, SALES = UserId("U0ADA"), UserId("U0BEN"), GroupId("S0SALES")
IS_BEN = CallResult({"user": {"id": BEN, "deleted": False, "is_bot": False}})
IS_ADA, HAS_ADA = CallResult({"user": {"id": ADA}}), CallResult({"users": [ADA]})
NEEDY = CallResult({"needed": "usergroups:read"}, "missing_scope")
ODD_USERS: list[Any] = [None, [], "", "U0ADA", 7]
ODD_USERS += [{"id": "U0EVE"}, {"deleted": "no"}, {"is_bot": []}]


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        (
            CallResult(error="user_not_found"),
            BAD,
            "Slack does not know U0ADA. Copy the id from their",
        ),
        (
            CallResult({"user": {"deleted": True}}),
            WARNING,
            "U0ADA is deactivated, or is a bot. Remove",
        ),
        (
            CallResult({"user": {"is_bot": True}}),
            WARNING,
            "U0ADA is deactivated, or is a bot. Remove",
        ),
        (
            CallResult(error="user_not_visible"),
            BAD,
            "Slack does not show U0ADA (user_not_visible).",
        ),
        (CallResult(error="missing_scope"), WARNING, "U0ADA cannot be looked at: the scope of the"),
        *(
            (
                CallResult({"user": each}),
                BAD,
                "Slack’s answer about U0ADA does not say what was asked.",
            )
            for each in ODD_USERS
        ),
    ],
)
def test_a_person_who_cannot_decide(answer: CallResult, state: State, said: str) -> None:
    (found,) = members({ADA: answer, BEN: IS_BEN}, {SALES: HAS_ADA})
    assert (found.name, found.state) == ("TRIAGE_MEMBERS", state)
    assert found.sentence.startswith(said)


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        (
            CallResult(error="no_such_subteam"),
            BAD,
            "Slack does not know the user group S0SALES. Copy",
        ),
        (CallResult({"users": []}), WARNING, "The user group S0SALES is empty. Add people to it"),
        (NEEDY, WARNING, "S0SALES cannot be looked at: the scope usergroups:read is missing. Add"),
        (
            CallResult(error="ratelimited"),
            WARNING,
            "Slack is busy (rate limit). Try again in a min",
        ),
        (
            CallResult({"users": [7]}),
            BAD,
            "Slack’s answer about S0SALES does not say what was asked.",
        ),
    ],
)
def test_a_user_group_whose_people_cannot_decide(
    answer: CallResult, state: State, said: str
) -> None:
    (found,) = members({ADA: IS_ADA}, {SALES: answer})
    assert (found.name, found.state) == ("TRIAGE_MEMBERS", state)
    assert found.sentence.startswith(said)


def test_those_who_are_there_share_a_line_and_each_of_the_others_has_one() -> None:
    well = good("TRIAGE_MEMBERS", "Slack knows everybody in it.")
    assert members({ADA: IS_ADA}, {SALES: HAS_ADA}) == [well]
    gone = CallResult(error="user_not_found")
    assert len(members({ADA: gone, UserId("U0BEN"): gone}, {SALES: HAS_ADA})) == 2
