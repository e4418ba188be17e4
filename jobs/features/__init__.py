"""Silver → feature tables, each a pure function of silver and `as_of`: nothing later than `as_of` is known.

All sums are over integers, so that a table does not depend on the order in which its events came. Numbers that
need floating point (decay, means) are made by the reader from these.
"""
