"""A clock that leaps erases nobody early and keeps nothing late."""

import random
from datetime import datetime, timedelta

import pytest

from access_log.policy.trusted_time import SETTLE, SLACK, Believed, Tick, believe
from tests.moments import NOON

EVERY = timedelta(minutes=10)
YEAR = timedelta(days=365)
MINUTE = timedelta(minutes=1)


class Machine:
    """A machine whose clock can be set wrong; `truth` is the time it really is."""

    def __init__(self) -> None:
        self.truth = NOON
        self.off = timedelta()
        self.started = NOON - timedelta(days=3)
        self.boot = 0
        self.led = False
        self.believed: Believed | None = None

    def look(self) -> datetime:
        tick = Tick(self.truth + self.off, (self.truth - self.started).total_seconds(), f"boot-{self.boot}", self.led)
        self.believed = believe(self.believed, tick)
        return self.believed.at

    def pass_by(self, length: timedelta, every: timedelta = EVERY) -> datetime:
        """Look now and then. Returns what is believed at the end."""
        end = self.truth + length
        while self.truth < end:
            self.truth = min(self.truth + every, end)
            self.look()
        return self.look()

    def restart(self, pause: timedelta = MINUTE) -> None:
        self.truth += pause
        self.started, self.boot = self.truth, self.boot + 1

    @property
    def wrong_by(self) -> timedelta:
        assert self.believed is not None
        return self.believed.at - self.truth

    @property
    def in_doubt(self) -> bool:
        return self.believed is not None and self.believed.doubted is not None


@pytest.fixture
def machine() -> Machine:
    made = Machine()
    made.look()
    return made


def test_a_clock_that_goes_as_time_does_is_believed(machine: Machine) -> None:
    machine.pass_by(timedelta(days=2))
    assert machine.wrong_by == timedelta()
    assert not machine.in_doubt


def test_the_first_look_believes_the_clock() -> None:
    assert Machine().look() == NOON


@pytest.mark.parametrize("leap", [YEAR, -YEAR, timedelta(hours=8), -timedelta(hours=8), SLACK + MINUTE])
def test_a_leap_is_not_followed_and_time_goes_on(machine: Machine, leap: timedelta) -> None:
    machine.off = leap
    machine.pass_by(timedelta(days=3))
    assert machine.in_doubt
    assert machine.wrong_by == timedelta()


def test_a_small_correction_is_followed_at_once(machine: Machine) -> None:
    machine.off = SLACK - MINUTE
    machine.pass_by(EVERY)
    assert (machine.wrong_by, machine.in_doubt) == (machine.off, False)


def test_a_leap_that_is_put_right_leaves_nothing_behind(machine: Machine) -> None:
    machine.off = YEAR
    machine.pass_by(timedelta(hours=5))
    machine.off = timedelta()
    machine.pass_by(EVERY)
    assert (machine.wrong_by, machine.in_doubt) == (timedelta(), False)


def test_where_a_time_server_set_the_clock_it_is_believed_after_half_an_hour(machine: Machine) -> None:
    machine.off, machine.led = timedelta(hours=8), True
    machine.pass_by(SETTLE - MINUTE)
    assert machine.in_doubt
    machine.pass_by(2 * EVERY)
    assert (machine.wrong_by, machine.in_doubt) == (timedelta(hours=8), False)


def test_days_off_are_made_up_at_once_where_a_time_server_leads(machine: Machine) -> None:
    machine.led = True
    machine.restart(timedelta(days=90))
    machine.look()
    assert (machine.wrong_by, machine.in_doubt) == (timedelta(), False)


def test_days_off_are_made_up_within_the_hour_without_a_time_server(machine: Machine) -> None:
    machine.restart(timedelta(days=9))
    machine.look()
    assert machine.in_doubt
    assert machine.believed is not None
    assert machine.believed.at == NOON
    machine.pass_by(timedelta(minutes=50))
    assert (machine.wrong_by, machine.in_doubt) == (timedelta(), False)


def test_a_start_of_the_machine_is_not_a_year(machine: Machine) -> None:
    """A battery that is empty, a wrong year typed into the firmware: nothing is erased before a person has looked."""
    machine.off = YEAR
    machine.restart()
    machine.pass_by(timedelta(days=4))
    assert machine.in_doubt
    assert abs(machine.wrong_by) <= 2 * EVERY
    machine.off = timedelta()
    machine.pass_by(EVERY)
    assert abs(machine.wrong_by) <= 2 * EVERY


def test_a_leap_in_the_first_half_hour_of_a_machine_is_not_what_it_claimed(machine: Machine) -> None:
    machine.restart(timedelta(days=3))
    machine.pass_by(EVERY)
    machine.off = timedelta(days=20)
    machine.pass_by(timedelta(hours=3))
    assert machine.wrong_by < timedelta()
    machine.off = timedelta()
    machine.pass_by(EVERY)
    assert machine.wrong_by == timedelta()


def test_a_restart_of_the_program_alone_is_no_restart(machine: Machine) -> None:
    """The machine knows how long the program was away."""
    machine.truth += timedelta(days=40)
    machine.look()
    assert (machine.wrong_by, machine.in_doubt) == (timedelta(), False)


def test_a_second_machine_with_a_wrong_clock_convinces_nobody() -> None:
    right, wrong = Machine(), Machine()
    wrong.boot, wrong.off = 7, YEAR
    believed: Believed | None = None
    for _round in range(200):
        for one in (right, wrong):
            one.truth += EVERY
            one.believed = believed
            one.look()
            believed = one.believed
            assert abs(one.wrong_by) <= 2 * EVERY


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_clock_does_nothing_is_believed_early_without_a_time_server(seed: int) -> None:
    """Three months of leaps, both ways, and of starts: never ahead by more than the slack and what a start cannot tell."""
    luck = random.Random(seed)
    machine = Machine()
    machine.look()
    for _event in range(40):
        match luck.randrange(4):
            case 0:
                machine.off = luck.choice([YEAR, -YEAR, timedelta(days=60), timedelta(hours=8), timedelta()])
            case 1:
                machine.off = timedelta()
                machine.restart(timedelta(hours=luck.randrange(1, 200)))
            case _:
                machine.pass_by(timedelta(hours=luck.randrange(1, 50)))
        machine.look()
        assert machine.wrong_by <= SLACK
