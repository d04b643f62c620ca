"""The meaning of each error of Slack's: final only where it proves so."""

import pytest

from bot.errors import (
    ChannelClosed,
    ContentRefused,
    MessageGone,
    SlackDown,
    SlackRefused,
    ThreadLocked,
    TokenRefused,
    UnknownRefusal,
)
from bot.slack.api import meaning

# Every error that the reference names for a method that the bot calls, and some that it does not.
# https://docs.slack.dev/reference/methods
MEANINGS: dict[type[Exception], str] = {
    SlackDown: "fatal_error internal_error request_timeout service_unavailable update_failed",
    TokenRefused: "account_inactive invalid_auth not_authed token_expired token_revoked",
    ChannelClosed: (
        "channel_not_found is_archived is_inactive not_in_channel restricted_action "
        "restricted_action_read_only_channel restricted_action_thread_only_channel"
    ),
    MessageGone: "message_not_found thread_not_found",
    ThreadLocked: (
        "cannot_reply_to_message restricted_action_non_threadable_channel "
        "restricted_action_thread_locked"
    ),
    SlackRefused: (
        "cant_delete_message cant_update_message edit_window_closed no_such_subteam "
        "user_not_found user_not_in_channel user_not_visible"
    ),
    ContentRefused: (
        "block_mismatch invalid_blocks invalid_blocks_format invalid_metadata_format "
        "invalid_metadata_schema metadata_too_large msg_blocks_too_long msg_too_long no_text"
    ),
    UnknownRefusal: (
        "access_denied accesslimited app_access_restricted as_user_not_supported "
        "channel_is_limited_access deprecated_endpoint ekm_access_denied enterprise_is_restricted "
        "external_channel_migrating fetch_members_failed invalid_arg_name invalid_charset "
        "invalid_cursor invalid_ts_latest is_bot message_limit_exceeded messages_tab_disabled "
        "metadata_must_be_sent_from_app method_deprecated missing_scope no_permission "
        "not_allowed_token_type org_login_required streaming_state_conflict "
        "team_added_to_org team_not_found too_many_users two_factor_setup_required unknown_method "
        "restricted_action_of_the_future an_error_of_the_future"
    ),
}
CASES = [(name, kind) for kind, names in MEANINGS.items() for name in names.split()]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_an_error_of_slack_means_this(name: str, kind: type[Exception]) -> None:
    assert type(meaning(name)) is kind


def test_a_refusal_that_may_pass_is_tried_again() -> None:
    assert issubclass(UnknownRefusal, SlackDown)


def test_a_missing_scope_is_named() -> None:
    assert str(meaning("missing_scope", needed="users:read")) == (
        "Slack refused this (missing_scope: users:read)"
    )
