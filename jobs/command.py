"""The command line that all jobs share, so that `spark-submit jobs/….py --help` reads alike everywhere."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pyspark.sql import SparkSession

from jobs.errors import JobError
from jobs.lake import Lake
from jobs.session import spark_session


@dataclass(frozen=True)
class Options:
    """The options of a job."""

    lake: Lake
    bootstrap: str = ""
    every: str | None = None
    as_of: int | None = None
    tables: Sequence[str] = ()


def run_job(
    main: Callable[[SparkSession, Options], None],
    about: str | None,
    *,
    needs_bootstrap: bool = False,
    tables: Iterable[str] = (),
) -> None:
    """Parse the command line, run `main` in a session, stop the session; a JobError exits with 1.

    Args:
        tables: those that the job can write one without the others; `Options.tables` are the chosen ones, or all.
    """
    options = _parse_command_line(about or "", needs_bootstrap, sorted(tables))
    spark = spark_session("cineloop")
    try:
        main(spark, options)
    except JobError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    finally:
        spark.stop()


def _parse_command_line(about: str, needs_bootstrap: bool, tables: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", required=True, help="folder or object-store prefix of the Delta tables")
    parser.add_argument("--checkpoints", required=True, help="folder of the streams' checkpoints")
    parser.add_argument("--bootstrap", required=needs_bootstrap, default="", help="Kafka's HOST:PORT")
    parser.add_argument("--every", help="run for ever, a batch every so often, such as '1 second'")
    parser.add_argument(
        "--as-of", type=int, help="UTC milliseconds; features know nothing later (default: what sources agree on)"
    )
    if tables:
        parser.add_argument("--only", nargs="+", choices=tables, default=tables, help="tables to write (default: all)")
    args = parser.parse_args()
    lake = Lake(args.lake, args.checkpoints)
    return Options(lake, args.bootstrap, args.every, args.as_of, getattr(args, "only", ()))
