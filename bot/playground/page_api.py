"""The page's requests, one function each: a person's actions, and the controls."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.playground.events import Tab
from bot.playground.message_escaping import typed
from bot.playground.page_state import Scene
from bot.playground.slack import Slack
from bot.playground.wire import Ack
from bot.playground.workspace import Json, Message, User, View


class BadRequest(Exception):
    """A request that is wrong or out of date. The text is for the person."""


class PageApi:
    """One function for each name in `known`; each takes the JSON body."""

    def __init__(self, slack: Slack, scene: Scene) -> None:
        self.slack = slack
        self.scene = scene
        self.known: Mapping[str, Callable[[Json], Awaitable[Json]]] = {
            "click": self._click,
            "choose": self._choose,
            "pick": self._pick,
            "suggest": self._suggest,
            "react": self._react,
            "home": self._home,
            "command": self._command,
            "say": self._say,
            "dismiss": self._dismiss,
            "shortcut": self._shortcut,
            "message_action": self._message_action,
            "submit": self._submit,
            "close": self._close,
            "replies": self._replies,
            "answer": self._answer,
            "slack": self._turn_slack,
            "sendkit": self._turn_sendkit,
            "mail": self._turn_mail,
            "bot": self._bot,
        }

    async def carry_out(self, name: str, body: Json) -> Json:
        """Carries out a request; BadRequest if that is not possible."""
        try:
            return await self.known[name](body)
        except (LookupError, ValueError, TypeError) as error:
            raise BadRequest(str(error.args[0]) if error.args else str(error)) from error

    # on messages and views

    async def _click(self, body: Json) -> Json:
        place, label = self._place(body), _text(body, "label")
        block, nth = _text(body, "block"), _number(body, "nth")
        user = self._filled(body, place)
        return _ack(await self.slack.click(place, label, user=user, block=block, nth=nth))

    async def _choose(self, body: Json) -> Json:
        place, label = self._place(body), _text(body, "label")
        block, nth = _text(body, "block"), _number(body, "nth")
        user = self._filled(body, place)
        return _ack(await self.slack.choose(place, label, user=user, block=block, nth=nth))

    async def _pick(self, body: Json) -> Json:
        place, name, block = self._place(body), _text(body, "name"), _text(body, "block")
        user = self._filled(body, place)
        return _ack(await self.slack.pick(place, name, body["value"], user=user, block=block))

    async def _suggest(self, body: Json) -> Json:
        place, name, block = self._place(body), _text(body, "name"), _text(body, "block")
        user, said = self._user(body), _text(body, "typed")
        ack, offered = await self.slack.suggest(place, name, said, user=user, block=block)
        return _ack(ack) | {"options": offered}

    async def _react(self, body: Json) -> Json:
        message, name, user = self._message(body), _text(body, "name"), self._user(body)
        act = self.slack.react if body.get("on") is True else self.slack.unreact
        act(message, name, user=user)
        return {}

    async def _home(self, body: Json) -> Json:
        tab: Tab = "home" if _text(body, "tab") == "home" else "messages"
        self.slack.open_home(tab, user=self._user(body))
        return {}

    async def _dismiss(self, body: Json) -> Json:
        message = self._message(body)
        if not message.to:
            raise BadRequest("You can only dismiss messages that you alone see.")
        self.scene.space.remove(message)
        return {}

    async def _message_action(self, body: Json) -> Json:
        message, user = self._message(body), self._user(body)
        return _ack(await self.slack.message_action(message, _text(body, "callback_id"), user=user))

    async def _submit(self, body: Json) -> Json:
        view, user = self._view(body), self._user(body)
        return _ack(await self.slack.submit(view, body["values"], user=user))

    async def _close(self, body: Json) -> Json:
        return _ack(await self.slack.close(self._view(body), user=self._user(body)))

    # in the composer

    async def _command(self, body: Json) -> Json:
        command = _text(body, "command")
        said = typed(self.slack.workspace, _text(body, "text"), named=True)
        user, channel = self._user(body), _text(body, "channel")
        return _ack(await self.slack.command(command, said, channel=channel, user=user))

    async def _say(self, body: Json) -> Json:
        text, user = typed(self.slack.workspace, _text(body, "text")), self._user(body)
        thread_ts = _text(body, "thread_ts") if "thread_ts" in body else ""
        self.slack.say(_text(body, "channel"), text, user=user, thread_ts=thread_ts)
        return {}

    async def _shortcut(self, body: Json) -> Json:
        return _ack(await self.slack.shortcut(_text(body, "callback_id"), user=self._user(body)))

    # the switches

    async def _replies(self, body: Json) -> Json:
        self.scene.switches.replies(_number(body, "count"))
        return {}

    async def _answer(self, body: Json) -> Json:
        return {"answered": self.scene.switches.answer()}

    async def _turn_slack(self, body: Json) -> Json:
        self.scene.switches.turn_slack(_text(body, "state"))
        self.scene.space.changes.tell()
        return {}

    async def _turn_sendkit(self, body: Json) -> Json:
        self.scene.switches.turn_sendkit(_text(body, "state"))
        self.scene.space.changes.tell()
        return {}

    async def _turn_mail(self, body: Json) -> Json:
        self.scene.switches.turn_mail(_text(body, "state"))
        self.scene.space.changes.tell()
        return {}

    async def _bot(self, body: Json) -> Json:
        child, what = self.scene.child, _text(body, "do")
        if what == "start":
            await child.start()
        elif what in ("stop", "kill"):
            child.stop() if what == "stop" else child.kill()
        else:
            raise BadRequest(f"The bot does not know {what!r}.")
        return {}

    # what is meant

    def _user(self, body: Json) -> User:
        return self.slack.workspace.user(_text(body, "user"))

    def _filled(self, body: Json, place: Message | View) -> User:
        """The person who acts, after their input in the form around the button was stored."""
        user = self._user(body)
        if isinstance(place, View) and "values" in body:
            self.slack.fill(place, body["values"], user=user)
        return user

    def _message(self, body: Json) -> Message:
        return self.slack.message(_text(body, "channel"), _text(body, "ts"))

    def _view(self, body: Json) -> View:
        space, name = self.scene.space, _text(body, "view")
        homes = {view.id: view for view in space.homes.values()}
        known = (space.views | homes).get(name)
        if known is None:
            raise BadRequest("This view is no longer open.")
        return known

    def _place(self, body: Json) -> Message | View:
        return self._view(body) if "view" in body else self._message(body)


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise BadRequest(f"{name} must be a text")
    return value


def _number(body: Json, name: str) -> int:
    value: Any = body.get(name, 0)
    if type(value) is not int or value < 0:
        raise BadRequest(f"{name} must be a whole number")
    return value


def _ack(ack: Ack) -> Json:
    return {"acked": ack.ok, "status": ack.status, "body": ack.body}
