"""The right to decide, by the facts alone."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import permissions
from bot.acts import Act, ListInbox, Subscribe
from bot.errors import WrongChannel
from bot.filters import Filters
from bot.permissions import (
    ELSEWHERE,
    FOREIGNER,
    GUEST,
    NOT_A_MEMBER,
    NOT_IN_TRIAGE,
    NOT_OF_TRIAGE,
    GroupId,
    Members,
    Profile,
    TeamId,
    objection,
)
from bot.slack.users import profile
from bot.triage import ChannelId, UserId
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
        # who is not said to belong here does not
        (Profile(), ALONE, FOREIGNER),
        (Profile(), UNSAID, FOREIGNER),
        (Profile(teams=teams("T0OWN")), UNSAID, FOREIGNER),
        (Profile(stranger=True), UNSAID, FOREIGNER),
        (Profile(teams=teams("T0OWN"), stranger=True), ALONE, FOREIGNER),
        (Profile(teams=teams("T0OWN"), guest=True), ALONE, GUEST),
        (Profile(teams=teams("T0OWN"), guest=True), GRID, GUEST),
        (Profile(teams=teams("T0OTHER"), guest=True), ALONE, FOREIGNER),
        (Profile(teams=teams("T0OWN"), inactive=True), ALONE, NOT_A_MEMBER),
        (Profile(inactive=True, guest=True, stranger=True), UNSAID, NOT_A_MEMBER),
    ],
)
def test_members_of_the_workspace_may_decide(
    somebody: Profile, own: frozenset[TeamId], answer: str | None
) -> None:
    assert objection(somebody, own) == answer


some_teams = st.frozensets(st.sampled_from([*map(TeamId, ("T1", "T2", "E1", "E2"))]))
profiles = st.builds(
    Profile, teams=some_teams, guest=st.booleans(), stranger=st.booleans(), inactive=st.booleans()
)


@calm
@given(profiles, some_teams)
def test_strangers_are_refused(somebody: Profile, own: frozenset[TeamId]) -> None:
    elsewhere = not own & somebody.teams
    flagged = somebody.guest or somebody.stranger or somebody.inactive
    assert (objection(somebody, own) is None) == (not elsewhere and not flagged)


@calm
@given(profiles, some_teams, some_teams)
def test_a_further_team_of_ones_own_never_shuts_anybody_out(
    somebody: Profile, own: frozenset[TeamId], more: frozenset[TeamId]
) -> None:
    if objection(somebody, own) is None:
        assert objection(somebody, own | more) is None


@pytest.mark.parametrize(
    ("named", "is_open"),
    [(Members(), True), (Members((UserId("U1"),)), False), (Members((), (GroupId("S1"),)), False)],
)
def test_everybody_may_decide_if_no_member_is_listed(named: Members, is_open: bool) -> None:
    assert named.open == is_open


INBOX, POSITIVE = ListInbox(), Filters(positive=True)


@pytest.mark.parametrize(
    ("act", "channel", "filters", "refusal"),
    [
        (INBOX, "C0TRIAGE", None, None),
        (INBOX, "C0DEALS", POSITIVE, None),
        (INBOX, "C0GENERAL", None, ELSEWHERE),
        (INBOX, "D0ADA", None, NOT_IN_TRIAGE),
        (INBOX, "U0ADA", None, NOT_IN_TRIAGE),
        (Subscribe(POSITIVE), "C0TRIAGE", None, None),
        (Subscribe(POSITIVE), "C0GENERAL", None, NOT_OF_TRIAGE),
        (Subscribe(POSITIVE), "C0DEALS", Filters(), None),
        (Subscribe(Filters()), "C0DEALS", POSITIVE, NOT_OF_TRIAGE),
        (Subscribe(Filters()), "D0ADA", None, NOT_IN_TRIAGE),
    ],
)
def test_a_command_needs_a_channel_that_shows_as_much(
    act: Act, channel: str, filters: Filters | None, refusal: str | None
) -> None:
    rule = partial(permissions.needs_triage, act, ChannelId(channel), filters)
    if refusal == ELSEWHERE:
        with pytest.raises(WrongChannel, match=ELSEWHERE) as refused:
            rule(ChannelId("C0TRIAGE"))
        assert refused.value.instead == "C0TRIAGE"
    else:
        assert rule(ChannelId("C0TRIAGE")) == refusal


ASK = "Only the triage members can do this. Ask "


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], ASK + "the person who runs this bot to add you to TRIAGE_MEMBERS."),
        (["Ada"], ASK + "Ada."),
        (["Ada", "Ben"], ASK + "Ada or Ben."),
        (["Ada", "Ben", "Chloé"], ASK + "Ada, Ben or Chloé."),
    ],
)
def test_the_refusal_names_people_to_ask(names: list[str], sentence: str) -> None:
    assert permissions.unnamed(names) == sentence


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
def test_a_refusal_of_slacks_is_told_with_the_next_step(error: str, task: str) -> None:
    said = permissions.untold(error)
    assert said.startswith(f"Slack did not tell me whether you may do this ({error}). ")
    assert said.endswith(f"Ask the person who runs this bot to {task}")


ADA = UserId("U0ADA")
PLAIN: dict[str, object] = {
    "id": "U0ADA",
    "team_id": "T1",
    "deleted": False,
    "is_bot": False,
    "is_restricted": False,
    "is_ultra_restricted": False,
}
UNFLAGGED = {k: v for k, v in PLAIN.items() if "restricted" not in k}
HOME = teams("T1")


@pytest.mark.parametrize(
    ("user", "known"),
    [
        (PLAIN, Profile(teams=HOME)),
        (PLAIN | {"profile": {"display_name": "Ada", "real_name": "Ada Okafor"}},
         Profile("Ada", HOME)),
        (PLAIN | {"profile": {"display_name": "", "real_name": "Dev Raman"}},
         Profile("Dev Raman", HOME)),
        (PLAIN | {"real_name": "Dev Raman", "profile": []}, Profile("Dev Raman", HOME)),
        (PLAIN | {"enterprise_user": None}, Profile(teams=HOME)),
        (PLAIN | {"enterprise_user": {"enterprise_id": "E1", "teams": ["T1", "T2"]}},
         Profile(teams=teams("T1", "T2", "E1"))),
        # On an organisation's workspaces the team may be left out.
        (PLAIN | {"team_id": None, "enterprise_user": {"enterprise_id": "E1"}},
         Profile(teams=teams("E1"))),
        (PLAIN | {"is_restricted": True}, Profile(teams=HOME, guest=True)),
        (PLAIN | {"is_ultra_restricted": True}, Profile(teams=HOME, guest=True)),
        (PLAIN | {"is_stranger": True}, Profile(teams=HOME, stranger=True)),
        (UNFLAGGED | {"is_stranger": False}, Profile(teams=HOME)),
        (UNFLAGGED | {"deleted": True}, Profile(teams=HOME, inactive=True)),
        (PLAIN | {"is_bot": True}, Profile(teams=HOME, inactive=True)),
        # One plain word is enough to refuse somebody.
        ({"id": "U0ADA", "is_restricted": True}, Profile(guest=True)),
        (PLAIN | {"deleted": 1, "is_ultra_restricted": True}, Profile(teams=HOME, guest=True)),
    ],
)  # fmt: skip
def test_slacks_description_of_a_person_is_read(user: dict[str, object], known: Profile) -> None:
    assert profile(user, ADA) == known


FLAGS = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted")
NO_FLAGS: tuple[object, ...] = (None, 0, 1, 0.0, "true", "false", [])


@pytest.mark.parametrize(
    "user",
    [
        *(None, [], [PLAIN], "U0ADA", 7, True, {}, {"id": "U0ADA"}, UNFLAGGED),
        *(PLAIN | {"id": other} for other in ("U0BEN", "", None, ["U0ADA"], "u0ada")),
        *(PLAIN | {"team_id": other} for other in (None, "", 7, ["T1"], {"id": "T1"})),
        *(PLAIN | {flag: odd} for flag in FLAGS for odd in NO_FLAGS),
        *(dict(PLAIN.items() - {(flag, False)}) for flag in FLAGS),
        *(PLAIN | {"is_stranger": odd} for odd in NO_FLAGS),
        PLAIN | {"enterprise_user": []},
        PLAIN | {"enterprise_user": "E1"},
        PLAIN | {"enterprise_user": {"enterprise_id": 7}},
        PLAIN | {"enterprise_user": {"teams": "T2"}},
        PLAIN | {"enterprise_user": {"teams": ["T2", None]}},
    ],
)
def test_an_answer_that_does_not_plainly_describe_the_person_is_no_profile(user: object) -> None:
    assert profile(user, ADA) is None


fields = st.sampled_from(["id", "team_id", "enterprise_user", "profile", "is_stranger", *FLAGS])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["U0ADA", "T1"]) | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fields, inner, max_size=4),
    max_leaves=8,
)


@calm
@given(st.dictionaries(fields, values).map(lambda said: PLAIN | said) | values)
def test_people_whom_slack_does_not_plainly_describe_may_not_decide(user: object) -> None:
    known = profile(user, ADA)
    if known is not None and objection(known, HOME) is None:
        assert isinstance(user, dict)
        assert user["id"] == "U0ADA"
        assert all(user.get(flag) is False for flag in ("deleted", "is_bot"))
        assert all(user.get(flag, False) is False for flag in (*FLAGS, "is_stranger"))
