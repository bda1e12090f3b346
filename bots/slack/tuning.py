"""How patient the Slack door is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """Times in seconds. Slack waits 3 s for an acknowledgement and shows an error to a person who waits longer."""

    ping_seconds: float = 5.0  # a socket that answers no ping is given up after one and a half of these
    answer_seconds: float = 2.3  # what takes longer is acknowledged first and answered later
    lookup_seconds: float = 1.5  # how long an event waits to learn its author's name
    staff_seconds: float = 2.0  # changes of memberships within this time are one look-up
    rooms_seconds: float = 0.5  # invitations within this time are one look-up
    gap_seconds: float = 15.0  # how long the start waits for what was missed; the rest is read beside
    again_seconds: float = 60.0  # until a gap that could not be closed, or a token that failed, is tried again
    # views.publish is a method of tier 4, 100 calls a minute (https://docs.slack.dev/apis/web-api/rate-limits)
    home_seconds: float = 3.0  # the least between two drawings of one person's page
    home_pace_seconds: float = 0.6  # and between those of any two
