"""The command line, one verb a file; what a verb needs is imported when it runs, so that `--help` answers at once."""
