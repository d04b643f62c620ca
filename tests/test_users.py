"""Questions to Slack about people, how often they are asked, and the use of the answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from bot.acts import ById, ListInbox, Show, Subscribe
from bot.errors import (
    NotAllowed,
    PermissionUnknown,
    SlackBusy,
    SlackDown,
    SlackRefused,
    SlackUnclear,
    WrongChannel,
)
from bot.filters import Filters
from bot.permissions import FOREIGNER, GUEST, GroupId, Members
from bot.playground.people import SCOPES
from bot.playground.slack import Slack
from bot.playground.slack_faults import Fault
from bot.playground.workspace import Channel, Group, User
from bot.slack.api import MOST_PAGES
from bot.slack.authorizer import Authorizer
from bot.slack.users import NAMES_KEPT_SECONDS, RIGHTS_KEPT_SECONDS, People
from bot.store.channels import Channels
from bot.store.sqlite import SqliteDatabase
from bot.triage import ChannelId, ConversationId, Door, Origin, Person, UserId
from tests.canned_server import answering
from tests.clients import slack_at
from tests.journals import Clock

TRIAGE, GENERAL, DEALS = map(ChannelId, ("C0TRIAGE", "C0GENERAL", "C0DEALS"))
ADA, BEN, CHLOE = (UserId(each) for each in ("U0ADA", "U0BEN", "U0CHLOE"))
EVE, GONE = UserId("U0EVE"), UserId("U0GONE")
SALES, EMEA = GroupId("S0SALES"), GroupId("S0EMEA")


# What Slack says of somebody who is no guest, but for where they belong.
PLAIN = {
    "id": ADA,
    "deleted": False,
    "is_bot": False,
    "is_restricted": False,
    "is_ultra_restricted": False,
}


def person(user: UserId) -> Person:
    return Person(user, "handle")


@asynccontextmanager
async def asked(url: str, token: str, clock: Clock) -> AsyncIterator[People]:
    async with slack_at(url, token, clock=clock) as api:
        yield People(api, clock)


def pressed(user: UserId) -> Origin:
    return Origin(TRIAGE, person(user))


def typed(channel: ChannelId, user: UserId) -> Origin:
    return Origin(channel, person(user), door="command")


LOOK = Show(ById(ConversationId("c1")))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def people(slack: Slack, clock: Clock) -> AsyncIterator[People]:
    async with asked(slack.api_url, slack.bot_token, clock) as people:
        yield people


@pytest.fixture
async def channels(tmp_path: Path) -> AsyncIterator[Channels]:
    async with SqliteDatabase(tmp_path / "triage.db") as database:
        yield Channels(database)


@pytest.fixture
def authorizer(people: People, channels: Channels) -> Callable[..., Authorizer]:
    def by(*named: UserId, groups: tuple[GroupId, ...] = ()) -> Authorizer:
        return Authorizer(
            members=Members(named, groups), people=people, channels=channels, triage_channel=TRIAGE
        )

    return by


Authorizing = Callable[..., Authorizer]


def count(slack: Slack, method: str) -> int:
    return [call.method for call in slack.calls].count(method)


async def test_a_person_is_asked_about_once(slack: Slack, clock: Clock, people: People) -> None:
    await asyncio.gather(*(people.profile(ADA) for _ in range(20)))
    clock.now += RIGHTS_KEPT_SECONDS - 1
    assert (await people.profile(ADA)).name == await people.name(person(ADA)) == "Ada"
    assert count(slack, "users.info") == 1
    clock.now += 1
    await people.profile(ADA)
    assert count(slack, "users.info") == 2


async def test_a_name_lasts_longer_than_a_right(slack: Slack, clock: Clock, people: People) -> None:
    assert await people.name(person(ADA)) == "Ada"
    clock.now += NAMES_KEPT_SECONDS - 1
    assert await people.name(person(ADA)) == "Ada"
    assert count(slack, "users.info") == 1
    clock.now += 1
    slack.faults.status("users.info", status=503)
    assert await people.name(person(ADA)) == "Ada"
    assert count(slack, "users.info") == 2


@pytest.mark.parametrize(
    "fault", [Fault(error="user_not_visible"), Fault(text='{"ok": true, "user": []}')]
)
async def test_an_unknown_person_is_called_by_their_handle(
    slack: Slack, people: People, fault: Fault
) -> None:
    slack.faults.add("users.info", fault)
    assert await people.name(person(ADA)) == "handle"
    assert await people.name(person(ADA)) == "Ada"


async def test_a_request_that_is_cancelled_leaves_the_answer_to_the_others(people: People) -> None:
    cancelled, other = (asyncio.ensure_future(people.profile(ADA)) for _ in range(2))
    await asyncio.sleep(0)
    cancelled.cancel()
    assert (await other).name


async def test_all_who_ask_at_once_hear_that_slack_is_down(slack: Slack, people: People) -> None:
    slack.faults.status("users.info", status=503)
    answers = await asyncio.gather(*(people.profile(ADA) for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [SlackDown] * 5
    assert count(slack, "users.info") == 1
    assert (await people.profile(ADA)).name == "Ada"


async def test_a_member_is_found_on_any_page_of_a_list(slack: Slack, people: People) -> None:
    crowd = tuple(f"U{number:04}" for number in range(450))
    slack.workspace.add_channel(Channel("C0CROWD", "crowd", members=(*crowd, ADA)))
    assert await people.is_in(ChannelId("C0CROWD"), ADA)
    assert count(slack, "conversations.members") == 3
    assert await people.is_in(ChannelId("C0CROWD"), UserId("U0001"))
    assert count(slack, "conversations.members") == 4
    assert not await people.is_in(ChannelId("C0CROWD"), BEN)
    assert count(slack, "conversations.members") == 7


@pytest.mark.parametrize("cursors", [["a", "a"], ["a", "b", "a"], map(str, range(MOST_PAGES + 1))])
async def test_no_end_of_members_is_an_error(
    slack: Slack, people: People, cursors: Iterable[str]
) -> None:
    pages = [
        json.dumps({"ok": True, "members": ["U0X"], "response_metadata": {"next_cursor": cursor}})
        for cursor in cursors
    ]
    for page in pages:
        slack.faults.add("conversations.members", Fault(text=page))
    with pytest.raises(SlackUnclear):
        await people.is_in(TRIAGE, ADA)
    assert count(slack, "conversations.members") == len(pages)


async def test_leaving_a_group_takes_the_right(
    slack: Slack, clock: Clock, authorizer: Authorizing
) -> None:
    door = authorizer(groups=(SALES,))
    slack.workspace.add_group(Group(SALES, "sales", (ADA, BEN)))
    await door.authorize(pressed(BEN), LOOK)
    slack.workspace.add_group(Group(SALES, "sales", (ADA,)))
    clock.now += RIGHTS_KEPT_SECONDS - 1
    await door.authorize(pressed(BEN), LOOK)
    assert count(slack, "usergroups.users.list") == 1
    clock.now += 1
    with pytest.raises(NotAllowed, match=r"Only the triage members can do this\. Ask Ada\."):
        await door.authorize(pressed(BEN), LOOK)
    assert count(slack, "usergroups.users.list") == 2


async def test_a_listed_person_is_let_in_unasked(slack: Slack, authorizer: Authorizing) -> None:
    await authorizer(ADA, groups=(SALES,)).authorize(pressed(ADA), LOOK)
    await authorizer(ADA).authorize(typed(GENERAL, ADA), ListInbox())
    assert slack.calls == []


@pytest.mark.parametrize("guest", ["one channel", "channels"])
async def test_guests_need_to_be_named(slack: Slack, authorizer: Authorizing, guest: str) -> None:
    space = slack.workspace
    gus = space.add_user(User("U0GUS", "gus", "Gus", "Gus", guest=guest), TRIAGE)  # type: ignore[arg-type]
    faye = space.add_user(User("U0FAYE", "faye", "Faye", "Faye", team="T0PARTNER"), TRIAGE)
    space.add_group(Group(SALES, "sales", (gus.id, faye.id)))
    for user, sentence in ((gus, GUEST), (faye, FOREIGNER)):
        somebody = UserId(user.id)
        with pytest.raises(NotAllowed) as refused:
            await authorizer().authorize(pressed(somebody), LOOK)
        assert str(refused.value) == sentence
        await authorizer(groups=(SALES,)).authorize(pressed(somebody), LOOK)
        await authorizer(somebody).authorize(pressed(somebody), LOOK)


async def test_at_most_three_who_are_there_are_named(slack: Slack, authorizer: Authorizing) -> None:
    space = slack.workspace
    space.add_user(replace(space.user(BEN), deleted=True))
    space.add_group(Group(SALES, "sales", (ADA, BEN, CHLOE, "U0DEV", "U0TRIAGE")))
    space.add_user(User("U0EVE", "eve", "Eve", "Eve"), TRIAGE)
    with pytest.raises(NotAllowed, match=r"Ask Ada or Chloé\.$"):
        await authorizer(groups=(SALES,)).authorize(pressed(EVE), LOOK)
    with pytest.raises(NotAllowed, match=r"Ask Dev Raman or Ada\.$"):
        await authorizer(GONE, UserId("U0DEV"), groups=(SALES,)).authorize(pressed(EVE), LOOK)
    with pytest.raises(NotAllowed, match="Ask the person who runs this bot to add you"):
        await authorizer(GONE).authorize(pressed(EVE), LOOK)


async def test_one_group_with_a_person_is_enough(slack: Slack, authorizer: Authorizing) -> None:
    slack.workspace.add_group(Group(EMEA, "emea", (ADA,)))
    door = authorizer(groups=(SALES, EMEA))
    await door.authorize(pressed(ADA), LOOK)
    with pytest.raises(NotAllowed, match=r"no_such_subteam.*check the user groups"):
        await door.authorize(pressed(BEN), LOOK)


async def test_an_unanswered_group_is_waited_for(slack: Slack, authorizer: Authorizing) -> None:
    slack.faults.status("usergroups.users.list", status=503)
    with pytest.raises(PermissionUnknown):
        await authorizer(groups=(SALES, EMEA)).authorize(pressed(BEN), LOOK)


@pytest.mark.parametrize(
    ("method", "groups"),
    [("users.info", ()), ("auth.test", ()), ("usergroups.users.list", (SALES,))],
)
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("user_not_visible", NotAllowed),
        ("missing_scope", PermissionUnknown),
        ("fatal_error", PermissionUnknown),
    ],
)
async def test_a_person_waits_while_slack_does_not_say_who_they_are(
    slack: Slack,
    authorizer: Authorizing,
    method: str,
    groups: tuple[GroupId, ...],
    error: str,
    kind: type[Exception],
) -> None:
    slack.workspace.add_group(Group(SALES, "sales", (ADA,)))
    door = authorizer(groups=groups)
    slack.faults.error(method, error=error)
    with pytest.raises(kind):
        await door.authorize(pressed(ADA), LOOK)
    await door.authorize(pressed(ADA), LOOK)


@pytest.mark.parametrize(
    ("scope", "groups", "channel"),
    [
        ("users:read", (), TRIAGE),
        ("usergroups:read", (SALES,), TRIAGE),
        ("channels:read", (), GENERAL),
    ],
)
async def test_a_missing_scope_is_named(
    channels: Channels, clock: Clock, scope: str, groups: tuple[GroupId, ...], channel: ChannelId
) -> None:
    async with (
        Slack(scopes=SCOPES - {scope}) as slack,
        asked(slack.api_url, slack.bot_token, clock) as people,
    ):
        door = Authorizer(
            members=Members((), groups), people=people, channels=channels, triage_channel=TRIAGE
        )
        with pytest.raises(PermissionUnknown, match=rf"\(missing_scope: {scope}\)"):
            await door.authorize(typed(channel, ADA), Subscribe(Filters()))


@pytest.mark.parametrize("door", get_args(Door))
async def test_forms_work_where_replies_are_announced(authorizer: Authorizing, door: Door) -> None:
    needs_channel = door in ("command", "mention", "message", "shortcut")
    refused = pytest.raises(WrongChannel) if needs_channel else nullcontext()
    with refused:
        await authorizer().authorize(replace(typed(GENERAL, ADA), door=door), LOOK)
    await authorizer().authorize(replace(typed(TRIAGE, ADA), door=door), LOOK)


async def test_a_first_subscription_needs_the_triage_channel(
    slack: Slack, authorizer: Authorizing
) -> None:
    slack.workspace.add_user(User("U0EVE", "eve", "Eve", "Eve"), GENERAL)
    door, asking = authorizer(), Subscribe(Filters())
    await door.authorize(typed(GENERAL, ADA), asking)
    with pytest.raises(NotAllowed, match=r"^Only people in the triage channel can subscribe"):
        await door.authorize(typed(GENERAL, EVE), asking)
    slack.faults.status("conversations.members", status=503)
    with pytest.raises(PermissionUnknown):
        await door.authorize(typed(GENERAL, ADA), asking)


@pytest.mark.parametrize("own", ["T0OTHER", "T0SISTER"])
async def test_workspaces_of_one_organisation(channels: Channels, clock: Clock, own: str) -> None:
    theirs = {"team_id": "T0OWN", "enterprise_user": {"teams": ["T0OWN", "T0SISTER"]}}
    body = json.dumps({"ok": True, "team_id": own, "user": {**PLAIN, **theirs}})
    async with answering(body) as url, asked(url, "xoxb-x", clock) as people:
        door = Authorizer(
            members=Members(), people=people, channels=channels, triage_channel=TRIAGE
        )
        refused = nullcontext() if own == "T0SISTER" else pytest.raises(NotAllowed, match=FOREIGNER)
        with refused:
            await door.authorize(pressed(ADA), LOOK)


PAGE_WITHOUT_END = '{"ok": true, "members": [], "response_metadata": {"next_cursor": 7}}'


@pytest.mark.parametrize(
    ("method", "groups", "body"),
    [
        ("users.info", (), '{"ok": true}'),
        ("users.info", (), '{"ok": true, "user": {"id": "U0BEN", "team_id": "T0"}}'),
        ("auth.test", (), '{"ok": true}'),
        ("auth.test", (), '{"ok": true, "team_id": ["T0"]}'),
        ("auth.test", (), '{"ok": true, "team_id": "T0", "enterprise_id": {}}'),
        *(
            (method, groups, f'{{"ok": true{said}}}')
            for method, groups, name in (
                ("usergroups.users.list", (SALES,), "users"),
                ("conversations.members", (), "members"),
            )
            for said in ("", f', "{name}": "U0ADA"', f', "{name}": ["U0BEN", 7]')
        ),
        ("conversations.members", (), PAGE_WITHOUT_END),
        ("conversations.members", (), '{"ok": true, "members": [], "response_metadata": []}'),
    ],
)
async def test_an_answer_that_does_not_say_what_was_asked_decides_nothing(
    slack: Slack,
    people: People,
    authorizer: Authorizing,
    method: str,
    groups: tuple[GroupId, ...],
    body: str,
) -> None:
    slack.workspace.add_group(Group(SALES, "sales", (ADA,)))
    door, asking = authorizer(groups=groups), Subscribe(Filters())
    where = typed(GENERAL if method == "conversations.members" else TRIAGE, ADA)
    slack.faults.add(method, Fault(text=body))
    with pytest.raises(PermissionUnknown, match="Slack’s answer was not understood"):
        await door.authorize(where, asking)
    await door.authorize(where, asking)
    assert await people.name(person(ADA)) == "Ada"


@pytest.mark.parametrize("seconds", [1, 30])
async def test_a_wait_for_slacks_rate_is_left_to_the_journal(
    slack: Slack, people: People, clock: Clock, seconds: int
) -> None:
    slack.faults.ratelimit("users.info", seconds=seconds)
    for _ in range(2):
        with pytest.raises(SlackBusy) as busy:
            await people.profile(ADA)
        assert busy.value.at == clock.now + seconds
    assert count(slack, "users.info") == 1
    clock.now += seconds
    assert (await people.profile(ADA)).name == "Ada"


async def test_a_refusal_of_slacks_is_kept_by_its_code(slack: Slack, people: People) -> None:
    with pytest.raises(SlackRefused) as refused:
        await people.group(SALES)
    assert refused.value.error == "no_such_subteam"
