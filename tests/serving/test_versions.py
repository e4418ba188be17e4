"""Promotion and roll-back under requests, and artifacts that cannot serve."""

import shutil
from collections import Counter
from collections.abc import Callable
from threading import Event as Signal
from threading import Thread

import pytest

from pipelines.promotion import ab_test
from tests.serving.running import App, running, within
from tests.serving.small_state import FAMILY, SmallState

pytestmark = [pytest.mark.kafka, pytest.mark.fault]


def test_a_version_is_promoted_and_rolled_back_without_a_failed_request(copied: Callable[[], SmallState]) -> None:
    small, seen, ended = copied(), Counter[tuple[int, str]](), Signal()

    def ask(app: App) -> None:
        number = 0
        while not ended.is_set():
            answer = app.http.get(f"/v1/viewers/viewer-{number % 24:02d}/slate")
            seen[answer.status_code, answer.json().get("model_version", "")] += 1
            number += 1

    with running(small.world) as app:
        asking = [Thread(target=ask, args=(App(str(app.http.base_url)),)) for _ in range(2)]
        for thread in asking:
            thread.start()
        within(20, lambda: seen[200, "recommender/1"] > 50)
        small.registry.promote(FAMILY, 2)
        within(20, lambda: seen[200, "recommender/2"] > 50)
        before = seen[200, "recommender/1"]
        small.registry.rollback(FAMILY)
        within(20, lambda: seen[200, "recommender/1"] > before + 50)
        ended.set()
        for thread in asking:
            thread.join()
    assert set(seen) == {(200, "recommender/1"), (200, "recommender/2")}


def test_a_torn_or_foreign_artifact_leaves_what_serves(copied: Callable[[], SmallState]) -> None:
    small = copied()
    folder = small.registry.version(FAMILY, 2).folder
    torn = folder / "learned.safetensors"
    whole = torn.read_bytes()
    torn.write_bytes(whole[:-8])
    with running(small.world) as app:
        before = app.slate("viewer-02")
        small.registry.promote(FAMILY, 2)
        within(20, lambda: app.ready()["status"] == "degraded")
        reason = app.ready()["reasons"]["model"]
        assert reason["code"] == "bad-artifact" and "torn" in reason["detail"]
        assert "recommender/2" in reason["detail"] and "recommender/1" in reason["detail"]
        assert app.slate("viewer-02") == before
        small.registry.promote(FAMILY, 1)
        within(20, lambda: app.ready()["status"] == "ready")
        shutil.rmtree(folder)
        folder.mkdir()
        (folder / "weights.bin").write_bytes(b"not ours")
        small.registry.promote(FAMILY, 2)
        within(20, lambda: app.ready()["reasons"].get("model", {}).get("code") == "bad-artifact")
        assert app.slate("viewer-02") == before
        assert app.metric("model_refusals_total") >= 2


def test_a_start_with_a_torn_artifact_says_so_and_heals(copied: Callable[[], SmallState]) -> None:
    small = copied()
    torn = small.registry.version(FAMILY, 1).folder / "learned.safetensors"
    whole = torn.read_bytes()
    torn.write_bytes(b"")
    with running(small.world, ready=False) as app:
        within(30, lambda: app.ready().get("reasons", {}).get("model", {}).get("code") == "bad-artifact")
        refused = app.http.get("/v1/viewers/viewer-02/slate")
        assert refused.status_code == 503 and "torn" in refused.json()["detail"]
        assert refused.headers["retry-after"] == "1"
        torn.write_bytes(whole)
        app.await_ready()
        assert app.slate("viewer-02")["model_version"] == "recommender/1"


def test_a_start_with_a_torn_artifact_takes_what_served_before(copied: Callable[[], SmallState]) -> None:
    small = copied()
    small.registry.promote(FAMILY, 2)
    shutil.rmtree(small.registry.version(FAMILY, 2).folder)
    with running(small.world) as app:
        assert app.slate("viewer-02")["model_version"] == "recommender/1"
        assert small.registry.version(FAMILY, 2).torn is None, "it is for a cycle to say that it never serves again"


def test_a_trial_shows_its_share_of_the_viewers_the_challenger(copied: Callable[[], SmallState]) -> None:
    small, viewers = copied(), [f"somebody-{n}" for n in range(12)]
    with running(small.world) as app:

        def challenged() -> dict[str, bool]:
            return {viewer: app.slate(viewer)["model_version"] == "recommender/2" for viewer in viewers}

        assert not any(challenged().values())
        trial = ab_test.begin(small.registry, 2, 0.5, 2, 0)
        drawn = {viewer: trial.draws(small.pseudonym(viewer)) for viewer in viewers}
        within(10, lambda: challenged() == drawn)
        assert 0 < sum(drawn.values()) < len(viewers)
        ab_test.end(small.registry, promote=False)
        within(10, lambda: not any(challenged().values()))
