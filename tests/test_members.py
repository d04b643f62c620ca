"""Who may decide, by the facts alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import members
from bot.members import FOREIGNER, GUEST, NOBODY, GroupId, Members, Profile, TeamId, objection
from bot.slack.people import profile
from bot.triage import UserId
from tests.strategies import anything, calm


def teams(*ids: str) -> frozenset[TeamId]:
    return frozenset(map(TeamId, ids))


ALONE, GRID, UNSAID = teams("T0OWN"), teams("T0OWN", "E0OWN"), teams()


@pytest.mark.parametrize(
    ("somebody", "own", "answer"),
    [
        (Profile(teams=teams("T0OWN")), ALONE, None),
        (Profile(teams=teams("T0OTHER")), ALONE, FOREIGNER),
        (Profile(teams=teams("T0OTHER", "E0OTHER")), ALONE, FOREIGNER),
        # workspaces of one organisation
        (Profile(teams=teams("T0OWN", "E0OWN")), GRID, None),
        (Profile(teams=teams("T0SISTER", "E0OWN")), GRID, None),
        (Profile(teams=teams("T0SISTER", "E0OWN", "T0OWN")), ALONE, None),
        (Profile(teams=teams("E0OWN")), GRID, None),
        (Profile(teams=teams("T0SISTER")), GRID, FOREIGNER),
        (Profile(teams=teams("T0OTHER", "E0OTHER")), GRID, FOREIGNER),
        # what Slack does not say is not so
        (Profile(), ALONE, None),
        (Profile(), GRID, None),
        (Profile(), UNSAID, None),
        (Profile(teams=teams("T0OWN")), UNSAID, None),
        (Profile(stranger=True), UNSAID, FOREIGNER),
        (Profile(teams=teams("T0OWN"), stranger=True), ALONE, FOREIGNER),
        (Profile(teams=teams("T0OWN"), guest=True), ALONE, GUEST),
        (Profile(guest=True), UNSAID, GUEST),
        (Profile(teams=teams("T0OTHER"), guest=True), ALONE, FOREIGNER),
        (Profile(teams=teams("T0OWN"), nobody=True), ALONE, NOBODY),
        (Profile(nobody=True, guest=True, stranger=True), UNSAID, NOBODY),
    ],
)
def test_whoever_belongs_here_may_decide(
    somebody: Profile, own: frozenset[TeamId], answer: str | None
) -> None:
    assert objection(somebody, own) == answer


some_teams = st.frozensets(st.sampled_from([*map(TeamId, ("T1", "T2", "E1", "E2"))]))
profiles = st.builds(
    Profile,
    teams=some_teams,
    guest=st.booleans(),
    stranger=st.booleans(),
    nobody=st.booleans(),
)


@calm
@given(profiles, some_teams)
def test_nobody_is_let_in_who_is_said_to_be_from_elsewhere(
    somebody: Profile, own: frozenset[TeamId]
) -> None:
    elsewhere = bool(own and somebody.teams) and not own & somebody.teams
    flagged = somebody.guest or somebody.stranger or somebody.nobody
    assert (objection(somebody, own) is None) == (not elsewhere and not flagged)


@calm
@given(profiles, some_teams, some_teams)
def test_a_further_team_of_ones_own_never_shuts_anybody_out(
    somebody: Profile, own: frozenset[TeamId], more: frozenset[TeamId]
) -> None:
    if own and objection(somebody, own) is None and somebody.teams:
        assert objection(somebody, own | more) is None


@pytest.mark.parametrize(
    ("named", "is_open"),
    [
        (Members(), True),
        (Members((UserId("U1"),)), False),
        (Members((), (GroupId("S1"),)), False),
    ],
)
def test_where_nobody_is_named_everybody_may(named: Members, is_open: bool) -> None:
    assert named.open == is_open


ASK = "Only the triage members can do this. Ask "


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], ASK + "whoever runs this bot to name you in TRIAGE_MEMBERS."),
        (["Ada"], ASK + "Ada."),
        (["Ada", "Ben"], ASK + "Ada or Ben."),
        (["Ada", "Ben", "Chloé"], ASK + "Ada, Ben or Chloé."),
    ],
)
def test_whom_to_ask_is_said_by_name(names: list[str], sentence: str) -> None:
    assert members.unnamed(names) == sentence


@pytest.mark.parametrize(
    ("error", "task"),
    [
        ("missing_scope", "install it again with all scopes of its manifest."),
        ("missing_scope: users:read", "install it again with all scopes of its manifest."),
        ("no_such_subteam", "check the user groups in TRIAGE_MEMBERS."),
        ("plan_upgrade_required", "check the user groups in TRIAGE_MEMBERS."),
        ("user_not_found", "look at its log."),
    ],
)
def test_what_slack_will_not_say_is_told_with_what_to_do(error: str, task: str) -> None:
    said = members.untold(error)
    assert said.startswith(f"Slack did not tell the bot whether you may do this ({error}). ")
    assert said.endswith(f"Ask whoever runs this bot to {task}")


@pytest.mark.parametrize(
    ("user", "known"),
    [
        ({}, Profile()),
        ({"profile": {"display_name": "Ada", "real_name": "Ada Okafor"}}, Profile("Ada")),
        ({"profile": {"display_name": "", "real_name": "Dev Raman"}}, Profile("Dev Raman")),
        ({"real_name": "Dev Raman"}, Profile("Dev Raman")),
        ({"team_id": "T1"}, Profile(teams=teams("T1"))),
        ({"team_id": "", "enterprise_user": None}, Profile()),
        (
            {"team_id": "T1", "enterprise_user": {"enterprise_id": "E1", "teams": ["T1", "T2"]}},
            Profile(teams=teams("T1", "T2", "E1")),
        ),
        ({"is_restricted": True}, Profile(guest=True)),
        ({"is_ultra_restricted": True, "is_restricted": False}, Profile(guest=True)),
        ({"is_stranger": True}, Profile(stranger=True)),
        ({"deleted": True}, Profile(nobody=True)),
        ({"is_bot": True}, Profile(nobody=True)),
        ({"is_restricted": None, "is_bot": False, "deleted": 0}, Profile()),
    ],
)
def test_what_slack_says_of_somebody_is_read(user: dict[str, object], known: Profile) -> None:
    assert profile(user) == known


fields = st.sampled_from(
    ["profile", "enterprise_user", "team_id", "real_name", "display_name", "teams", "is_bot"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fields, inner, max_size=4),
    max_leaves=8,
)


@calm
@given(st.dictionaries(fields, values))
def test_whatever_slack_says_of_somebody_it_is_read(user: dict[str, object]) -> None:
    known = profile(user)
    assert {type(known.name), *map(type, known.teams)} == {str}
    assert "" not in known.teams
