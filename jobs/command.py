"""The command line that all jobs share, so that `spark-submit jobs/….py --help` reads alike everywhere."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import SparkSession

from jobs.errors import JobError
from jobs.lake import Lake
from jobs.session import spark_session


@dataclass(frozen=True)
class Options:
    """What a job is told."""

    lake: Lake
    bootstrap: str = ""
    every: str | None = None
    as_of: int | None = None


def run_job(main: Callable[[SparkSession, Options], None], about: str | None, *, needs_bootstrap: bool = False) -> None:
    """Parse the command line, run `main` in a session, stop the session; an error of ours exits with 1."""
    options = _parse(about or "", needs_bootstrap)
    spark = spark_session("cineloop")
    try:
        main(spark, options)
    except JobError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    finally:
        spark.stop()


def _parse(about: str, needs_bootstrap: bool) -> Options:
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", required=True, help="folder or object-store prefix of the Delta tables")
    parser.add_argument("--checkpoints", required=True, help="folder of the streams' checkpoints")
    parser.add_argument("--bootstrap", required=needs_bootstrap, default="", help="Kafka's HOST:PORT")
    parser.add_argument("--every", help="run for ever, a batch every so often, such as '1 second'")
    parser.add_argument("--as-of", type=int, help="UTC milliseconds; features know nothing later (default: newest)")
    args = parser.parse_args()
    return Options(Lake(args.lake, args.checkpoints), args.bootstrap, args.every, args.as_of)
