"""A simulated audience that closes the loop: viewers with hidden tastes, and films whose gross depends on rivals.

It communicates with the platform only through events and slates, and is a pure function of a seed, a week, and what
its viewers were shown. `pipelines.simulation` alone may import it: whoever learns or decides must not know its truth.
"""
