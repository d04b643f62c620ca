"""Texts about rules for owners, and about people's own conversations."""

from bot.filters import Filters
from bot.triage import ChannelId
from bot.views.lists import mine
from bot.views.message import TEXT_LIMIT
from bot.views.owner_rules import MOST_RULES, Rule, rules
from tests.view_asserts import JANE, check

DEALS = ChannelId("C0DEALS")


def test_a_list_of_many_long_rules_says_how_many_are_left_out() -> None:
    people = [(f"Person {number:03} of the sales team", False) for number in range(20)]
    many = [
        Rule(Filters(campaigns=(f"Campaign {number}",)), None, people, "Ada")
        for number in range(MOST_RULES + 5)
    ]
    view = rules(many)
    check(view)
    listed = sum(f"Campaign {number}" in view.text for number in range(len(many)))
    assert 0 < listed < MOST_RULES
    assert len(view.text) <= TEXT_LIMIT
    assert view.text.endswith(f"… and {len(many) - listed} more.")


def test_a_rule_says_that_none_of_its_people_is_here() -> None:
    view = rules([Rule(None, DEALS, [("Ada", True), ("Ben", True)], "")])
    check(view, names_channels=True)
    assert "Ada (away) and Ben (away): none of them is here now" in view.text


def test_a_person_of_whose_conversations_none_waits_is_told_so() -> None:
    assert mine([], 0, 2).opening == "You own 2 conversations. None of them waits for us."
    assert mine([JANE], 5, 9).opening == (
        "You own 9 conversations. 5 of them wait for us, 1 shown (for all, press Mine in Home), "
        "longest first:"
    )
    assert mine([], 0, 1).opening == "You own 1 conversation. It does not wait for us."
