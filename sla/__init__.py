"""The promises: pure arithmetic on instants and opening hours; and an alarm clock and a metronome.

Nothing here does I/O or reads a clock, except `sla.scheduler`, which only beats time. Every instant that goes in
or comes out is a timezone-aware `datetime`, those that come out in UTC; every length of time is in seconds.
"""
