"""How fast one moves on which kind of road: on foot, by e-bike, by car.

The table is the whole rule: a class that a profile does not list cannot be used by it.
Sources: OpenStreetMap `highway` classes; walking 5 km/h and the classes closed to walkers as in the OSRM
foot profile; car speeds of the OSRM car profile (free flow) times `TOWN_FACTOR`; e-bikes may reach 25 km/h by
GB 17761-2018 and ride about 18 in town, pushed at walking pace where only walkers are allowed.
"""

from enum import StrEnum


class Profile(StrEnum):
    FOOT = "foot"
    EBIKE = "ebike"
    CAR = "car"


BIT = {Profile.FOOT: 1, Profile.EBIKE: 2, Profile.CAR: 4}
"""One bit a profile; a road edge holds one mask for each direction."""

WALK_KMH = 5.0
TOWN_FACTOR = 0.7
"""Signals, crossings and parking take about a third of free-flow speed in a town (our judgement)."""

CLASSES = (
    "motorway",
    "motorway_link",
    "trunk",
    "trunk_link",
    "primary",
    "primary_link",
    "secondary",
    "secondary_link",
    "tertiary",
    "tertiary_link",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "road",
    "track",
    "busway",
    "cycleway",
    "pedestrian",
    "path",
    "footway",
    "bridleway",
    "corridor",
    "steps",
)
"""Every class we keep; any other `highway` value (construction, proposed, bus_stop …) is not a road."""

_EBIKE_ROADS = (
    "primary",
    "primary_link",
    "secondary",
    "secondary_link",
    "tertiary",
    "tertiary_link",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "road",
    "cycleway",
)
_CAR_FREE_FLOW = {
    "motorway": 90,
    "motorway_link": 75,
    "trunk": 85,
    "trunk_link": 70,
    "primary": 65,
    "primary_link": 60,
    "secondary": 55,
    "secondary_link": 50,
    "tertiary": 40,
    "tertiary_link": 30,
    "unclassified": 25,
    "residential": 25,
    "living_street": 10,
    "service": 15,
    "road": 20,
    "track": 10,
}
_NOT_ON_FOOT = {"motorway", "motorway_link", "trunk", "trunk_link", "busway"}

SPEED_KMH: dict[Profile, dict[str, float]] = {
    Profile.FOOT: {c: 3.0 if c == "steps" else WALK_KMH for c in CLASSES if c not in _NOT_ON_FOOT},
    Profile.EBIKE: dict.fromkeys(_EBIKE_ROADS, 18.0)
    | {"track": 12.0, "path": 10.0, "pedestrian": WALK_KMH, "footway": WALK_KMH},
    Profile.CAR: {c: kmh * TOWN_FACTOR for c, kmh in _CAR_FREE_FLOW.items()},
}


def allowed_mask(road_class: str) -> int:
    """The profiles that may use a road of this class when no sign says otherwise, as bits."""
    return sum(bit for profile, bit in BIT.items() if road_class in SPEED_KMH[profile])
