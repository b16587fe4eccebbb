"""When things are reported: season, weekday and hour, by category and by channel; and which channel takes what."""

from typing import Final

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.float64]

CATEGORIES: Final = {
    "facility": 0.125, "appearance": 0.13, "market": 0.05, "consumer": 0.075, "labour": 0.055, "neighbour": 0.08,
    "family": 0.035, "property": 0.115, "traffic": 0.10, "noise": 0.115, "illegal_building": 0.035, "safety": 0.045,
    "help": 0.075, "other": 0.035,
}  # fmt: skip
"""Shares of the categories in a year, roughly as hotlines publish them."""
CHANNELS: Final = {
    "12345": 0.5, "110": 0.13, "petition": 0.04, "mediation": 0.04, "web": 0.1, "grid": 0.15, "walk_in": 0.04,
}  # fmt: skip
"""Shares before what nobody would tell a channel goes to the hotline, which ends at about 0.55."""
AFFINITY: Final = {
    "110": {"noise": 3, "neighbour": 2.5, "family": 5, "traffic": 2, "safety": 1.6, "consumer": 1.3, "help": 2, "labour": 1,
            "property": 0.3, "facility": 0.2, "appearance": 0.2, "illegal_building": 0.1, "market": 0.3, "other": 0.3},
    "petition": {"labour": 4, "illegal_building": 4, "property": 2.5, "other": 3, "facility": 1, "noise": 0.5, "help": 0.6,
                 "family": 0.5, "traffic": 0.4, "neighbour": 0.6},
    "mediation": {"neighbour": 7, "family": 9, "labour": 5, "consumer": 3, "property": 1.5, "noise": 0.3, "facility": 0,
                  "appearance": 0, "market": 0.1, "traffic": 0.2, "illegal_building": 0.2, "safety": 0, "help": 0, "other": 0},
    "web": {"appearance": 1.8, "facility": 1.6, "traffic": 2, "noise": 1.3, "property": 1.4, "family": 0.05, "help": 0.6},
    "grid": {"appearance": 2.6, "facility": 1.8, "safety": 3.5, "illegal_building": 2.5, "traffic": 1.2, "neighbour": 0.9,
             "noise": 0.3, "family": 0.2, "consumer": 0.05, "labour": 0.2, "market": 0.4, "property": 0.4, "other": 0.2},
    "walk_in": {"help": 4, "labour": 2.5, "family": 2, "property": 1.5, "neighbour": 1.5, "other": 2, "noise": 0.4,
                "traffic": 0.2, "appearance": 0.4},
}  # fmt: skip
"""How much likelier a channel is for a category than its share says; 1 when not named."""

PEAKS: Final = {
    "noise": (196, 0.38), "appearance": (205, 0.3), "facility": (200, 0.25), "labour": (12, 0.75), "consumer": (75, 0.2),
    "traffic": (262, 0.15), "illegal_building": (105, 0.35), "safety": (355, 0.3), "property": (190, 0.18), "market": (215, 0.2),
}  # fmt: skip
"""Day of the year of the most reports and how far it stands out."""
NIGHT, MEALS, COMMUTE, DAY = "night", "meals", "commute", "day"
RHYTHM: Final = {"noise": NIGHT, "neighbour": NIGHT, "family": NIGHT, "market": MEALS, "traffic": COMMUTE}
HOURS: Final = {
    NIGHT: [5, 3.5, 2, 1, 0.6, 0.8, 1.5, 2, 2, 2, 2, 2, 3, 2.5, 2, 2, 2, 2.5, 4, 6, 8, 9, 9, 7],
    MEALS: [0.5, 0.3, 0.2, 0.1, 0.1, 0.3, 1, 2, 3, 5, 6, 8, 9, 7, 5, 5, 5, 6, 8, 8, 6, 4, 2, 1],
    COMMUTE: [0.5, 0.3, 0.2, 0.1, 0.2, 0.6, 3, 9, 10, 7, 5, 5, 5, 5, 5, 5, 6, 10, 10, 6, 4, 2.5, 1.5, 1],
    DAY: [0.8, 0.5, 0.4, 0.3, 0.3, 0.6, 1.5, 3.5, 7, 9.5, 9, 7, 5, 5, 7, 8, 7.5, 6.5, 5.5, 5, 4, 3, 2, 1.2],
}
OFFICE: Final = [0, 0, 0, 0, 0, 0, 0, 0.2, 4, 9, 9, 6, 0.5, 0.5, 6, 8, 7, 2.5, 0.2, 0, 0, 0, 0, 0]
CHANNEL_HOURS: Final = {"petition": OFFICE, "mediation": OFFICE, "walk_in": OFFICE, "grid": [
    0, 0, 0, 0, 0, 0, 0.3, 2, 6, 9, 9, 7, 2, 2, 6, 9, 8, 5, 2, 1.5, 1, 0.3, 0, 0]}  # fmt: skip
"""Channels that keep their own hours; in the others people speak when it troubles them."""
WEEK: Final = {
    "12345": [1.12, 1.05, 1.02, 1, 1.02, 0.82, 0.78], "110": [0.95, 0.93, 0.95, 0.97, 1.05, 1.15, 1.1],
    "petition": [1.3, 1.1, 1, 1, 0.9, 0, 0], "mediation": [1.2, 1.1, 1, 1, 1, 0.15, 0], "web": [1, 1, 1, 1, 1, 1.05, 1.05],
    "grid": [1.1, 1.05, 1, 1, 1.05, 0.5, 0.25], "walk_in": [1.3, 1.1, 1, 1, 0.9, 0, 0],
}  # fmt: skip
"""Monday to Sunday."""


def channels_of_category() -> Weights:
    """Rows: categories, columns: channels; each row sums to 1, and all channels keep their shares of the year."""
    table = np.array(
        [[CHANNELS[c] * AFFINITY.get(c, {}).get(category, 1.0) for c in CHANNELS] for category in CATEGORIES]
    )
    rows, columns = np.array(list(CATEGORIES.values())), np.array(list(CHANNELS.values()))
    for _ in range(60):
        table *= (columns / table.sum(axis=0))[None, :]
        table *= (rows / table.sum(axis=1))[:, None]
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def day_weights(category: str, channel: str, days: npt.NDArray[np.datetime64]) -> Weights:
    """How much is reported on each day."""
    of_year = (days - days.astype("datetime64[Y]")).astype(np.int64)
    weekday = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7
    peak, height = PEAKS.get(category, (0, 0.0))
    season = 1 + height * np.cos(2 * np.pi * (of_year - peak) / 365)
    return np.asarray(season * np.array(WEEK[channel])[weekday])


def hour_weights(category: str, channel: str) -> Weights:
    """How much is reported in each hour of a day."""
    hours = CHANNEL_HOURS.get(channel, HOURS[RHYTHM.get(category, DAY)])
    weights: Weights = np.asarray(hours, dtype=np.float64)
    return np.asarray(weights / weights.sum())
