"""Slates, similar films and profiles over HTTP, and how they follow from what viewers do."""

from collections.abc import Callable

import pytest

from streaming.kafka.consumer import read_topic
from streaming.kafka.producer import EventProducer
from streaming.kafka.topics import RECOMMENDATIONS
from streaming.schema.events import Rate, Slate
from tests.serving.running import App, posted, running, within
from tests.serving.small_state import FAMILY, SmallState, describe

pytestmark = pytest.mark.kafka


def genres(films: list[str]) -> set[str]:
    return {film.partition("-")[0] for film in films}


def test_a_slate_is_ranked_from_the_viewers_history(app: App, small: SmallState) -> None:
    slate = app.slate("viewer-02", n=4)
    ranked = [film for film in slate["films"] if film["score"] is not None]
    assert ranked and genres([film["film_id"] for film in ranked]) == {"comedy"}, "an even viewer likes comedies"
    assert [film["position"] for film in slate["films"]] == [1, 2, 3, 4]
    assert {film["propensity"] for film in ranked} == {0.9}
    assert slate["viewer_id"] == small.pseudonym("viewer-02")
    assert (slate["model_version"], slate["newcomer"]) == ("recommender/1", False)
    assert all(film["reason"].startswith("because you began Comedy-") for film in ranked)
    assert all(film["title"] == film["film_id"].title() for film in slate["films"])


def test_the_same_slate_until_something_happens(app: App, small: SmallState) -> None:
    first = app.slate("viewer-04")
    assert app.slate("viewer-04") == first
    assert app.slate(f"pseudonym:{small.pseudonym('viewer-04')}") == first


def test_a_posted_like_changes_the_slate(app: App) -> None:
    before = app.films("somebody", n=4)
    answer = app.post(posted("like-1", "somebody", "western-03"))
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    within(20, lambda: app.films("somebody", n=4) != before)
    slate = app.slate("somebody", n=4)
    reasons = [film["reason"] for film in slate["films"] if film["score"] is not None]
    assert reasons and set(reasons) == {"because you liked Western-03"}
    assert not slate["newcomer"]


def test_an_event_that_comes_twice_changes_nothing(app: App) -> None:
    app.post(posted("twice-1", "doubled", "comedy-01"), posted("twice-2", "doubled", "comedy-02", "play"))
    within(20, lambda: app.http.get("/v1/viewers/doubled/profile").json()["films"] == 2)
    slate, profile = app.slate("doubled"), app.http.get("/v1/viewers/doubled/profile").json()
    doubles = app.metric("events_consumed_total", outcome="duplicate")
    app.post(posted("twice-1", "doubled", "comedy-01"), posted("twice-2", "doubled", "western-05"))
    within(20, lambda: app.metric("events_consumed_total", outcome="duplicate") == doubles + 2)
    assert app.slate("doubled") == slate
    assert app.http.get("/v1/viewers/doubled/profile").json() == profile


def test_an_event_of_the_lake_sent_again_changes_nothing(app: App, small: SmallState) -> None:
    known = next(event for event in small.events() if event.viewer_id == small.pseudonym("viewer-06"))
    before = app.slate("viewer-06")
    doubles = app.metric("events_consumed_total", outcome="duplicate")
    app.post(posted(known.event_id, "viewer-06", "western-01"))
    within(20, lambda: app.metric("events_consumed_total", outcome="duplicate") == doubles + 1)
    assert app.slate("viewer-06") == before


def test_a_film_waved_away_is_not_shown_again(app: App) -> None:
    shown = app.films("picky")
    app.post(*(posted(f"skip-{film}", "picky", film, "skip") for film in shown))
    within(20, lambda: not set(app.films("picky")) & set(shown))


def test_what_the_lake_would_refuse_is_not_taken_in(app: App, small: SmallState) -> None:
    before = app.slate("liar")
    refused = app.metric("events_consumed_total", outcome="refused")
    with EventProducer(small.bootstrap) as producer:  # past the app, which would not take them
        for number, lie in enumerate(({"rating": 9.0}, {"occurred_at": 32_000_000_000_000}, {"propensity": 1e-300})):
            told = {"occurred_at": 1_700_000_000_000, "film_id": "comedy-01", "rating": 4.0, **lie}
            lying = Rate.model_validate({"event_id": f"liar-{number}", "viewer_id": small.pseudonym("liar"), **told})
            producer.send(lying, "tests")
    within(20, lambda: app.metric("events_consumed_total", outcome="refused") == refused + 3)
    assert app.slate("liar") == before


def test_an_event_of_a_film_that_nobody_has_described_changes_nothing(app: App) -> None:
    before = app.slate("early-bird")
    app.post(posted("early-bird-1", "early-bird", "unwritten"), posted("early-bird-2", "early-bird", "unmade", "skip"))
    within(20, lambda: app.http.get("/v1/viewers/early-bird/profile").json()["events"] == {"like": 1, "skip": 1})
    assert app.slate("early-bird") == before


def test_somebody_unknown_gets_the_newcomers_slate(app: App) -> None:
    slate = app.slate("nobody-before")
    assert slate["newcomer"] and len(slate["films"]) == 10
    assert {film["reason"] for film in slate["films"] if film["score"]} == {"liked by many: you are new here"}
    assert app.http.get("/v1/viewers/nobody-before/profile").json()["known"] is False


def test_a_context_lets_only_its_genre_compete(app: App) -> None:
    assert genres(app.films("viewer-08", n=8, context="genre:western")) == {"western"}
    refused = app.http.get("/v1/viewers/viewer-08/slate", params={"context": "genre:noir"})
    assert refused.status_code == 422
    assert "one of Comedy, Western" in refused.json()["detail"]


def test_similar_films_are_those_that_follow(app: App) -> None:
    answer = app.http.get("/v1/films/western-03/similar", params={"n": 5}).json()
    assert genres([film["film_id"] for film in answer["films"]]) == {"western"}
    assert (answer["title"], answer["model_version"]) == ("Western-03", "recommender/1")
    assert app.http.get("/v1/films/western-99/similar").status_code == 404


def test_a_film_that_the_model_has_not_learned_is_like_none_and_one_that_is_not_out_is_not_shown(
    copied: Callable[[], SmallState],
) -> None:
    small = copied()
    describe(small.state, {"noir-00": True, "noir-01": False})
    with running(small.world) as app:
        refused = app.http.get("/v1/films/noir-00/similar")
        assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
        assert "'Noir-00' was described after recommender/1 was trained" in refused.json()["detail"]
        assert app.films("viewer-02", context="genre:noir") == ["noir-00"]
        small.registry.promote(FAMILY, 2)
        within(20, lambda: "recommender/2" in app.http.get("/v1/films/noir-00/similar").json()["detail"])


def test_a_profile_says_what_is_known(app: App) -> None:
    profile = app.http.get("/v1/viewers/viewer-10/profile").json()
    assert profile["known"] and profile["films"] == 8
    assert profile["events"] == {"play": 8}
    assert profile["tastes"] == [{"genre": "Comedy", "share": 1.0}]
    moments = [film["at"] for film in profile["recent"]]
    assert moments == sorted(moments, reverse=True)
    assert profile["last_seen"] == moments[0] and profile["first_seen"] == moments[-1]


def test_a_served_slate_is_published_as_it_was_shown(app: App, small: SmallState) -> None:
    shown = app.slate("viewer-12", n=6)
    within(10, lambda: app.metric("decisions_waiting") == 0)
    published = [got.event for got in read_topic(small.bootstrap, RECOMMENDATIONS.name)]
    ours = [event for event in published if isinstance(event, Slate) and event.event_id == shown["slate_id"]]
    assert ours
    items = [item.model_dump() for item in ours[0].items]
    assert items == [{key: film[key] for key in items[0]} for film in shown["films"]]
    assert (ours[0].cycle, ours[0].model_version, ours[0].viewer_id) == (1, "recommender/1", shown["viewer_id"])


def test_the_dial_mixes_kinds(app: App) -> None:
    def kinds(dial: float) -> set[str]:
        # Of several viewers: the place drawn for exploring may be that of the only western of one.
        slates = [app.slate(f"viewer-{even:02}", n=4, diversity=dial) for even in range(0, 24, 2)]
        ranked = [film["film_id"] for slate in slates for film in slate["films"] if film["score"] is not None]
        return genres(ranked)

    assert (kinds(0.0), kinds(0.9)) == ({"comedy"}, {"comedy", "western"})


def test_an_id_may_have_a_slash(app: App, small: SmallState) -> None:
    assert app.post(posted("slash-1", "house/42", "comedy-01")).status_code == 202
    within(20, lambda: app.http.get("/v1/viewers/house%2F42/profile").json()["films"] == 1)
    assert app.http.get("/v1/viewers/house%2F42/slate").json()["viewer_id"] == small.pseudonym("house/42")
    assert "catalogue" in app.http.get("/v1/films/house%2F42/similar").json()["detail"], "a film that nobody knows"
