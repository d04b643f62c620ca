"""People of the team: whether they want direct messages, and until when they are away."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.store import Database, Row, Statement
from bot.triage import ChannelId, UserId

_KNOWN: Final = "INSERT INTO people (id) VALUES (:id) ON CONFLICT (id) DO NOTHING"
_NAMED: Final = """
    INSERT INTO people (id, name) VALUES (:id, :name)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE people.name <> excluded.name
"""


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person as the database knows them. `notify`: they want direct messages. `away_until`: in
    seconds since the epoch; None if they said nothing. `im`: the channel of their direct messages
    with the bot; None until it wrote to them."""

    id: UserId
    name: str = ""
    notify: bool = False
    away_until: float | None = None
    im: ChannelId | None = None

    def is_away(self, now: float) -> bool:
        return self.away_until is not None and self.away_until > now


class PeopleStore:
    """Every method raises DatabaseTrouble if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, person: UserId) -> Colleague:
        """The person; as if they had said nothing, if the database does not know them."""
        return (await self.all([person]))[person]

    async def all(self, people: Collection[UserId]) -> Mapping[UserId, Colleague]:
        """The same for several."""
        names = {"id" + "_" * number: each for number, each in enumerate(people)}
        wanted = ", ".join(f":{name}" for name in names) or "NULL"
        rows = await self._database.read(f"SELECT * FROM people WHERE id IN ({wanted})", **names)
        known = {UserId(row["id"]): _colleague(row) for row in rows}
        return {each: known.get(each, Colleague(each)) for each in people}

    async def set_name(self, person: UserId, name: str) -> None:
        """Notes what the person is called in the workspace."""
        if name:
            await self._database.write(named(person, name))

    async def set_notify(self, person: UserId, im: ChannelId) -> None:
        """Notes that the person wants direct messages, which go to this channel."""
        await self._set(person, "notify = 1, im = :im", im=im)

    async def unset_notify(self, person: UserId) -> None:
        await self._set(person, "notify = 0")

    async def set_im(self, person: UserId, im: ChannelId) -> None:
        await self._set(person, "im = :im", im=im)

    async def set_away(self, person: UserId, until: float | None) -> None:
        """Until then, in seconds since the epoch; None: the person is here."""
        await self._set(person, "away_until = :until", until=until)

    async def _set(self, person: UserId, what: str, **values: Any) -> None:
        await self._database.write(
            Statement(_KNOWN, {"id": person}),
            Statement(f"UPDATE people SET {what} WHERE id = :id", {"id": person, **values}),
        )


def named(person: UserId, name: str) -> Statement:
    """Notes the person's name in the workspace."""
    return Statement(_NAMED, {"id": person, "name": name})


def _colleague(row: Row) -> Colleague:
    return Colleague(
        id=UserId(row["id"]),
        name=row["name"],
        notify=bool(row["notify"]),
        away_until=row["away_until"],
        im=ChannelId(row["im"]) if row["im"] else None,
    )
