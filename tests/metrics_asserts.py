"""The values of metrics."""

import aiohttp
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bot.web.metrics import Metrics


def number(counts: Metrics, name: str, **labels: str) -> float | None:
    return counts.registry.get_sample_value(f"sendkit_triage_{name}", labels)


def labelled(counts: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """Every series of a counter, by its labels' values."""
    families = text_string_to_metric_families(generate_latest(counts.registry).decode())
    return {
        tuple(sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
        if sample.name == f"sendkit_triage_{name}" and sample.value
    }


async def scraped(address: str) -> str:
    """The metrics of the bot at this address."""
    async with aiohttp.ClientSession() as client, client.get(f"{address}/metrics") as response:
        return await response.text()


async def numbers(address: str) -> dict[str, float]:
    """Every series, by its name and its labels' values."""
    return {
        " ".join([sample.name.removeprefix("sendkit_triage_"), *sorted(sample.labels.values())]): (
            sample.value
        )
        for family in text_string_to_metric_families(await scraped(address))
        for sample in family.samples
    }
