"""People's gestures besides buttons, the events that the app gets, and Slack's refusals."""

from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.playground.controls import Controls
from bot.playground.people import SCOPES
from bot.playground.sample_data import CAST
from bot.playground.sendkit import SendKit
from bot.playground.slack import Slack
from bot.playground.workspace import Group, Json, User
from tests.playground.surroundings import App, connected, options, plain, refusal

ROOM = "C0TRIAGE"


def menu(kind: str, **more: Any) -> Json:
    return {"type": kind, "action_id": "menu", "placeholder": plain("Choose"), **more}


def acting(element: Json) -> Json:
    return {"type": "actions", "block_id": "acts", "elements": [element]}


async def test_reactions_are_counted_on_the_message(app: App) -> None:
    said = app.slack.say("#triage", "Done", user="ben")
    await app.client.reactions_add(channel=ROOM, timestamp=said.ts, name="eyes")
    app.slack.react(said, "eyes", user="ada")
    (shown,) = (await app.client.conversations_history(channel=ROOM))["messages"]
    assert shown["reactions"] == [{"name": "eyes", "users": ["U0TRIAGE", "U0ADA"], "count": 2}]
    await app.client.reactions_remove(channel=ROOM, timestamp=said.ts, name="eyes")
    told = await app.client.reactions_get(channel=ROOM, timestamp=said.ts)
    assert told["message"]["reactions"][0]["users"] == ["U0ADA"]
    link = await app.client.chat_getPermalink(channel=ROOM, message_ts=said.ts)
    assert told["message"]["permalink"] == link["permalink"]
    event = (await app.until("reaction_added"))["event"]
    assert event["item"] == {"type": "message", "channel": ROOM, "ts": said.ts}
    assert (event["item_user"], event["user"], event["reaction"]) == ("U0BEN", "U0ADA", "eyes")


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"name": "No Emoji"}, "invalid_name"),
        ({"channel": "C0NOWHERE"}, "channel_not_found"),
        ({"timestamp": "yesterday"}, "bad_timestamp"),
        ({"timestamp": "1.5"}, "bad_timestamp"),
        ({"timestamp": "1700000000.000001"}, "message_not_found"),
        ({"timestamp": ""}, "no_item_specified"),
        ({"name": "eyes"}, "already_reacted"),
    ],
)
async def test_a_reaction_is_refused_by_name(app: App, more: Json, error: str) -> None:
    said = app.slack.say("#triage", "Done")
    await app.client.reactions_add(channel=ROOM, timestamp=said.ts, name="eyes")
    asked = {"channel": ROOM, "timestamp": said.ts, "name": "tada"} | more
    assert await refusal(app.client.api_call("reactions.add", params=asked)) == error


async def test_a_reaction_that_is_not_there_cannot_be_taken_away(app: App) -> None:
    said = app.slack.say("#triage", "Done")
    call = app.client.reactions_remove(channel=ROOM, timestamp=said.ts, name="eyes")
    assert await refusal(call) == "no_reaction"
    with pytest.raises(ValueError, match="no_reaction"):
        app.slack.unreact(said, "eyes")


async def test_everybody_is_listed_in_pages(app: App) -> None:
    first = await app.client.users_list(limit=4)
    after = first["response_metadata"]["next_cursor"]
    second = await app.client.users_list(limit=4, cursor=after)
    names = [each["name"] for each in [*first["members"], *second["members"]]]
    assert names == ["ada", "ben", "chloe", "dev", "triage", "slackbot"]
    assert second["response_metadata"]["next_cursor"] == ""
    assert {"id", "team_id", "profile", "tz", "is_bot", "has_2fa"} <= first["members"][0].keys()


GUS = User("U0GUS", "gus", "Gus Guest", "Gus", guest="channels")
FAYE = User("U0FAYE", "faye", "Faye Foreign", "Faye", team="T0PARTNER")


async def test_guests_and_foreigners_are_told_apart(app: App) -> None:
    space = app.slack.workspace
    for user in (GUS, replace(GUS, id="U0ONE", guest="one channel"), FAYE):
        space.add_user(user, "#triage")
    gus, one, faye, ada = [
        (await app.client.users_info(user=user))["user"]
        for user in ("U0GUS", "U0ONE", "U0FAYE", "U0ADA")
    ]
    assert [each["is_restricted"] for each in (gus, one, faye, ada)] == [True, True, False, False]
    assert [each["is_ultra_restricted"] for each in (gus, one)] == [False, True]
    assert (faye["team_id"], faye["is_stranger"]) == ("T0PARTNER", False)
    assert "is_admin" not in faye
    assert (ada["team_id"], "is_stranger" in ada) == ("T0PLAYGRND", False)


async def test_a_stranger_shares_no_channel_with_the_bot(app: App) -> None:
    app.slack.workspace.add_user(FAYE, "#random")
    assert (await app.client.users_info(user="U0FAYE"))["user"]["is_stranger"] is True


async def test_a_foreigner_makes_a_channel_a_shared_one(app: App) -> None:
    before = (await app.client.conversations_info(channel=ROOM))["channel"]
    assert (before["is_ext_shared"], before["shared_team_ids"]) == (False, ["T0PLAYGRND"])
    app.slack.workspace.add_user(FAYE, "#triage")
    after = (await app.client.conversations_info(channel=ROOM))["channel"]
    assert (after["is_shared"], after["is_ext_shared"]) == (True, True)
    assert after["shared_team_ids"] == ["T0PLAYGRND", "T0PARTNER"]


async def test_a_payload_names_the_team_of_an_external_person(app: App) -> None:
    app.slack.workspace.add_user(FAYE, "#triage")
    message = await app.post(acting({"type": "button", "text": plain("Go"), "action_id": "go"}))
    assert (await app.slack.click(message, "Go", user=FAYE)).ok
    assert app.seen[-1]["user"]["team_id"] == "T0PARTNER"
    assert app.seen[-1]["team"]["id"] == "T0PLAYGRND"
    app.slack.say("#triage", "Hello", user=FAYE)
    envelope = await app.until("message")
    assert envelope["is_ext_shared_channel"] is True
    assert envelope["event"]["team"] == "T0PARTNER"
    with pytest.raises(LookupError, match="faye’s workspace does not have the command /sendkit"):
        await app.slack.command("/sendkit", "inbox", channel="#triage", user=FAYE)


async def test_a_user_group_has_members(app: App) -> None:
    app.slack.workspace.add_group(Group("S0SALES", "sales", ("U0ADA", "U0BEN")))
    answer = await app.client.usergroups_users_list(usergroup="S0SALES")
    assert answer["users"] == ["U0ADA", "U0BEN"]
    assert await refusal(app.client.usergroups_users_list(usergroup="S0GONE")) == "no_such_subteam"


@pytest.mark.parametrize(
    ("scope", "method", "asked"),
    [
        ("usergroups:read", "usergroups.users.list", {"usergroup": "S0SALES"}),
        ("users:read", "users.info", {"user": "U0ADA"}),
        ("channels:read", "conversations.members", {"channel": ROOM}),
        ("groups:read", "conversations.members", {"channel": "C0DEALS"}),
    ],
)
async def test_a_call_without_its_scope_is_refused(scope: str, method: str, asked: Json) -> None:
    async with Slack(scopes=SCOPES - {scope}) as slack, connected(slack) as app:
        with pytest.raises(SlackApiError) as caught:
            await app.client.api_call(method, http_verb="GET", params=asked)
    answer = caught.value.response
    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)


@pytest.mark.parametrize(
    ("attachments", "error"),
    [
        ("no JSON", "invalid_attachments"),
        ({"text": "x"}, "invalid_attachments"),
        (["x"], "invalid_attachments"),
        ([{"text": "x"}] * 101, "too_many_attachments"),
        ([{"blocks": [{"type": "header"}]}], "invalid_attachments"),
        ([], "no_text"),
        ([{"color": "good"}], "no_text"),
    ],
)
async def test_attachments_are_refused_by_name(app: App, attachments: Any, error: str) -> None:
    asked = {"channel": ROOM, "attachments": attachments}
    assert await refusal(app.client.api_call("chat.postMessage", json=asked)) == error


async def test_attachments_are_kept_as_slack_writes_them(app: App) -> None:
    given = [{"color": "#36a64f", "text": "One"}, {"color": "good", "title": "Two"}]
    post = await app.client.chat_postMessage(channel=ROOM, text="Two", attachments=given)
    one, two = post["message"]["attachments"]
    assert one == {"id": 1, "color": "36a64f", "text": "One", "fallback": "One"}
    assert (two["id"], two["color"]) == (2, "2eb886")
    edit = await app.client.chat_update(channel=ROOM, ts=post["ts"], text="New")
    assert len(edit["message"]["attachments"]) == 2
    edit = await app.client.chat_update(channel=ROOM, ts=post["ts"], text="New", attachments=[])
    assert "attachments" not in edit["message"]


@pytest.mark.parametrize(
    ("element", "given", "field", "value"),
    [
        (menu("users_select"), "ben", "selected_user", "U0BEN"),
        (menu("multi_users_select"), ["ben"], "selected_users", ["U0BEN"]),
        (menu("channels_select"), "#general", "selected_channel", "C0GENERAL"),
        (menu("multi_channels_select"), ["general"], "selected_channels", ["C0GENERAL"]),
        (menu("conversations_select"), "deals", "selected_conversation", "C0DEALS"),
        (menu("conversations_select", filter={"include": ["private"]}), "deals",
         "selected_conversation", "C0DEALS"),
        (menu("datepicker"), "2026-11-23", "selected_date", "2026-11-23"),
        (menu("timepicker"), "09:30", "selected_time", "09:30"),
        ({"type": "datetimepicker", "action_id": "menu"}, 1764000000, "selected_date_time", None),
        (menu("static_select", options=options("Red")), "Red", "selected_option", None),
        (menu("multi_static_select", options=options("A", "B")), ["B"], "selected_options", None),
    ],
)  # fmt: skip
async def test_a_choice_arrives_as_what_it_stands_for(
    app: App, element: Json, given: Any, field: str, value: Any
) -> None:
    message = await app.post(acting(element))
    assert (await app.slack.pick(message, "menu", given)).ok
    (action,) = app.seen[-1]["actions"]
    assert action[field] == value if value else action[field]
    state = app.seen[-1]["state"]["values"]["acts"]["menu"]
    assert state == {"type": element["type"], field: action[field]}


@pytest.mark.parametrize(
    ("element", "given"),
    [
        (menu("users_select"), "nobody"),
        (menu("channels_select"), "#deals"),
        (menu("conversations_select", filter={"include": ["public"]}), "#deals"),
        (menu("multi_conversations_select", filter={"include": ["im"]}), ["#general"]),
        (menu("datepicker"), "tomorrow"),
        (menu("timepicker"), "25:00"),
        (menu("multi_users_select", max_selected_items=1), ["ada", "ben"]),
        (menu("static_select", options=options("Red")), "Blue"),
        (menu("external_select"), "Never offered"),
    ],
)
async def test_only_options_of_a_menu_can_be_chosen(app: App, element: Json, given: Any) -> None:
    message = await app.post(acting(element))
    with pytest.raises(ValueError, match=r"\w"):
        await app.slack.pick(message, "menu", given)
    assert app.seen == []


async def test_a_container_holds_what_people_work_with(app: App) -> None:
    parts = [acting({"type": "button", "text": plain("Go"), "action_id": "go"})]
    parts.append(acting(menu("users_select")) | {"block_id": "who"})
    message = await app.post({"type": "container", "title": plain("x"), "child_blocks": parts})
    await app.slack.pick(message, "menu", "ben")
    await app.slack.click(message, "Go", block="acts")
    (action,) = app.seen[-1]["actions"]
    assert (action["block_id"], action["action_id"]) == ("acts", "go")
    assert app.seen[-1]["state"]["values"]["who"]["menu"]["selected_user"] == "U0BEN"


async def test_ticking_a_box_twice_unticks_it(app: App) -> None:
    boxes = {"type": "checkboxes", "action_id": "menu", "options": options("A", "B")}
    message = await app.post(acting(boxes))
    for label, ticked in (("A", ["a"]), ("B", ["a", "b"]), ("A", ["b"])):
        await app.slack.choose(message, label)
        found = app.seen[-1]["actions"][0]["selected_options"]
        assert [each["value"] for each in found] == ticked


async def test_an_app_hears_only_of_what_it_subscribes_to() -> None:
    events = frozenset({"app_mention"})
    async with Slack(events=events) as slack, connected(slack) as app:
        slack.say("#random", "Hey <@U0TRIAGE>, you are not here.")
        slack.say("#triage", "Nobody in particular.")
        slack.react(slack.say("#triage", "Hey <@U0TRIAGE>!"), "eyes")
        slack.open_home()
        await app.until("app_mention")
        last = await slack.event({"type": "app_mention", "text": "the last"})
    assert last.ok
    assert [each["event"]["text"] for each in app.seen] == ["Hey <@U0TRIAGE>!", "the last"]


async def test_ephemeral_messages_take_no_reactions(app: App) -> None:
    await app.client.chat_postEphemeral(channel=ROOM, user="U0ADA", text="psst")
    (told,) = app.slack.ephemerals("#triage", "ada")
    with pytest.raises(ValueError, match="message_not_found"):
        app.slack.react(told, "eyes")


async def test_the_page_lists_the_addresses_that_must_not_be_contacted(
    slack: Slack, server: SendKit
) -> None:
    controls = Controls(slack, server, iter(()))
    assert controls.shown()["do_not_contact"] == []
    server.inbox.bar([server.reply(each.lead, "Stop.").id for each in CAST[:2]])
    assert controls.shown()["do_not_contact"] == [each.lead.email for each in CAST[:2]]
