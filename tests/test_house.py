"""The house rules: what imports what, and that the files beside the code say what the code does."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import __version__, acts
from bot.doctor.scopes import EVENTS, EVENTS_FOR_EMOJI, SCOPES, SHORTCUTS
from bot.playground import people
from bot.playground.launcher import APP
from bot.slack.grammar import VERBS

COMMANDS = [(verb.usage, verb.meaning) for verb in VERBS]
ROOT = Path(__file__).parent.parent
BOT = ROOT / "bot"
MODULES = sorted(path for path in BOT.rglob("*.py"))
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]

# Each floor may import itself and those before it.
FLOORS = (
    (
        "__version__",
        *(
            "triage", "barred", "mails", "reasons", "changes", "errors", "references",
            "owner_acts", "acts", "filters",
            "answered", "answers", "reply_acts", "written", "later", "later_acts", "returns",
            "permissions",
            "settings", "timing", "findings", "home", "hours", "opt_outs",
        ),
        *("dates", "text", "shortcodes", "redaction", "logs", "ttl_cache", "lifecycle"),
        *("bounded_read", "proxies", "certificates", "web_address"),
    ),
    (
        *("sendkit", "store", "journal", "codec", "entries", "owner_entries", "later_entries"),
        *("answer_entries", "forms"),
    ),
    (
        *("ports", "cards", "barring", "held", "unchecked", "undo", "desk", "viewer", "news"),
        *("turns", "audit", "announcer", "assigning", "digests", "due", "notices", "ownership"),
        *("reminders", "laters"),
        *("answering", "answer_wishes"),
        "views",
    ),
    ("slack", "intake", "connect", "doctor"),
    ("web", "operate", "clients", "app"),
    ("playground",),
    ("__main__",),
)  # fmt: skip
IMPORTS = (ast.Import, ast.ImportFrom)
# What each Web API method that the bot calls needs. https://docs.slack.dev/reference/methods
NEEDED = {
    "apps.connections.open": set(),  # the app-level token's
    "auth.test": set(),
    "chat.delete": {"chat:write"},
    "chat.getPermalink": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.members": {"channels:read", "groups:read"},
    "conversations.replies": {"channels:history", "groups:history"},
    "usergroups.users.list": {"usergroups:read"},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
    "views.push": set(),
    "views.update": set(),
}
# And each event. https://docs.slack.dev/reference/events
HEARD = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "message.im": {"im:history"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (
                [f"bot.{alias.name}" for alias in node.names]
                if node.module == "bot"
                else [node.module]
            )


def _floor(module: str) -> int:
    part = module.split(".")[1]
    return next(number for number, floor in enumerate(FLOORS) if part in floor)


def _ours(path: Path) -> list[str]:
    return [imported for imported in _imports(path) if imported.startswith("bot.")]


def test_imports_point_inwards() -> None:
    modules = [path for path in MODULES if path != BOT / "__init__.py"]
    imports = [(_name(path), imported) for path in modules for imported in _ours(path)]
    assert [each for each in imports if _floor(each[1]) > _floor(each[0])] == []


def test_no_folders_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        part = _name(path).removeprefix("bot.").split(".")[0]
        imported = {each.split(".")[1] for each in _ours(path)}
        graph.setdefault(part, set()).update(imported - {part})
    TopologicalSorter(graph).prepare()


def test_views_know_only_what_is_pure() -> None:
    pure = re.compile(
        r"bot\.(triage|barred|reasons|changes|acts|answered|answers|written|home|text|shortcodes"
        r"|filters|dates|hours|later|returns|opt_outs|views(\..+)?)"
    )
    known = {each for path in (BOT / "views").glob("*.py") for each in _ours(path)}
    assert [each for each in known if not pure.fullmatch(each)] == []


def test_the_playground_is_not_made_of_the_bot() -> None:
    """Servers that shared code with the bot would share its mistakes."""
    known = {each for path in (BOT / "playground").glob("*.py") for each in _ours(path)}
    assert [each for each in known if not each.startswith("bot.playground")] == []


def _length(path: Path) -> int:
    """The lines of a file, without its imports."""
    imports = (each for each in _tree(path).body if isinstance(each, IMPORTS))
    imported = sum((each.end_lineno or each.lineno) - each.lineno + 1 for each in imports)
    return len(path.read_text().splitlines()) - imported


def test_files_are_short() -> None:
    assert [_name(each) for each in MODULES if _length(each) > 400] == []
    assert [_name(each) for each in (ROOT / "tests").rglob("*.py") if _length(each) > 600] == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150, "docs/ has room for detail"


def test_the_environment_is_read_in_one_place() -> None:
    readers = {path.name for path in MODULES if "os.environ" in path.read_text()}
    assert readers == {"__main__.py"}


def test_broad_excepts_are_counted() -> None:
    handlers = [
        node
        for path in MODULES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    ]
    assert len(handlers) <= 2


def _manifest() -> Any:
    return yaml.safe_load((ROOT / "manifest.yml").read_text())


def test_the_manifest_asks_for_the_scopes_that_the_code_needs() -> None:
    names = {
        node.value
        for path in MODULES
        if BOT / "playground" not in path.parents
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    method = re.compile(
        r"(apps|auth|chat|conversations|reactions|team|user\w+|views)(\.[a-zA-Z]+)+"
    )
    called = {name for name in names if method.fullmatch(name)}
    assert called == set(NEEDED)
    events = _manifest()["settings"]["event_subscriptions"]["bot_events"]
    needed = set().union(*NEEDED.values(), *(HEARD[event] for event in events)) | {"commands"}
    assert set(_manifest()["oauth_config"]["scopes"]["bot"]) == needed == set(SCOPES)
    assert needed == people.SCOPES
    optional = set(_manifest()["oauth_config"]["scopes"]["bot_optional"])
    assert optional == {name for name, scope in SCOPES.items() if scope.optional}


def test_the_manifest_has_the_command_and_both_transports() -> None:
    manifest = _manifest()
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == acts.COMMAND
    assert command["should_escape"] is True
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["features"]["app_home"] == APP["app_home"]
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == APP["events"]
    assert (ROOT / "manifest.yml").read_text().count("/slack/events # HTTP") == 4


def test_the_manifest_has_the_shortcuts_and_events_of_the_code_and_the_playground() -> None:
    shortcuts = _manifest()["features"]["shortcuts"]
    assert {each["callback_id"]: each["type"] for each in shortcuts} == {
        acts.ON_MESSAGE: "message",
        acts.ON_INBOX: "global",
    }
    assert shortcuts == APP["shortcuts"]
    assert [each["name"] for each in shortcuts] == [*SHORTCUTS]
    events = _manifest()["settings"]["event_subscriptions"]["bot_events"]
    assert events == [*EVENTS, *EVENTS_FOR_EMOJI]
    assert all(len(each["name"]) <= 24 for each in shortcuts)


def test_the_version_and_the_pythons_are_stated_once() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = pyproject["project"]
    assert project["dynamic"] == ["version"]
    assert pyproject["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "bot.__version__"}
    named = [each.rpartition(" ")[2] for each in project["classifiers"]]
    assert project["requires-python"] == f">={named[0]}"
    assert f"Python {named[0]} to {named[-1]}" in (ROOT / "README.md").read_text()
    released = re.search(r"^## (\d\S+) - ", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert released is not None
    assert released[1] == __version__


def test_the_readme_has_every_setting() -> None:
    readme = (ROOT / "README.md").read_text()
    settings = (BOT / "settings.py").read_text()
    named = set(re.findall(r'"([A-Z][A-Z_]+)"', settings)) - {"DEBUG", "INFO", "WARNING"}
    named -= {"ERROR", "CRITICAL"}
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", readme, re.MULTILINE))
    assert told == named


def test_the_playground_offers_every_command() -> None:
    (command,) = APP["commands"]
    assert [tuple(each) for each in command["examples"]] == COMMANDS


def test_the_readme_has_every_command() -> None:
    readme = (ROOT / "README.md").read_text()
    rows = re.findall(rf"^\| `{acts.COMMAND} (.+?)` \| (.+?) \|$", readme, re.MULTILINE)
    assert rows == COMMANDS


def _anchors(page: Path) -> set[str]:
    """https://docs.github.com/en/get-started/writing-on-github: section links"""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for path, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text()):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not anchor or anchor in _anchors(target), f"{path}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_files_that_there_are(page: Path) -> None:
    text = page.read_text()
    for path in re.findall(r"`((?:bot|tests|docs)/[\w./]*)`", text):
        assert (ROOT / path).exists(), path
    for name, path in re.findall(r"`([\w.]+)(?:\(.*?\))?` in `((?:bot|tests)/[\w./]+\.py)`", text):
        defined = rf"(?:def|class) {name.rpartition('.')[2]}\b|^{name}\b"
        assert re.search(defined, (ROOT / path).read_text(), re.MULTILINE), name


def test_nothing_in_the_project_belongs_to_one_machine() -> None:
    paths = re.compile(r"(?<![\w.])/(?:home|root|work|Users)/\w")
    for path in [*MODULES, *PAGES, ROOT / "Makefile", ROOT / ".ci" / "run"]:
        assert not paths.search(path.read_text()), path
