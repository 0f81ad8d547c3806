from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from deskpulse.control import Control
from deskpulse.control.jobs import Job
from deskpulse.core.clock import frozen_at
from deskpulse.core.errors import ConflictError, InputError, NotFoundError
from deskpulse.core.events import Event, bus

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def claimed(control: Control, workspace: str = "acme") -> Job:
    job = control.jobs.claim(workspace)
    assert job is not None
    return job


def lease(job: Job) -> str:
    assert job.lease is not None
    return job.lease


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_job_from_queue_to_done(control: Control) -> None:
    heard: list[Event] = []
    stop = bus.listen("*", heard.append)
    made = control.jobs.create("acme", "train", {"model": "category"})
    assert control.jobs.get("acme", made.job_id) == made
    job = claimed(control)
    assert (job.job_id, job.status, job.attempts, job.payload) == (made.job_id, "running", 1, {"model": "category"})
    assert control.jobs.claim("acme") is None
    assert control.jobs.heartbeat("acme", job.job_id, lease(job), fraction=0.5, text="half") is False
    halfway = control.jobs.get("acme", job.job_id)
    assert (halfway.fraction, halfway.text) == (0.5, "half")
    done = control.jobs.finish("acme", job.job_id, lease(job), {"accuracy": 0.9})
    stop()
    assert (done.status, done.result, done.fraction, done.lease) == ("done", {"accuracy": 0.9}, 1.0, None)
    assert [(e.topic, e.data.get("status")) for e in heard] == [
        ("job.moved", "queued"), ("job.moved", "running"), ("job.progress", None), ("job.moved", "done"),
    ]  # fmt: skip


def test_the_job_due_longest_comes_first_and_none_before_its_time(control: Control) -> None:
    with frozen_at(NOON):
        late = control.jobs.create("acme", "late", delay_seconds=60)
        soon = control.jobs.create("acme", "soon", delay_seconds=30)
        assert control.jobs.claim("acme") is None
    with frozen_at(at(59)):
        assert claimed(control).job_id == soon.job_id
        assert control.jobs.claim("acme") is None
    with frozen_at(at(60)):
        assert claimed(control).job_id == late.job_id


def test_a_worker_may_choose_kinds(control: Control) -> None:
    control.jobs.create("acme", "train")
    assert control.jobs.claim("acme", ["report"]) is None
    assert control.jobs.claim("acme", []) is None
    assert control.jobs.claim("acme", ["report", "train"]) is not None


def test_no_two_workers_get_the_same_job(control: Control) -> None:
    made = {control.jobs.create("acme", "train").job_id for _ in range(24)}

    def work(_: int) -> list[str]:
        mine = []
        while (job := control.jobs.claim("acme")) is not None:
            mine.append(job.job_id)
            control.jobs.finish("acme", job.job_id, lease(job))
        return mine

    with ThreadPoolExecutor(6) as pool:
        taken = [job_id for mine in pool.map(work, range(6)) for job_id in mine]
    assert sorted(taken) == sorted(made)


def test_a_lost_lease_gives_the_job_to_another(control: Control) -> None:
    with frozen_at(NOON):
        control.jobs.create("acme", "train")
        first = claimed(control)
    with frozen_at(at(100)):
        control.jobs.heartbeat("acme", first.job_id, lease(first))
    with frozen_at(at(219)):
        assert control.jobs.claim("acme") is None
    with frozen_at(at(221)):
        second = claimed(control)
        assert (second.job_id, second.attempts) == (first.job_id, 2)
        for word in (
            lambda: control.jobs.heartbeat("acme", first.job_id, lease(first)),
            lambda: control.jobs.finish("acme", first.job_id, lease(first)),
            lambda: control.jobs.fail("acme", first.job_id, lease(first), "late"),
            lambda: control.jobs.stop("acme", first.job_id, lease(first)),
        ):
            with pytest.raises(ConflictError, match="no longer held by this worker"):
                word()
        assert control.jobs.finish("acme", second.job_id, lease(second), "second").result == "second"


def test_a_worker_that_kept_its_lease_past_its_end_unclaimed_still_holds_it(control: Control) -> None:
    with frozen_at(NOON):
        control.jobs.create("acme", "train")
        job = claimed(control)
    with frozen_at(at(1000)):
        assert control.jobs.finish("acme", job.job_id, lease(job)).status == "done"


def test_a_job_that_kills_its_workers_is_given_up(control: Control) -> None:
    with frozen_at(NOON):
        made = control.jobs.create("acme", "train", max_attempts=2)
        claimed(control)
    with frozen_at(at(200)):
        claimed(control)
    with frozen_at(at(400)):
        assert control.jobs.claim("acme") is None
    job = control.jobs.get("acme", made.job_id)
    assert (job.status, job.error) == ("failed", "Its worker was lost 2 times without finishing it.")


def test_failures_are_tried_again_after_growing_pauses(control: Control) -> None:
    with frozen_at(NOON):
        made = control.jobs.create("acme", "train", max_attempts=3)
        pauses, moment = [], NOON
    for _ in range(2):
        with frozen_at(moment):
            job = claimed(control)
            failed = control.jobs.fail("acme", job.job_id, lease(job), "no luck \x00")
        assert (failed.status, failed.error, failed.lease) == ("queued", r"no luck \x00", None)
        pauses.append((failed.run_after - moment).total_seconds())
        moment = failed.run_after
    assert pauses == [5, 10]
    with frozen_at(moment):
        job = claimed(control)
        assert control.jobs.fail("acme", job.job_id, lease(job), "no luck").status == "failed"
    assert control.jobs.get("acme", made.job_id).attempts == 3


def test_a_job_put_back_loses_no_attempt(control: Control) -> None:
    control.jobs.create("acme", "train", max_attempts=1)
    for _ in range(3):
        held = control.jobs.claim("acme")
        assert held is not None
        assert held.lease is not None
        back = control.jobs.release("acme", held.job_id, held.lease)
        assert (back.status, back.attempts, back.lease) == ("queued", 0, None)
    with pytest.raises(ConflictError):
        control.jobs.release("acme", held.job_id, held.lease)


def test_a_hopeless_failure_is_not_tried_again(control: Control) -> None:
    control.jobs.create("acme", "train")
    job = claimed(control)
    assert control.jobs.fail("acme", job.job_id, lease(job), "bad input", is_retryable=False).status == "failed"


def test_the_pause_has_a_bound(control: Control) -> None:
    with frozen_at(NOON):
        control.jobs.create("acme", "train", max_attempts=100)
    moment = NOON
    for _ in range(15):
        with frozen_at(moment):
            job = claimed(control)
            job = control.jobs.fail("acme", job.job_id, lease(job), "again")
        pause, moment = job.run_after - moment, job.run_after
    assert pause == timedelta(hours=1)


def test_a_queued_job_is_cancelled_at_once_and_a_running_one_asked(control: Control) -> None:
    queued = control.jobs.create("acme", "train")
    assert control.jobs.cancel("acme", queued.job_id).status == "cancelled"
    assert control.jobs.claim("acme") is None
    control.jobs.create("acme", "train")
    job = claimed(control)
    asked = control.jobs.cancel("acme", job.job_id)
    assert (asked.status, asked.is_cancel_requested) == ("running", True)
    assert control.jobs.heartbeat("acme", job.job_id, lease(job)) is True
    assert control.jobs.stop("acme", job.job_id, lease(job)).status == "cancelled"
    with pytest.raises(ConflictError, match="is cancelled already"):
        control.jobs.cancel("acme", job.job_id)


def test_a_cancelled_job_is_not_tried_again(control: Control) -> None:
    with frozen_at(NOON):
        for _ in range(2):
            control.jobs.create("acme", "train")
        failing, dying = claimed(control), claimed(control)
        for job in (failing, dying):
            control.jobs.cancel("acme", job.job_id)
        assert control.jobs.fail("acme", failing.job_id, lease(failing), "stopped").status == "cancelled"
    with frozen_at(at(500)):
        assert control.jobs.claim("acme") is None
    assert control.jobs.get("acme", dying.job_id).status == "cancelled"


def test_jobs_are_listed_newest_first_in_pages(control: Control) -> None:
    for i in range(5):
        with frozen_at(at(i)):
            control.jobs.create("acme", "train" if i % 2 else "report", i)
    control.jobs.create("globex", "train", 9)
    first = control.jobs.list("acme", limit=3)
    second = control.jobs.list("acme", limit=3, cursor=first.cursor)
    assert [j.payload for j in (*first.items, *second.items)] == [4, 3, 2, 1, 0]
    assert second.cursor is None
    assert [j.payload for j in control.jobs.list("acme", kind="train").items] == [3, 1]
    claimed(control)
    assert [j.payload for j in control.jobs.list("acme", status="running").items] == [0]


def test_bad_words_are_refused(control: Control) -> None:
    with pytest.raises(InputError, match="cannot be tried 0 times"):
        control.jobs.create("acme", "train", max_attempts=0)
    with pytest.raises(InputError, match="kind"):
        control.jobs.create("acme", "")
    for call in (control.jobs.get, control.jobs.cancel):
        with pytest.raises(NotFoundError, match="has no job 'job_9'"):
            call("acme", "job_9")
    with pytest.raises(NotFoundError):
        control.jobs.finish("acme", "job_9", "lease_9")
