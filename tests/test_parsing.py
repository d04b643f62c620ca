"""Whatever SendKit leaves out, renames or changes, it is our words or a declared error."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import AnswerUnclear
from bot.sendkit import parsing
from bot.sendkit.mail.text import WHOLE_LIMIT
from bot.sendkit.parsing import ListPage, Patched
from bot.triage import AiTag, Conversation, ConversationId, Lead, Mail, Turn
from tests.strategies import calm, json_values

Json = dict[str, Any]

JANE = "664a1b2c3d4e5f6a7b8c9d0e"
AT = "2024-06-01T14:30:00.000Z"
LEAD = {
    "_id": "664a1b2c3d4e5f6a7b8c9d01",
    "email": "jane@example.com",
    "firstName": "Jane",
    "lastName": "Doe",
    "companyName": "Acme Inc",
}
LAST = {"content": "Thanks!", "from": "jane@example.com", "receivedAt": AT, "isFromLead": True}
SENT = {"type": "sent", "subject": "Q", "body": "<p>Hi Jane</p>", "sentAt": AT, "sequenceStep": 1}
REPLY = {
    "type": "reply",
    "from": "jane@example.com",
    "content": "Thanks!",
    "htmlContent": "<p>Thanks!</p>",
    "receivedAt": AT,
    "isFromLead": True,
    "isAutoReply": False,
    "read": True,
}
ITEM = {
    "id": JANE,
    "lead": LEAD,
    "campaign": {"_id": "664a1b2c3d4e5f6a7b8c9d02", "name": "Q1 Outreach"},
    "status": "active",
    "aiTag": "interested",
    "tags": ["vip"],
    "repliedAt": AT,
    "lastMessage": LAST,
    "isRead": False,
    "unreadCount": 1,
    "messageCount": 4,
}
KNOWN = Conversation(
    id=ConversationId(JANE),
    lead=Lead("jane@example.com", "Jane Doe", "Acme Inc"),
    campaign="Q1 Outreach",
    ai_tag=AiTag("interested"),
    tags=("vip",),
    unread=True,
    words="Thanks!",
    replied_at=AT,
)
GONE = object()


def success(data: object) -> Json:
    return {"success": True, "data": data}


def item(**fields: Any) -> Json:
    """The documented item with other fields; GONE leaves one out."""
    return {name: value for name, value in (ITEM | fields).items() if value is not GONE}


@pytest.mark.parametrize(
    "body",
    [
        ITEM,
        {"success": True, "data": ITEM},
        item(lead={**LEAD, "jobTitle": "VP"}, future={"field": [1, 2]}),
    ],
    ids=["a list's item", "in an envelope", "with more than is known"],
)
def test_the_documented_conversation_is_read(body: Json) -> None:
    assert parsing.conversation(body) == KNOWN


def test_the_documented_conversation_is_read_with_its_messages() -> None:
    body = success({**ITEM, "messages": [SENT, REPLY], "scheduledReplies": []})
    assert parsing.conversation(body) == replace(KNOWN, turn=Turn(True, 1717252200.0))


# What is different from the documented item, and what is different about the conversation then.
READ: list[tuple[str, Json, str, Any]] = [
    ("an _id", {"id": GONE, "_id": JANE}, "id", JANE),
    ("a conversationId", {"id": "", "conversationId": JANE}, "id", JANE),
    ("a number as its id", {"id": 42}, "id", "42"),
    ("no lead", {"lead": GONE}, "lead", Lead("jane@example.com")),
    ("a lead that is null", {"lead": None}, "lead", Lead("jane@example.com")),
    ("a lead that is an id", {"lead": JANE}, "lead", Lead("jane@example.com")),
    ("one name", {"lead": {"email": "j@x.y", "lastName": "Doe"}}, "lead", Lead("j@x.y", "Doe")),
    ("a name", {"lead": {"email": "j@x.y", "name": "Jane"}}, "lead", Lead("j@x.y", "Jane")),
    ("a fullName", {"lead": {"email": "j@x.y", "fullName": "J"}}, "lead", Lead("j@x.y", "J")),
    ("a company", {"lead": {"email": "j@x.y", "company": "A"}}, "lead", Lead("j@x.y", "", "A")),
    (
        "names over two lines",
        {"lead": {"email": " j@x.y\n", "firstName": "Jane\r\n", "lastName": "\u202eDoe\x00"}},
        "lead",
        Lead("j@x.y", "Jane Doe"),
    ),
    ("names of wrong types", {"lead": {"firstName": ["J"], "lastName": True}, "lastMessage": 1},
     "lead", Lead("")),
    ("no campaign", {"campaign": GONE}, "campaign", ""),
    ("a campaign's title", {"campaign": {"title": "Q2"}}, "campaign", "Q2"),
    ("a campaignName", {"campaign": JANE, "campaignName": "Q3"}, "campaign", "Q3"),
    ("no aiTag", {"aiTag": GONE}, "ai_tag", None),
    ("an aiTag that is null", {"aiTag": None}, "ai_tag", None),
    ("an aiTag that is empty", {"aiTag": "  "}, "ai_tag", None),
    ("an aiTag that is an object", {"aiTag": {"name": "hot", "color": "#fff"}}, "ai_tag", "hot"),
    ("an aiTag that is a tag", {"aiTag": {"tag": "hot"}}, "ai_tag", "hot"),
    ("an aiTag that is a list", {"aiTag": ["hot"]}, "ai_tag", None),
    ("no tags", {"tags": GONE}, "tags", ()),
    ("tags that are null", {"tags": None}, "tags", ()),
    ("tags that are a string", {"tags": "vip"}, "tags", ()),
    ("tags of all types", {"tags": ["a", {"name": "b"}, None, 3, "", {}, "a"]}, "tags",
     ("a", "b", "3")),
    ("isRead", {"isRead": True}, "unread", False),
    ("isRead before the count", {"isRead": True, "unreadCount": 2}, "unread", False),
    ("only a count", {"isRead": GONE}, "unread", True),
    ("a count of none", {"isRead": None, "unreadCount": 0}, "unread", False),
    (
        "only read in the last message",
        {"isRead": GONE, "unreadCount": GONE, "lastMessage": {**LAST, "read": False}},
        "unread",
        True,
    ),
    ("no word on reading", {"isRead": "no", "unreadCount": "1"}, "unread", False),
    ("no repliedAt", {"repliedAt": GONE}, "replied_at", AT),
    ("a lastReplyAt", {"repliedAt": None, "lastReplyAt": "then"}, "replied_at", "then"),
    ("sentAt", {"repliedAt": GONE, "lastMessage": {"sentAt": "then"}}, "replied_at", "then"),
    ("no time", {"repliedAt": GONE, "lastMessage": GONE}, "replied_at", ""),
    ("an automatic reply", {"messages": [REPLY | {"isAutoReply": True}]}, "auto_reply", True),
    ("a doubtful automatic reply", {"messages": [REPLY | {"isAutoReply": "x"}]}, "auto_reply",
     False),
    ("no last message", {"lastMessage": GONE}, "words", ""),
    ("a last message that is text", {"lastMessage": "Hi"}, "words", ""),
    ("text", {"lastMessage": {"text": "A"}}, "words", "A"),
    ("a body", {"lastMessage": {"body": "<p>A</p>"}}, "words", "A"),
    ("a message", {"lastMessage": {"message": "A"}}, "words", "A"),
    ("HTML as content", {"lastMessage": {"content": "<div>A<br>B</div>"}}, "words", "A\nB"),
    ("only HTML", {"lastMessage": {"content": "", "htmlContent": "<b>A</b>"}}, "words", "A"),
    ("only html", {"lastMessage": {"html": "<b>A</b>"}}, "words", "A"),
    ("quoted history", {"lastMessage": {"content": "A\n\nOn Mon, S wrote:\n> B"}}, "words", "A"),
    ("no messages", {"messages": []}, "words", "Thanks!"),
    ("messages that are none", {"messages": {"a": 1}}, "words", "Thanks!"),
    ("messages of ours only", {"messages": [SENT, None, "x"]}, "words", "Thanks!"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "name", "value"), [row[1:] for row in READ], ids=[row[0] for row in READ]
)
def test_a_conversation_is_read_with(fields: Json, name: str, value: Any) -> None:
    assert getattr(parsing.conversation(item(**fields)), name) == value


def said(content: str, **fields: Any) -> Json:
    return {"content": content, "type": "reply", **fields}


EARLY, LATE = "2024-06-01T08:00:00Z", "2024-06-01T09:00:00+00:00"


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([said("a", receivedAt=EARLY), said("b", receivedAt=LATE)], "b"),
        ([said("b", receivedAt=LATE), said("a", receivedAt=EARLY)], "b"),
        ([said("b", receivedAt="2024-06-01T10:00:00+05:00"), said("a", receivedAt=EARLY)], "a"),
        ([said("a", sentAt=EARLY), said("b", sentAt=LATE)], "b"),
        ([said("a"), said("b")], "b"),
        ([said("a", receivedAt="yesterday"), said("b", receivedAt=1717230000)], "b"),
        ([said("a", receivedAt=EARLY), said("b")], "a"),
        ([said("a"), SENT], "a"),
        ([said("a"), said("b", isFromLead=False)], "a"),
        ([SENT | {"isFromLead": True, "body": "a"}], "a"),
        ([said("a"), said("b", isFromLead="no")], "b"),
        ([said("a", type="manual", isFromLead=True), said("b", type="manual")], "a"),
    ],
)
def test_the_words_are_the_newest_of_the_lead(messages: list[Json], words: str) -> None:
    assert parsing.conversation(item(messages=messages)).words == words


@pytest.mark.parametrize(
    ("sender", "email"),
    [
        ("jane@example.com", "jane@example.com"),
        ("Jane Doe <jane@example.com>", "jane@example.com"),
        ('"Doe, Jane" <jane@example.com>', "jane@example.com"),
        ("Doe, Jane <jane@example.com>", "jane@example.com"),
        ("mailto:jane@example.com", "jane@example.com"),
        ("Jane Doe", ""),
        ("(" * 50_000, ""),
        ("@" * 50_000, ""),
        ({"email": "jane@example.com"}, "jane@example.com"),
        (["jane@example.com"], ""),
        (None, ""),
    ],
    ids=lambda part: str(part)[:30],
)
def test_a_lead_without_an_address_has_the_senders(sender: object, email: str) -> None:
    assert parsing.conversation({"id": "c1", "lastMessage": {"from": sender}}).lead.email == email


@pytest.mark.parametrize(
    ("fields", "writer"),
    [
        ({"from": "jane@example.com"}, ""),
        ({"from": "JANE@Example.com"}, ""),
        ({"from": "Jane D. <jane@example.com>"}, ""),
        ({"from": "bob@buyer.example"}, "bob@buyer.example"),
        ({"from": '"Buyer, Bob" <bob@buyer.example>'}, "Buyer, Bob <bob@buyer.example>"),
        ({"from": "bob@buyer.example", "fromName": "Bob"}, "Bob <bob@buyer.example>"),
        ({"from": {"name": "Bob", "email": "b@buyer.example"}}, "Bob <b@buyer.example>"),
        ({"from": "Bob\n\u202eB. <b@buyer.example>"}, "Bob B. <b@buyer.example>"),
        ({"from": "Bob"}, ""),
        ({"from": None}, ""),
    ],
)
def test_a_writer_is_named_where_it_is_not_the_lead(fields: Json, writer: str) -> None:
    assert parsing.conversation(item(messages=[REPLY | fields])).writer == writer
    assert parsing.conversation(item(lastMessage=LAST | fields)).writer == "", (
        "lists are not reliable"
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"subject": "Re: Q … yes, call me at 5"}, ""),
        ({"subject": "Re: Q", "content": "Yes."}, "Yes."),
        ({"content": "Yes.", "attachments": [{"filename": "a.pdf"}, {"name": "b"}, "c.png", {}, 1]},
         "Yes.\n\nAttached: a.pdf, b, c.png, file, 1"),
        ({"attachments": [{"fileName": "a.pdf"}]}, "Attached: a.pdf"),
        ({"subject": "S", "attachments": [{"filename": "a.pdf"}]}, "Attached: a.pdf"),
        ({"attachments": []}, ""),
        ({"attachments": "a.pdf"}, ""),
    ],
)  # fmt: skip
def test_a_mail_has_its_subject_and_its_attachments(fields: Json, words: str) -> None:
    message = {"type": "reply", "content": "", **fields}
    found = parsing.conversation(item(messages=[message]))
    assert (found.words, found.subject) == (words, fields.get("subject", ""))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"content": "Yes.\n\n\n> What we wrote\nAda"}, "Yes.\n\n> What we wrote\nAda"),
        ({"htmlContent": "<p>Yes.</p><blockquote>Ours</blockquote>"}, "Yes.\n\n> Ours"),
        ({"content": "Yes.", "attachments": [{"filename": "a.pdf"}]}, "Yes.\n\nAttached: a.pdf"),
        ({"attachments": [{"filename": "a.pdf"}]}, "Attached: a.pdf"),
        ({}, ""),
    ],
)
def test_the_whole_email_has_its_history_and_its_attachments(fields: Json, text: str) -> None:
    message = {"type": "reply", "content": "", **fields}
    assert parsing.email({"success": True, "data": item(messages=[message])}) == text


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mx.example", "Mail <postmaster@x.example>"])
def test_a_message_from_a_mail_server_is_an_automatic_reply(sender: str) -> None:
    assert parsing.conversation(item(messages=[REPLY | {"from": sender}])).auto_reply


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ("Hi Jane,\n\nWe build bots. Shall we talk on Tuesday? Ada", "Shall we talk on Tuesday?"),
        ("<p>Any news?</p><p>Would\nMay suit you better?</p><p>Ada</p>",
         "Would May suit you better?"),
        ("Hi Jane,\nhere is the offer that I promised.\nAda",
         "here is the offer that I promised."),
        ("Hi,\n> Is this ours?\nYes", ""),
        ("Hi", ""),
        ("x" * 500 + "?", "x" * 199 + "…"),
    ],
)  # fmt: skip
def test_the_question_of_our_last_mail_is_kept(body: str, asked: str) -> None:
    sent = {"type": "sent", "body": body, "sentAt": "2024-06-01T10:00:00.000Z"}
    later = {"type": "sent", "body": "Was it us who asked?", "sentAt": "2024-06-09T10:00:00.000Z"}
    assert parsing.conversation(item(messages=[sent, REPLY, later])).asked == asked


def test_words_that_repeat_our_newest_mails_are_left_out() -> None:
    sent = [
        {"type": "sent", "body": f"<p>May I show you offer {each} of many?</p>"} for each in "ab"
    ]
    reply = {"type": "reply", "content": "Yes.\n\nTim 4/2:\n\nMay I show you\noffer b of many?"}
    assert parsing.conversation(item(messages=[*sent, reply])).words == "Yes."


def test_words_are_worked_out_when_they_are_first_read_and_once() -> None:
    class Content(dict[str, Any]):
        asked = 0

        def get(self, name: str, default: Any = None) -> Any:
            self.asked += name == "content"
            return super().get(name, default)

    message = Content({"content": "Yes.", "type": "reply"})
    conversation = parsing.conversation(item(messages=[message]))
    assert message.asked == 0
    assert conversation.words == "Yes."
    assert conversation.words == "Yes."
    assert message.asked == 1


def test_the_mails_of_a_conversation_come_oldest_first_with_sender_time_and_files() -> None:
    sent = {"type": "sent", "subject": "Q", "body": "<p>Hi Jane,</p>", "sentAt": AT}
    reply = REPLY | {
        "from": "Jane Doe <jane@example.com>",
        "subject": " Re:\nQ ",
        "content": "Yes.\n\nOn Monday Ada wrote:\n> Hi Jane,",
        "receivedAt": "2024-06-01T14:31:00.000Z",
        "attachments": [{"filename": "offer.pdf"}, "b.txt"],
    }
    ours, theirs = parsing.mails({"success": True, "data": item(messages=[reply, sent])})
    assert ours == Mail(True, "", 1717252200.0, "Q", "Hi Jane,", "Hi Jane,")
    assert theirs == Mail(
        ours=False,
        sender="Jane Doe <jane@example.com>",
        at=1717252260.0,
        subject="Re: Q",
        words="Yes.",
        whole="Yes.\n\nOn Monday Ada wrote:\n> Hi Jane,",
        attachments=("offer.pdf", "b.txt"),
    )


def test_a_mail_without_a_time_stays_where_it_stands() -> None:
    stamps = ["", "2024-06-03", "", "2024-06-02"]
    listed = [SENT | {"subject": str(n), "sentAt": at} for n, at in enumerate(stamps)]
    found = parsing.mails(item(messages=listed))
    assert [each.subject for each in found] == ["0", "3", "1", "2"]
    assert [each.at is None for each in found] == [True, False, False, True]


def test_a_reply_is_read_without_the_mails_that_came_before_it() -> None:
    again = "Fine, but not before you answer this: who else uses it today?"
    sent = [SENT | {"body": text, "sentAt": ""} for text in ("May I show you our offer?", again)]
    reply = {"type": "reply", "content": "Yes.\n\nTim 4/2:\n\nMay I show you\nour offer?"}
    later = {"type": "reply", "content": again}
    mails = parsing.mails(item(messages=[sent[0], reply, later, sent[1]]))
    assert [each.words for each in mails] == ["May I show you our offer?", "Yes.", again, again]


def test_a_list_without_messages_has_one_mail() -> None:
    (mail,) = parsing.mails(ITEM)
    assert (mail.ours, mail.sender, mail.words) == (False, "jane@example.com", "Thanks!")


def test_a_very_long_mail_has_an_end() -> None:
    (mail,) = parsing.mails(item(messages=[REPLY | {"content": "word " * 50_000}]))
    assert len(str(mail.whole)) == WHOLE_LIMIT
    assert str(mail.whole).endswith("…")


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "ok",
        7,
        {},
        {"success": True},
        {"data": None},
        {"data": [ITEM]},
        item(id=GONE),
        item(id=None),
        item(id=True),
        item(id=["x"]),
        item(id="../v1/tags"),
        item(id="x" * 65),
        item(id="two words"),
    ],
)
def test_a_conversation_without_an_id_is_unclear(body: object) -> None:
    with pytest.raises(AnswerUnclear, match="a conversation without an id"):
        parsing.conversation(body)


@pytest.mark.parametrize(
    ("body", "echo"),
    [
        ({"success": True, "data": {"id": JANE, "aiTag": "hot", "tags": ["vip"]}},
         Patched(True, AiTag("hot"), ("vip",))),
        (success({"_id": JANE, "aiTag": None, "tags": []}), Patched(True, None, ())),
        (success({"id": JANE, "aiTag": {"name": "hot"}}), Patched(True, AiTag("hot"), None)),
        (success({"id": JANE, "tags": "vip"}), Patched(False, None, None)),
    ],
)  # fmt: skip
def test_the_answer_to_a_patch_says_what_it_says(body: object, echo: Patched) -> None:
    assert parsing.patched(body, ConversationId(JANE)) == echo


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        7,
        "ok",
        True,
        {},
        success(None),
        success({}),
        success([]),
        success({"id": "c2", "aiTag": "hot"}),
        success({"aiTag": "hot", "tags": []}),
        {"data": {"id": JANE, "aiTag": "hot"}},
        {"id": JANE, "aiTag": "hot"},
        {"success": False, "data": {"id": JANE, "aiTag": "hot"}},
        {"success": "true", "data": {"id": JANE, "aiTag": "hot"}},
        {"success": 1, "data": {"id": JANE, "aiTag": "hot"}},
    ],
)
def test_a_patch_is_made_only_if_sendkit_says_so_of_this_conversation(body: object) -> None:
    with pytest.raises(AnswerUnclear, match="no success"):
        parsing.patched(body, ConversationId(JANE))


@pytest.mark.parametrize("body", [{}, [], None, {"data": []}, {"success": False, "data": []}])
def test_a_list_of_conversations_must_be_sendkits_own(body: object) -> None:
    with pytest.raises(AnswerUnclear):
        parsing.inbox_page(body)


def test_another_conversation_than_the_one_that_was_asked_for_is_unclear() -> None:
    with pytest.raises(AnswerUnclear, match="another conversation"):
        parsing.conversation(success({"id": JANE}), ConversationId("c2"))


ONE = [{"id": "a"}]
NEXT = {"cursor": "c2"}


@pytest.mark.parametrize(
    ("body", "following"),
    [
        ({"data": ONE, "pagination": {"total": 9, "hasMore": True, "nextCursor": "c2"}}, NEXT),
        ({"data": ONE, "pagination": {"nextCursor": 664}}, {"cursor": "664"}),
        ({"data": ONE, "pagination": {"hasMore": False, "nextCursor": None}}, None),
        ({"data": ONE, "pagination": {"hasMore": True, "nextCursor": ""}}, None),
        ({"data": ONE, "pagination": {"hasMore": True}}, None),
        ({"data": ONE, "pagination": {"page": 1, "pages": 3}}, {"page": "2"}),
        ({"data": ONE, "pagination": {"page": 3, "pages": 3}}, None),
        ({"data": ONE, "pagination": {"page": "1", "pages": "3"}}, None),
        ({"data": ONE, "pagination": None}, None),
        ({"data": ONE}, None),
        (ONE, None),
        ({"data": {"items": ONE}, "pagination": {"nextCursor": "c2"}}, NEXT),
        ({"data": {"conversations": ONE}}, None),
        ({"inbox": ONE}, None),
        ({"data": {"tags": ONE}}, None),
        ({"data": [1, None, {"id": "a"}, "x", []]}, None),
    ],
)
def test_a_page_has_items_and_the_next_query(body: object, following: Json | None) -> None:
    page = parsing.list_page(body)
    assert (page.items, page.following) == (({"id": "a"},), following)


def test_an_empty_page_may_have_a_next_one() -> None:
    empty: Json = {"data": [], "pagination": {"nextCursor": "c2"}}
    assert parsing.list_page(empty) == ListPage((), NEXT)
    assert parsing.list_page({"data": {"items": []}}) == ListPage((), None)


@pytest.mark.parametrize("body", [None, 3, "x", {}, {"data": None}, {"data": "x"}, {"data": {}}])
def test_a_page_without_a_list_is_unclear(body: object) -> None:
    with pytest.raises(AnswerUnclear, match="a list was expected"):
        parsing.list_page(body)


def test_ai_tags_keep_their_order_and_come_once() -> None:
    items: list[Json] = [
        {"name": "interested", "description": "Wants more", "color": "#22c55e"},
        {"tag": "Meeting  Request\n"},
        {"label": "hot"},
        {"name": "interested"},
        {"name": None},
        {},
        {"name": ["x"]},
    ]
    assert list(parsing.ai_tags(items).items()) == [
        ("interested", "Wants more"),
        ("Meeting Request", ""),
        ("hot", ""),
    ]


messages = st.fixed_dictionaries({}, optional=dict.fromkeys(REPLY, json_values))
items = st.dictionaries(
    st.sampled_from([*ITEM, "messages", "_id", "data"]), json_values | st.lists(messages)
).map(lambda fields: ITEM | fields)


@pytest.mark.parametrize(
    ("item", "webhook"),
    [
        (
            {"id": "w1", "name": "Slack triage", "url": "https://x/y", "events": ["email.sent"]},
            parsing.RegisteredWebhook("w1", "Slack triage", "https://x/y", ("email.sent",), True),
        ),
        ({"_id": "w1", "isActive": True}, parsing.RegisteredWebhook("w1", "", "", (), True)),
        ({"isActive": None, "status": "active"}, parsing.RegisteredWebhook("", "", "", (), True)),
        ({"events": "email.sent", "url": None}, parsing.RegisteredWebhook("", "", "", (), True)),
        ({"isActive": False}, parsing.RegisteredWebhook("", "", "", (), False)),
        ({"active": False}, parsing.RegisteredWebhook("", "", "", (), False)),
        ({"isEnabled": False}, parsing.RegisteredWebhook("", "", "", (), False)),
        ({"enabled": False}, parsing.RegisteredWebhook("", "", "", (), False)),
        ({"status": "disabled"}, parsing.RegisteredWebhook("", "", "", (), False)),
        ({"status": "inactive"}, parsing.RegisteredWebhook("", "", "", (), False)),
        ({"status": "paused"}, parsing.RegisteredWebhook("", "", "", (), False)),
    ],
)
def test_a_webhook_is_on_unless_it_is_off(
    item: dict[str, Any], webhook: parsing.RegisteredWebhook
) -> None:
    assert parsing.webhook(item) == webhook


@calm
@given(json_values | items)
def test_any_json_is_a_conversation_or_unclear(body: object) -> None:
    try:
        read = parsing.conversation(body)
    except AnswerUnclear:
        return
    json.dumps([read.id, read.words, read.replied_at, read.tags, read.campaign])
    for mail in parsing.mails(body):
        json.dumps([mail.words, mail.whole, mail.at, mail.attachments])
        assert mail.sender == mail.sender.strip()
    names = (read.lead.email, read.lead.name, read.lead.company, read.campaign, *read.tags)
    assert all(name == " ".join(name.split()) for name in names)


@calm
@given(json_values | json_values.map(lambda inner: {"data": inner, "pagination": inner}))
def test_any_json_is_a_page_or_unclear(body: object) -> None:
    with suppress(AnswerUnclear):
        parsing.patched(body, ConversationId(JANE))
    try:
        page = parsing.list_page(body)
    except AnswerUnclear:
        return
    assert all(parsing.ai_tags(page.items))
    assert all(
        json.dumps([each.id, each.url, each.events]) for each in map(parsing.webhook, page.items)
    )
    assert page.following is None or all(page.following.values())
