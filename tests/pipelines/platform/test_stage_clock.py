"""Seconds shared by what runs side by side."""

from contextlib import ExitStack

from hypothesis import given
from hypothesis import strategies as st
from pytest import approx, raises

from pipelines.platform.stage_clock import Share, SharedClock


def test_alone_one_has_the_whole_time_and_beside_others_a_part() -> None:
    time = [0.0]
    clock = SharedClock(lambda: time[0])
    with clock.running() as first:
        time[0] = 3.0
        with clock.running() as second:
            time[0] = 5.0
    time[0] = 9.0
    with clock.running() as third:
        time[0] = 10.0
    assert (first.seconds, second.seconds, third.seconds) == (4.0, 1.0, 1.0)


def test_what_fails_runs_no_longer() -> None:
    time = [0.0]
    clock = SharedClock(lambda: time[0])
    with raises(RuntimeError), clock.running():
        raise RuntimeError
    with clock.running() as next_one:
        time[0] = 2.0
    assert next_one.seconds == 2.0


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0, 100)), max_size=30))
def test_shares_add_up_to_the_time_in_which_any_ran(turns: list[tuple[int, float]]) -> None:
    time, busy = [0.0], 0.0
    clock, shares = SharedClock(lambda: time[0]), list[Share]()
    with ExitStack() as all_of_them:
        running: dict[int, ExitStack] = {}
        for who, passed in turns:
            busy += passed if running else 0.0
            time[0] += passed
            if who in running:
                running.pop(who).close()
            else:
                running[who] = all_of_them.enter_context(ExitStack())
                shares.append(running[who].enter_context(clock.running()))
    assert sum(share.seconds for share in shares) == approx(busy)
