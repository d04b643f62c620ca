"""Answers to leads on each database: one for each mail, and no text is lost."""

import asyncio
from dataclasses import replace

from bot.answers import Answer, AnswerId, Draft, State
from bot.store import Database, Statement, retention
from bot.store.answers import Answers
from bot.store.ledger import Ledger
from bot.triage import ConversationId, Person, UserId
from tests.office import ADA
from tests.view_asserts import AT, JANE
from tests.written import answer

BEN = Person(UserId("U0BEN"), "ben")
MINE, BENS = answer(), answer(id=AnswerId("view:2"), writer=BEN, text="No.", cc=("x@y.example",))


async def moved(answers: Answers, before: Answer, **fields: object) -> Answer:
    now = replace(before, **fields)  # type: ignore[arg-type]
    assert await answers.change(before, now, AT + 1)
    return now


async def test_the_first_one_answers_a_mail(database: Database) -> None:
    answers = Answers(database)
    assert await answers.of(JANE.id) is None
    assert await answers.claim(MINE) == MINE
    assert await answers.claim(replace(MINE, text="again")) == MINE
    assert await answers.claim(BENS) == MINE
    # Another mail, too, while the first answer is under way.
    assert await answers.claim(replace(BENS, answered="3:them:")) == MINE
    elsewhere = replace(BENS, conversation=ConversationId("c9"))
    assert await answers.claim(elsewhere) == elsewhere
    assert await answers.of(JANE.id) == await answers.get(MINE.id) == MINE


async def test_of_many_at_once_one_is_first(database: Database) -> None:
    answers = Answers(database)
    many = [replace(MINE, id=AnswerId(f"view:{number}")) for number in range(10)]
    found = await asyncio.gather(*map(answers.claim, many))
    assert len({each.id for each in found}) == 1


async def test_what_was_not_sent_leaves_the_mail_to_others(database: Database) -> None:
    answers = Answers(database)
    for number, state in enumerate((State.FAILED, State.TAKEN_BACK, State.STALE)):
        mine = await answers.claim(answer(id=AnswerId(f"first:{number}")))
        await moved(answers, mine, state=state)
    assert await answers.claim(BENS) == BENS
    for state in (State.CHECKING, State.UNSETTLED, State.SENT):
        bens = await answers.get(BENS.id)
        assert bens is not None
        bens = await moved(answers, bens, state=state)
        assert await answers.claim(replace(MINE, id=AnswerId("view:9"))) == bens
    # What comes after an answer is another mail.
    further = replace(MINE, id=AnswerId("view:9"), answered="3:us:")
    assert await answers.claim(further) == further


async def test_of_two_processes_one_goes_on(database: Database) -> None:
    answers = Answers(database)
    waiting = await answers.claim(MINE)
    posting = replace(waiting, state=State.CHECKING, scheduled_for="t1")
    assert await answers.change(waiting, posting, AT)
    assert not await answers.change(waiting, replace(posting, scheduled_for="t2"), AT)
    assert await answers.get(MINE.id) == posting
    queued = await moved(answers, posting, state=State.QUEUED, reply_id="r1", too_late=True)
    assert await answers.get(MINE.id) == queued


async def test_a_person_wants_it_back_while_it_is_pending(database: Database) -> None:
    answers = Answers(database)
    assert not await answers.wish_back(MINE.id, "Ben")
    waiting = await answers.claim(MINE)
    assert await answers.wish_back(MINE.id, "Ben")
    assert not await answers.wish_back(MINE.id, "Chloe")
    found = await answers.get(MINE.id)
    assert found == replace(waiting, wished_by="Ben")
    await moved(answers, waiting, state=State.SENT)
    assert not await answers.wish_back(MINE.id, "Ben")


async def test_the_text_of_an_answer_that_was_not_sent_is_a_draft_again(
    database: Database,
) -> None:
    answers = Answers(database)
    waiting = await answers.claim(BENS)
    assert await answers.draft(BEN.id, JANE.id) is None
    failed = await moved(answers, waiting, state=State.FAILED, reason="no mailbox")
    assert await answers.draft(BEN.id, JANE.id) == Draft(
        BEN.id, JANE.id, "No.", ("x@y.example",), AT + 1
    )
    await answers.drop_draft(BEN.id, JANE.id)
    await moved(answers, failed, told=True)
    assert await answers.draft(BEN.id, JANE.id) is None
    newer = Draft(BEN.id, JANE.id, "Well, …", at=AT)
    await answers.keep_draft(newer)
    again = await answers.claim(replace(BENS, id=AnswerId("view:3")))
    await moved(answers, again, state=State.TAKEN_BACK)
    assert await answers.draft(BEN.id, JANE.id) == newer


async def test_the_draft_of_an_answer_that_was_sent_is_gone(database: Database) -> None:
    answers = Answers(database)
    waiting = await answers.claim(BENS)
    for text in ("No.", "Another one"):
        await answers.keep_draft(Draft(BEN.id, JANE.id, text, at=AT))
    sent = await moved(answers, waiting, state=State.SENT)
    assert (await answers.draft(BEN.id, JANE.id)) == Draft(BEN.id, JANE.id, "Another one", at=AT)
    await answers.keep_draft(Draft(BEN.id, JANE.id, "No.", at=AT))
    await moved(answers, sent, told=True)
    assert await answers.draft(BEN.id, JANE.id) is None


async def test_a_draft_is_each_person_s_own_and_the_newest_stays(database: Database) -> None:
    answers = Answers(database)
    drafts = [Draft(ADA.id, JANE.id, "Dear", at=AT), Draft(BEN.id, JANE.id, "Hi", at=AT)]
    for each in drafts:
        await answers.keep_draft(each)
    await answers.keep_draft(Draft(ADA.id, JANE.id, "D", at=AT - 1))
    assert [await answers.draft(each.person, JANE.id) for each in drafts] == drafts
    newer = Draft(ADA.id, JANE.id, "Dear Jane", ("b@example.com",), AT + 1)
    await answers.keep_draft(newer)
    assert await answers.draft(ADA.id, JANE.id) == newer
    await answers.drop_draft(ADA.id, JANE.id)
    assert await answers.draft(ADA.id, JANE.id) is None


async def test_somebody_writes_until_they_stop(database: Database) -> None:
    answers = Answers(database)
    assert await answers.writing(JANE.id, AT) is None
    await answers.note_writing(JANE.id, ADA, AT + 10)
    await answers.note_writing(JANE.id, BEN, AT + 20)
    assert await answers.writing(JANE.id, AT) == BEN
    await answers.note_writing(JANE.id, BEN, AT)
    assert await answers.writing(JANE.id, AT) == ADA
    assert await answers.writing(JANE.id, AT + 10) is None


async def test_an_answer_is_watched_until_its_end_is_told(database: Database) -> None:
    answers = Answers(database)
    waiting = await answers.claim(MINE)
    assert await answers.unwatched() == await answers.untold(JANE.id) == [waiting]
    entry = """
        INSERT INTO entries (id, kind, lane, payload, written_at, due_at, attempts, begun, state,
            steps)
        VALUES ('x', 'answer', :lane, '{}', 1, 1, 0, 0, 'open', '{}')
    """
    await database.write(Statement(entry, {"lane": f"answer:{MINE.id}"}))
    assert await answers.unwatched() == []
    await database.write(Statement("UPDATE entries SET state = 'done'"))
    await moved(answers, waiting, state=State.SENT, told=True)
    assert await answers.unwatched() == await answers.untold(JANE.id) == []


async def test_answers_leave_the_database_on_request(database: Database) -> None:
    answers = Answers(database)
    await Ledger(database).remember(JANE, AT)
    mine = await answers.claim(MINE)
    await answers.keep_draft(Draft(ADA.id, JANE.id, "Dear", at=AT))
    await answers.note_writing(JANE.id, ADA, AT)
    await retention.forget_person(database, ADA.id)
    assert await answers.draft(ADA.id, JANE.id) is None
    assert await answers.writing(JANE.id, 0) is None
    assert await answers.get(mine.id) == mine, "it is under way"
    await moved(answers, mine, state=State.SENT, told=True)
    await retention.forget_person(database, ADA.id)
    found = await answers.get(mine.id)
    assert found is not None
    assert (found.writer, found.origin.person, found.text) == (
        Person(UserId(""), ""),
        Person(UserId(""), ""),
        MINE.text,
    )
    await answers.keep_draft(Draft(BEN.id, JANE.id, "Hi", at=AT))
    await answers.note_writing(JANE.id, BEN, AT)
    erased = await retention.forget(database, JANE.lead.email)
    assert str(erased) == "1 answer, 1 draft, 1 writer, 1 conversation"
    assert await answers.get(mine.id) is None


async def test_old_answers_are_pruned_once_they_are_told(database: Database) -> None:
    answers = Answers(database)
    old, open_still = await answers.claim(MINE), replace(BENS, conversation=ConversationId("c9"))
    await moved(answers, old, state=State.SENT, told=True)
    await answers.claim(open_still)
    await answers.keep_draft(Draft(BEN.id, JANE.id, "Hi", at=AT))
    await answers.note_writing(JANE.id, BEN, AT)
    assert str(await retention.prune(database, AT + 9)) == "1 answer, 1 draft, 1 writer"
    assert await answers.get(open_still.id) == open_still
