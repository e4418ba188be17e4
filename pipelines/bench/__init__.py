"""`make bench`: speed and memory, each figure beside a yardstick of the same run, into BENCHMARKS.md."""
