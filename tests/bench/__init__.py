"""The bench: how fast the bot is, each figure beside a peer that was measured in the same run.

`python -m tests.bench` measures all, `python -m tests.bench ack burst` some. The bot is a process
as it is shipped, `python -m bot serve`; its peers, and what stands in for Slack and SendKit, are
processes too. Rounds alternate between the bot and its peers, so that whatever else the machine
does meets both.

Where requests are counted or timed in their thousands, `services.py` stands in for Slack and
SendKit: the playground's servers check every block and keep every message, and would be measured
along. Where Slack's limits are the point, the playground's servers are used.
"""
