"""A small report whose every number is known: three cycles, eight films, a hostile name."""

from typing import Any

import pandas as pd

from pipelines.report.inputs import ReportInputs

HOSTILE = '"><script>alert("$a$")</script>'
NUMBERS = (1, 2, 3)
SCREENPLAY = "INT. CELLAR - NIGHT\n\nSomething breathes.\n\nANNA\nWho is there?\n"
CLICK_THROUGH = {1: 0.0812, 2: 0.1124, 3: 0.1321}


def gated(version: str, error: float) -> dict[str, Any]:
    """A new fit at the gate, in the words of `report.json`."""
    measured = {"measure": "error of the log", "error": error, "other_error": 0.9311}
    return {"version": version, **measured, "promoted": True, "reason": f"{version} is no worse"}


def cycle(number: int) -> dict[str, Any]:
    """A cycle in the words of `report.json`."""
    return {
        "cycle": number,
        "seconds": {"ingest": 5.5 + number, "silver": 11.25, "train": 7.125},
        "disk": {"broker": 2_600_000 * number, "lake": 3_400_000 * number},
        "ingested": 70_000 + number,
        "quarantined": 10 * number,
        "crowd": {
            **{"viewers": 810 + number, "set_aside": 40 + number},
            **{"client": "my-app", "client_share": 0.9111 + 0.01 * number},
        },
        "recommender": {
            "name": "transitions",
            "version": f"{number}",
            "ndcg@10": 0.0711 + 0.001 * number,
            "baseline_ndcg@10": 0.0611,
            "coverage@10": 0.321 + 0.01 * number,
            "promoted": number != 3,
            "reason": f"no worse than what serves: gain of cycle {number}",
        },
        "forecaster": {
            "name": "xgboost_quantiles",
            "version": f"{number}",
            "wape": 0.35 - 0.01 * number,
            "baseline_wape": 0.4512,
            "cover80": 0.7543 + 0.01 * number,
            "promoted": True,
            "reason": HOSTILE,
        },
        "outlooks": [
            {
                **{"lead": 30, "name": "stack", "version": f"outlook-30/{number}", "asked": 40 + number},
                **{"films": 600 + number, "rmsle": 0.91 - 0.01 * number, "baseline_rmsle": 1.31, "mdape": 0.51},
                **{"cover80": 0.79 + 0.001 * number, "fitted": True, "reason": f"{600 + number} films have run"},
                **{"came": 33 + number, "came_mdape": 0.4411 + 0.001 * number, "came_cover80": 0.8211},
                "gate": gated(f"outlook-30/{number}", 0.7411 + 0.001 * number),
            },
        ],
        "market": {
            **{"name": "stack", "version": f"market/{number}", "genres": 20 + number, "total": 612_345_670 + number},
            **{"fitted": number == 1, "reason": f"{27 + number} days have come", "came": 24 + number},
            **{"wape": 0.1831 - 0.001 * number, "baseline_wape": 0.2551, "cover80": 0.7771 + 0.001 * number},
            **{"genre_wape": 0.3011 - 0.001 * number, "genre_baseline_wape": 0.4011, "genre_cover80": 0.8011},
            "gate": gated(f"market/{number}", 0.5111 + 0.001 * number),
        },
        "campaigns": {
            **{"version": f"campaign/{number}", "made": 4 + number, "viewers": 3_200 + number, "shown": 1_590 + number},
            **{"over": 20 + number, "qini": 0.0124 + 0.001 * number, "low": 0.0017, "reason": f"{number} of 8"},
            **{"came": 3 + number, "expected": 0.0212, "added": 0.0231 + 0.001 * number},
        },
        "torn": {"recommender/9": "its model.json differs from its hash"},
        "scripts": {
            **{
                "version": f"writer/{number}",
                "drafts": 5 + number,
                "read": 80 + number,
                "stars": 2.611 + 0.01 * number,
            },
            **{"briefed_stars": 2.911 + 0.01 * number, "unbriefed_stars": 2.311 + 0.01 * number},
            **{"liking": 0.1011 + 0.001 * number, "briefed_liking": 0.311 + 0.001 * number},
            **{"unbriefed_liking": -0.2111 + 0.001 * number, "reason": None},
            "judge": {
                **{"name": "judges", "version": f"{number}", "error": 0.4912 - 0.001 * number},
                **{"baseline_error": 0.5312, "drafts": 30 + number, "promoted": number != 3},
                "reason": f"no worse than what serves: judges of cycle {number}",
            },
        },
        "set_aside": [
            {
                **{"stage": "outlooks", "count": 70 + number},
                "first": [{"id": f"film-{number}", "reason": "runtime_minutes is 1e+39"}],
            },
        ],
        "feedback": {
            "slates": 1_200 + number,
            "impressions": 12_000 + number,
            "clicks": 900 + number,
            "ctr": CLICK_THROUGH[number],
            "random_ctr": 0.0601 + 0.0001 * number,
            "oracle_ctr": 0.2101 + 0.0001 * number,
            "regret": 0.9 - 0.1 * number,
            "hit_rate@10": 0.1011 + 0.001 * number,
            "forecast_wape": 0.3711 + 0.001 * number,
        },
    }


def data() -> dict[str, Any]:
    """Counts that add up: 210,100 = 210,006 + 34 + 60."""
    silver = {"viewing": 190_001, "boxoffice": 17_003, "films": 3_002, "viewers": 0}
    return {"produced": 210_109, "bronze": 210_100, "duplicates": 34, "dead_lettered": 9, "silver": silver}


def forecasts() -> pd.DataFrame:
    """Films f1 … f8, forecast in cycle 1 for 1–4 June and in cycle 2 for 3–6 June, 10 × film a day."""
    rows = [
        (
            f"f{film}",
            f"Film {film}",
            made,
            pd.Timestamp(2023, 6, day),
            8.0 * film,
            10.0 * film,
            (11.0 + made) * film,
        )
        for film in range(1, 9)
        for made, days in ((1, range(1, 5)), (2, range(3, 7)))
        for day in days
    ]
    return pd.DataFrame(rows, columns=["film_id", "title", "cycle", "date", "q10", "q50", "q90"])


def actuals() -> pd.DataFrame:
    """Films f1 … f7 from 30 May to 4 June, 12.5 × film a day: inside the band of cycle 2 only."""
    days = pd.date_range("2023-05-30", "2023-06-04")
    rows = [(f"f{film}", day, 12.5 * film) for film in range(1, 8) for day in days]
    return pd.DataFrame(rows, columns=["film_id", "date", "gross"])


def outlooks() -> pd.DataFrame:
    """Two films, forecast in cycles 1 and 2: one took 12 and was inside the last interval, the other has not come."""
    rows = [
        (film, title, made, pd.Timestamp(2023, 5, 7 * made), pd.Timestamp(2023, 6, 2), 30, 8.0, 10.0, 11.0 + made, came)
        for film, title, came in (("f1", "Film 1", 12.0), ("f2", "Film <2>", None))
        for made in (1, 2)
    ]
    columns = ["film_id", "title", "cycle", "made", "opens", "lead", "q10", "q50", "q90", "actual"]
    return pd.DataFrame(rows, columns=columns)


def segments() -> pd.DataFrame:
    """Two months of one segment beside everybody: Crime has risen in it."""
    rows = [
        (month, "month", facet, segment, "genre", "Crime", 120, share, 0.01, 0.2)
        for month, women in (("2023-04-01", 0.2), ("2023-05-01", 0.4))
        for facet, segment, share in (("all", "all", 0.2), ("gender", "women <1>", women))
    ]
    names = ["segment_facet", "segment", "facet", "value", "viewers", "share", "error", "share_of_all"]
    return pd.DataFrame(rows, columns=["period", "kind", *names])


def history() -> pd.DataFrame:
    """What a back-test measured of three weeks; in the last of them no film took anything."""
    rows = [("2023-04-03", 6, 168, 0.20, 0.40, 0.8), ("2023-04-10", 7, 190, 0.24, 0.43, 0.77)]
    shut = ("2023-04-17", 1, 2, float("nan"), float("nan"), 0.5)
    columns = ["week", "films", "days", "wape", "baseline_wape", "cover80"]
    return pd.DataFrame([*rows, shut], columns=columns)


def market() -> tuple[pd.DataFrame, pd.DataFrame]:
    """All films and a genre, as `forecasts` and `actuals` have films f7 and f1."""
    about = {"f7": ("US", "All films"), "f1": ("US/Drama", "Drama")}
    made, came = (frame[frame["film_id"].isin(about)] for frame in (forecasts(), actuals()))
    named = made.assign(title=made["film_id"].map(lambda film: about[film][1]))
    return tuple(frame.assign(film_id=frame["film_id"].map(lambda film: about[film][0])) for frame in (named, came))


def example(**changes: Any) -> ReportInputs:
    """All parts of a report filled, but for `changes`."""
    parts: dict[str, Any] = {
        "data": data(),
        "cycles": [cycle(number) for number in NUMBERS],
        "forecasts": forecasts(),
        "actuals": actuals(),
        "outlooks": outlooks(),
        "segments": segments(),
        "history": history(),
        **dict(zip(("market", "market_actuals"), market(), strict=True)),
        "screenplay": ("Horror for <taste>, briefed, cycle 2", SCREENPLAY, 3.4375, 16),
        "topics": [("viewing.events", 190_050, 12), ("dead-letter", 9, None)],
        "checks": [
            ("event_id is unique", "silver/viewing", True, "190,001 rows"),
            ("rows are there", "features/film_day", False, "saw 0 rows, run `cineloop doctor`"),
        ],
        "quarantine": [("unknown film", 41), (HOSTILE, 19)],
        "addresses": [("Dagster", "http://127.0.0.1:3000"), ("not a page", "javascript:alert(1)")],
    }
    return ReportInputs(**{**parts, **changes})
