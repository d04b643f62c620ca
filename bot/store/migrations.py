"""The tables, as numbered steps. Never change a committed step; add another."""

from typing import Final

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """
        CREATE TABLE entries (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            lane TEXT NOT NULL,
            payload TEXT NOT NULL,
            twin TEXT,
            written_at DOUBLE PRECISION NOT NULL,
            due_at DOUBLE PRECISION NOT NULL,
            attempts INTEGER NOT NULL,
            begun INTEGER NOT NULL,
            state TEXT NOT NULL,
            steps TEXT NOT NULL
        )
        """,
        "CREATE INDEX entries_lane ON entries (lane, seq)",
        "CREATE INDEX entries_open ON entries (seq) WHERE state = 'open'",
        """
        CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            email TEXT NOT NULL,
            replied_at TEXT NOT NULL,
            seen_at DOUBLE PRECISION NOT NULL,
            snapshot TEXT NOT NULL
        )
        """,
        "CREATE INDEX conversations_email ON conversations (email)",
        """
        CREATE TABLE cards (
            channel TEXT NOT NULL,
            conversation TEXT NOT NULL,
            ts TEXT NOT NULL,
            posted_at DOUBLE PRECISION NOT NULL,
            PRIMARY KEY (channel, conversation)
        )
        """,
        "CREATE INDEX cards_conversation ON cards (conversation)",
        "CREATE INDEX cards_message ON cards (channel, ts)",
        """
        CREATE TABLE decisions (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            conversation TEXT NOT NULL,
            person TEXT NOT NULL,
            name TEXT NOT NULL,
            change TEXT NOT NULL,
            at DOUBLE PRECISION NOT NULL,
            old_ai_tag TEXT,
            new_ai_tag TEXT,
            tags TEXT NOT NULL
        )
        """,
        "CREATE INDEX decisions_conversation ON decisions (conversation, seq)",
    ),
    (
        # Why a card is in its channel, and its position among the cards of its message.
        "ALTER TABLE cards ADD COLUMN rule TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE cards ADD COLUMN position INTEGER NOT NULL DEFAULT 0",
        # The time of the last announced reply; whether SendKit called one positive.
        "ALTER TABLE conversations ADD COLUMN announced TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE conversations ADD COLUMN positive INTEGER NOT NULL DEFAULT 0",
        """
        UPDATE conversations SET announced = replied_at
        WHERE id IN (SELECT conversation FROM cards)
        """,
        """
        CREATE TABLE routes (
            channel TEXT PRIMARY KEY,
            filters TEXT NOT NULL,
            made_by TEXT NOT NULL,
            made_at DOUBLE PRECISION NOT NULL,
            broken TEXT
        )
        """,
        "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
        "CREATE INDEX cards_posted ON cards (posted_at)",
    ),
    (
        # Until when an unanswered call may still take effect.
        "ALTER TABLE entries ADD COLUMN settled_at DOUBLE PRECISION NOT NULL DEFAULT 0",
    ),
    (
        # People who type no ID choose from the conversations that were seen last.
        "CREATE INDEX conversations_seen ON conversations (seen_at)",
    ),
    (
        # A second reply has a card of its own with a link to the card before it. That one is folded
        # into a line with a link to the newer card, and the words that it showed.
        "ALTER TABLE cards ADD COLUMN earlier TEXT NOT NULL DEFAULT ''",
        """
        CREATE TABLE folded (
            channel TEXT NOT NULL,
            ts TEXT NOT NULL,
            conversation TEXT NOT NULL,
            position INTEGER NOT NULL,
            rule TEXT NOT NULL,
            newer TEXT NOT NULL DEFAULT '',
            words TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (channel, ts, conversation)
        )
        """,
        "CREATE INDEX folded_conversation ON folded (conversation)",
        # The reply that a decision was about.
        "ALTER TABLE decisions ADD COLUMN replied_at TEXT NOT NULL DEFAULT ''",
    ),
    (
        # What a decision replaced, how it was made, and SendKit's answer. Older decisions have none
        # of these.
        "ALTER TABLE decisions ADD COLUMN old_tags TEXT",
        "ALTER TABLE decisions ADD COLUMN old_unread INTEGER",
        "ALTER TABLE decisions ADD COLUMN new_unread INTEGER",
        "ALTER TABLE decisions ADD COLUMN door TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE decisions ADD COLUMN answer TEXT NOT NULL DEFAULT ''",
        # The reply that a card shows.
        "ALTER TABLE cards ADD COLUMN replied_at TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE folded ADD COLUMN replied_at TEXT NOT NULL DEFAULT ''",
        """
        UPDATE cards SET replied_at = COALESCE(
            (SELECT replied_at FROM conversations WHERE id = cards.conversation), ''
        )
        """,
    ),
    (
        # When an entry may begin, for digests and reminders.
        "ALTER TABLE entries ADD COLUMN not_before DOUBLE PRECISION NOT NULL DEFAULT 0",
    ),
    (
        # Where a decision was made. Older decisions do not have it.
        "ALTER TABLE decisions ADD COLUMN channel TEXT NOT NULL DEFAULT ''",
    ),
    (
        # The log is in order of time. A decision that waited is recorded after newer ones.
        "CREATE INDEX decisions_at ON decisions (at, seq)",
    ),
    (
        # What lists and counts ask for, without reading the snapshots. bot.store.ledger fills these
        # columns from each snapshot, that of `filled_at`: an older version of the bot, which may
        # run beside this one, writes snapshots alone.
        "ALTER TABLE conversations ADD COLUMN filled_at DOUBLE PRECISION NOT NULL DEFAULT -1",
        "ALTER TABLE conversations ADD COLUMN unread INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE conversations ADD COLUMN ai_tag TEXT",
        "ALTER TABLE conversations ADD COLUMN campaign TEXT NOT NULL DEFAULT ''",
        # Since when the lead waits for us. While SendKit has not said who wrote last, it is a guess
        # and `turn_known` is 0. `turn_asked_at`: when SendKit was last asked.
        "ALTER TABLE conversations ADD COLUMN waiting_since DOUBLE PRECISION",
        "ALTER TABLE conversations ADD COLUMN turn_known INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE conversations ADD COLUMN turn_asked_at DOUBLE PRECISION NOT NULL DEFAULT 0",
        # Who takes care of it. Until when it is put off, and by whom.
        "ALTER TABLE conversations ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE conversations ADD COLUMN owned_at DOUBLE PRECISION",
        "ALTER TABLE conversations ADD COLUMN later_at DOUBLE PRECISION",
        "ALTER TABLE conversations ADD COLUMN later_by TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX conversations_unfilled ON conversations (id) WHERE filled_at <> seen_at",
        "CREATE INDEX conversations_unread ON conversations (replied_at) WHERE unread = 1",
        """
        CREATE INDEX conversations_waiting ON conversations (waiting_since)
        WHERE waiting_since IS NOT NULL
        """,
        """
        CREATE INDEX conversations_campaign ON conversations (campaign, waiting_since)
        WHERE waiting_since IS NOT NULL
        """,
        """
        CREATE INDEX conversations_owner ON conversations (owner, waiting_since)
        WHERE owner <> ''
        """,
        """
        CREATE INDEX conversations_later ON conversations (later_at) WHERE later_at IS NOT NULL
        """,
        """
        CREATE INDEX conversations_turns ON conversations (turn_asked_at)
        WHERE waiting_since IS NOT NULL AND turn_known = 1
        """,
        """
        CREATE INDEX conversations_unknown ON conversations (turn_asked_at, replied_at DESC)
        WHERE turn_known = 0
        """,
    ),
    (
        # The decision that an undo took back.
        "ALTER TABLE decisions ADD COLUMN undoes TEXT NOT NULL DEFAULT ''",
        # The words by which people find a lead, filled like the columns before.
        "ALTER TABLE conversations ADD COLUMN lead TEXT NOT NULL DEFAULT ''",
        "UPDATE conversations SET filled_at = -1",
    ),
    (
        # People of the team: whether they want direct messages, until when they are away, and the
        # channel of their direct messages with the bot.
        """
        CREATE TABLE people (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL DEFAULT '',
            notify INTEGER NOT NULL DEFAULT 0,
            away_until DOUBLE PRECISION,
            im TEXT NOT NULL DEFAULT ''
        )
        """,
        # Who gave which conversation to whom; empty if nobody had it, or has it now. A person did
        # it, or else a rule. The owner in `conversations` is that of the last change.
        """
        CREATE TABLE owner_changes (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            conversation TEXT NOT NULL,
            old_owner TEXT NOT NULL,
            new_owner TEXT NOT NULL,
            person TEXT NOT NULL DEFAULT '',
            rule TEXT NOT NULL DEFAULT '',
            at DOUBLE PRECISION NOT NULL,
            door TEXT NOT NULL DEFAULT '',
            channel TEXT NOT NULL DEFAULT ''
        )
        """,
        "CREATE INDEX owner_changes_conversation ON owner_changes (conversation, seq)",
        "CREATE INDEX owner_changes_at ON owner_changes (at, seq)",
        # Who owns new replies: those that pass filters, or those of a channel. The people of a rule
        # take turns: the next one is the person whose last turn, the change of owner `given`, was
        # the earliest. The column of the same name in `owner_rules` has no meaning.
        """
        CREATE TABLE owner_rules (
            id TEXT PRIMARY KEY,
            channel TEXT NOT NULL,
            filters TEXT NOT NULL,
            made_by TEXT NOT NULL,
            made_at DOUBLE PRECISION NOT NULL,
            given INTEGER NOT NULL DEFAULT 0
        )
        """,
        """
        CREATE TABLE owner_rule_people (
            rule TEXT NOT NULL,
            person TEXT NOT NULL,
            position INTEGER NOT NULL,
            given INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (rule, person)
        )
        """,
    ),
    (
        # A channel's working hours, and after how much of them it is reminded of leads who wait;
        # empty where that is off. `remind_since`: when it was switched on.
        """
        CREATE TABLE schedules (
            channel TEXT PRIMARY KEY,
            hours TEXT NOT NULL DEFAULT '',
            remind TEXT NOT NULL DEFAULT '',
            remind_since DOUBLE PRECISION NOT NULL DEFAULT 0
        )
        """,
        # What put a conversation off, where and when. `later_reply` and `later_since` are its
        # `replied_at` and `waiting_since` at that time: 0 while it did not wait for us, -1 while
        # SendKit had not said it. `back_at`: when it came back.
        "ALTER TABLE conversations ADD COLUMN later_id TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE conversations ADD COLUMN later_channel TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE conversations ADD COLUMN later_set_at DOUBLE PRECISION",
        "ALTER TABLE conversations ADD COLUMN later_reply TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE conversations ADD COLUMN later_since DOUBLE PRECISION NOT NULL DEFAULT -1",
        "ALTER TABLE conversations ADD COLUMN back_at DOUBLE PRECISION",
    ),
    (
        # Whether the aiTag says that no answer is owed, filled like the columns before.
        "ALTER TABLE conversations ADD COLUMN negative INTEGER NOT NULL DEFAULT 0",
        "UPDATE conversations SET filled_at = -1",
        # App Home lists and counts from this index alone.
        """
        CREATE INDEX conversations_home
        ON conversations (waiting_since, id, owner, later_at, back_at, campaign)
        WHERE waiting_since IS NOT NULL AND negative = 0
        """,
        "CREATE INDEX conversations_back ON conversations (back_at) WHERE back_at IS NOT NULL",
    ),
    (
        # Since when the lead's address is on SendKit's do-not-contact list, and who put it there;
        # empty if unknown. It holds for all conversations with the address.
        "ALTER TABLE conversations ADD COLUMN barred_at DOUBLE PRECISION",
        "ALTER TABLE conversations ADD COLUMN barred_by TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX conversations_barred ON conversations (email) WHERE barred_at IS NOT NULL",
    ),
    (
        # What people answer leads from Slack. `answered`: the newest mail that the writer had seen.
        # One answer of a conversation is under way at a time, and each mail is answered once.
        """
        CREATE TABLE answers (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            conversation TEXT NOT NULL,
            answered TEXT NOT NULL,
            person TEXT NOT NULL,
            handle TEXT NOT NULL,
            text TEXT NOT NULL,
            cc TEXT NOT NULL,
            mailbox TEXT,
            send_at DOUBLE PRECISION NOT NULL,
            scheduled_for TEXT NOT NULL DEFAULT '',
            reply_id TEXT NOT NULL DEFAULT '',
            state TEXT NOT NULL,
            reason TEXT NOT NULL DEFAULT '',
            origin TEXT NOT NULL,
            made_at DOUBLE PRECISION NOT NULL,
            changed_at DOUBLE PRECISION NOT NULL,
            wished_by TEXT NOT NULL DEFAULT '',
            too_late INTEGER NOT NULL DEFAULT 0,
            told INTEGER NOT NULL DEFAULT 0
        )
        """,
        """
        CREATE UNIQUE INDEX answers_pending ON answers (conversation)
        WHERE state IN ('waiting', 'checking', 'queued')
        """,
        """
        CREATE UNIQUE INDEX answers_answered ON answers (conversation, answered)
        WHERE state IN ('waiting', 'checking', 'queued', 'sent', 'unsettled')
        """,
        "CREATE INDEX answers_conversation ON answers (conversation, seq)",
        "CREATE INDEX answers_changed ON answers (changed_at)",
        "CREATE INDEX answers_untold ON answers (seq) WHERE told = 0",
        # Texts that people have begun, and who writes now.
        """
        CREATE TABLE drafts (
            person TEXT NOT NULL,
            conversation TEXT NOT NULL,
            text TEXT NOT NULL,
            cc TEXT NOT NULL,
            at DOUBLE PRECISION NOT NULL,
            PRIMARY KEY (person, conversation)
        )
        """,
        """
        CREATE TABLE writers (
            conversation TEXT NOT NULL,
            person TEXT NOT NULL,
            handle TEXT NOT NULL,
            writes_until DOUBLE PRECISION NOT NULL,
            PRIMARY KEY (conversation, person)
        )
        """,
    ),
    (
        # Why a person did what needs a reason, in their own words.
        "ALTER TABLE decisions ADD COLUMN reason TEXT NOT NULL DEFAULT ''",
    ),
    ("ALTER TABLE answers ADD COLUMN because TEXT NOT NULL DEFAULT ''",),
)
