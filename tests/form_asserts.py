"""The content of forms in the small Slack."""

from bot.playground.workspace import Message, View
from tests.conftest import House
from tests.view_asserts import objects

LOADING = "One moment"


def said(view: View) -> str:
    """All texts of a form."""
    return "\n".join(
        each["text"] for each in objects(view.body["blocks"]) if isinstance(each.get("text"), str)
    )


def shown(house: House, user: str = "U0ADA") -> View | None:
    """The person's form, once it is filled."""
    view = house.slack.modal(user)
    return view if view and LOADING not in said(view) else None


async def filled(house: House, part: str = "", user: str = "U0ADA") -> View:
    """The person's form, when it is filled and says this part."""

    def there() -> View | None:
        view = shown(house, user)
        return view if view and part in said(view) + str(view.body["title"]["text"]) else None

    found = await house.slack.until(there)
    assert found is not None
    return found


async def opened(house: House, card: Message, user: str = "U0ADA") -> View:
    """The form that a press on *Open* brings."""
    assert (await house.slack.click(card, "Open", user=user)).ok
    return await filled(house, user=user)


def values(view: View) -> dict[str, object]:
    """The first values of the fields, by their action ids."""
    found: dict[str, object] = {}
    for block in view.body["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            first = element.get("initial_option") or element.get("initial_value")
            first = first or element.get("initial_options")
            found[element["action_id"]] = (
                first["text"]["text"] if isinstance(first, dict) else first
            )
    return found
