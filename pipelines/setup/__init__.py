"""Makes a fresh machine ready: Java, virtual environment, packages, jars.

It runs on the system's own Python with the standard library alone, because the environment does not exist yet. A step
is skipped if nothing that it is made from has changed.
"""
