"""Great Expectations suites over the lake's tables, and what they found.

Great Expectations validates a batch, it is no transaction: the tables are written, then audited, and what reads
them waits for the audit.
"""

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame

from models.audience.disclosure import LEAST
from streaming.kafka.topics import BOXOFFICE, CATALOGUE, VIEWERS, VIEWING

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation


@dataclass(frozen=True)
class Finding:
    """One expectation, whether it held, and what was seen."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True)
class Guarded:
    """A table of the lake with a suite, the asset that writes it, and the topic whose events must make rows in it."""

    asset: str
    table: str
    fed_by: str | None = None


GUARDED = (
    Guarded("silver_films", "silver/films", CATALOGUE.name),
    Guarded("silver_viewers", "silver/viewers", VIEWERS.name),
    Guarded("silver_viewing", "silver/viewing", VIEWING.name),
    Guarded("silver_boxoffice", "silver/boxoffice", BOXOFFICE.name),
    # To see and to search is no taking up: where nobody took anything up, these are rightly empty.
    Guarded("interaction_sequence", "features/interaction_sequence"),
    Guarded("viewer_taste", "features/viewer_taste"),
    Guarded("viewer_segment", "features/viewer_segment"),
    Guarded("segment_taste", "features/segment_taste"),
    # A period is published once it is over.
    Guarded("segment_release", "releases/segment_taste"),
    Guarded("viewer_features", "features/viewer", VIEWING.name),
    Guarded("film_features", "features/film", CATALOGUE.name),
    Guarded("film_day", "features/film_day", BOXOFFICE.name),
)


def audit(table: str, frame: DataFrame, *, rows_expected: bool) -> list[Finding]:
    """Validate a table against its suite. An empty one passes only where no rows were expected."""
    findings = _run_suite(table, frame)
    if all(finding.passed for finding in findings) or not frame.isEmpty():
        return findings
    detail = "empty, and rows were expected" if rows_expected else "empty, as expected: no such event has come"
    return [Finding("has rows", not rows_expected, detail)]


def _run_suite(table: str, frame: DataFrame) -> list[Finding]:
    """Validate a frame by the suite of its table, with Great Expectations on Spark; writes nothing."""
    gx = load_library()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_spark(name="lake").add_dataframe_asset(name=table)
    batch = source.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
    has_rows = gx.expectations.ExpectTableRowCountToBeBetween(min_value=1)
    suite = gx.ExpectationSuite(name=table, expectations=[has_rows, *_suite_of(table)])
    # A yes or no is one pass over the table; what exactly was seen costs a query each, and is asked after a no.
    if batch.validate(suite, result_format="BOOLEAN_ONLY").success:
        return [Finding(_name_of(expectation.configuration), True, "held") for expectation in suite.expectations]
    return [_finding_of(result) for result in batch.validate(suite).results]


def load_library() -> ModuleType:
    """Great Expectations, imported in any process.

    It imports Spark Connect, which takes a process whose main module has no file (one that Dagster's daemon spawned)
    for a doctest, and ends it: so for as long as the import lasts, the main module has one.
    """
    main = sys.modules["__main__"]
    nameless = not hasattr(main, "__file__")
    if nameless:
        main.__file__ = __file__
    try:
        import great_expectations
    finally:
        if nameless:
            del main.__file__
    return great_expectations


def _finding_of(result: Any) -> Finding:
    seen = result.result or {}
    facts = ("element_count", "unexpected_count", "observed_value", "partial_unexpected_list")
    detail = ", ".join(f"{fact} {seen[fact]}" for fact in facts if seen.get(fact) not in (None, []))
    return Finding(
        _name_of(result.expectation_config), bool(result.success), detail or str(result.exception_info or "")
    )


def _name_of(config: Any) -> str:
    return f"{config.type.removeprefix('expect_')} {config.kwargs.get('column', '')}".strip()


def _suite_of(table: str) -> list["Expectation"]:
    from great_expectations import expectations as gxe

    def filled(*columns: str) -> list["Expectation"]:
        return [gxe.ExpectColumnValuesToNotBeNull(column=column) for column in columns]

    def between(column: str, low: float, high: float | None = None) -> "Expectation":
        return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high)

    def unique(column: str) -> "Expectation":
        return gxe.ExpectColumnValuesToBeUnique(column=column)

    suites: dict[str, list[Expectation]] = {
        "silver/films": [unique("event_id"), *filled("film_id", "title", "occurred_at")],
        "silver/viewers": [unique("event_id"), *filled("viewer_id", "occurred_at")],
        "silver/viewing": [
            unique("event_id"),
            *filled("viewer_id", "type", "occurred_at"),
            between("rating", 0.5, 5.0),
            between("propensity", 0.0, 1.0),
        ],
        "silver/boxoffice": [unique("event_id"), *filled("film_id", "date", "gross"), between("gross", 0)],
        "features/interaction_sequence": [
            gxe.ExpectCompoundColumnsToBeUnique(column_list=["viewer_id", "film_id"]),
            *filled("at", "as_of"),
            between("strength", 0.0, 3.0),
        ],
        "features/viewer": [unique("viewer_id"), *filled("last_seen", "as_of"), between("films", 0)],
        "features/viewer_taste": [
            *filled("viewer_id", "facet", "value", "as_of"),
            between("films", 1),
            between("share", 0.0, 1.0),
            between("share_of_all", 0.0, 1.0),
        ],
        "features/viewer_segment": [*filled("viewer_id", "segment_facet", "segment", "as_of")],
        "features/segment_taste": [
            *filled("period", "segment_facet", "segment", "facet", "value", "as_of"),
            between("viewers", 1),
            between("amount", 0),
        ],
        "releases/segment_taste": [
            *filled("period", "segment_facet", "segment", "facet", "value", "error"),
            between("viewers", LEAST),
            between("share", 0.0, 1.0),
        ],
        "features/film": [
            unique("film_id"),
            *filled("title", "released", "as_of"),
            between("gross_to_date", 0),
        ],
        "features/film_day": [*filled("film_id", "date", "as_of"), between("gross", 0), between("day", 1)],
    }
    return suites[table]
