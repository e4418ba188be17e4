"""Makes a fresh machine ready: virtual environment, Java, jars, browser.

Runs on the system's own Python with the standard library alone, since the environment that it makes is not
there yet. Every step is stamped with what it was made from, so that a second run costs next to nothing.
"""
