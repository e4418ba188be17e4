"""Checks that no row is lost: bronze = silver + duplicates + quarantined, counted from the tables."""

from dataclasses import dataclass

from pyspark.sql import SparkSession

from jobs import bronze
from jobs.errors import CountsDoNotAdd
from jobs.lake import Lake
from jobs.silver.tables import DUPLICATES, QUARANTINE, SILVER_TABLES


@dataclass(frozen=True)
class RowCounts:
    """Row counts of the tables."""

    bronze: int
    silver: dict[str, int]
    duplicates: int
    quarantined: int

    @property
    def settled(self) -> int:
        """Rows in silver, duplicates and quarantine."""
        return sum(self.silver.values()) + self.duplicates + self.quarantined

    def equation(self) -> str:
        """The counts as the sum that has to hold."""
        silver = " + ".join(f"{count} {name}" for name, count in self.silver.items())
        return f"{self.bronze} bronze = {silver} + {self.duplicates} duplicates + {self.quarantined} quarantined"

    def verify(self) -> None:
        """Raise CountsDoNotAdd where the sum does not hold."""
        if self.bronze != self.settled:
            raise CountsDoNotAdd(
                f"{self.equation()} is off by {self.bronze - self.settled}: "
                "keep a copy of the lake for a look, and run `cineloop rebuild`, which refuses where the topics hold "
                "less than it does"
            )


def count(spark: SparkSession, lake: Lake) -> RowCounts:
    """Count the rows of the tables in the lake; one that does not exist yet counts as empty."""

    def rows(table: str) -> int:
        return lake.read(spark, table).count() if lake.exists(spark, table) else 0

    silver = {table.name: rows(table.path) for table in SILVER_TABLES}
    return RowCounts(rows(bronze.TABLE), silver, rows(DUPLICATES), rows(QUARANTINE))
