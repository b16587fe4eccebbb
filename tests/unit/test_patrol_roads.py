"""Roads drawn as text: one column is 10 m east, one row 10 m south; letters are named places.

`-` and `|` are streets, `>` and `<` make a horizontal street one-way, `=` is a motorway (no walking).
"""

from dataclasses import dataclass
from textwrap import dedent

import numpy as np
import pytest

from patrol.network import Network, Snaps
from patrol.profiles import BIT, CLASSES, SPEED_KMH, Profile
from patrol.roads import M_PER_DEGREE_NORTH, Graph, contract, from_edges

LON, LAT, CELL_M = 104.39, 31.13, 10.0
STREETS = set("-|><=")


@dataclass
class Town:
    graph: Graph
    places: dict[str, tuple[float, float]]

    def network(self, profile: Profile = Profile.FOOT) -> Network:
        return Network(self.graph, profile)

    def minutes(self, start: str, stop: str, profile: Profile = Profile.FOOT) -> float:
        network = self.network(profile)
        return float(network.matrix(self.snaps(network, start + stop))[0, 1])

    def metres(self, start: str, stop: str, profile: Profile = Profile.FOOT) -> float:
        network = self.network(profile)
        return network.legs(self.snaps(network, start + stop), [0, 1])[0].metres

    def snaps(self, network: Network, names: str, max_m: float = 300.0) -> Snaps:
        lonlat = np.array([self.places[n] for n in names])
        return network.snap(lonlat[:, 0], lonlat[:, 1], max_m)


def draw(text: str, melt: bool = True) -> Town:
    """Letters in a street are junctions; small letters off the street are just places."""
    rows = dedent(text).strip("\n").splitlines()
    at = {(r, c): ch for r, row in enumerate(rows) for c, ch in enumerate(row)}
    spots = [(rc, ch) for rc, ch in at.items() if ch.isalpha() or ch == "+"]
    where = {rc: (LON + rc[1] * _east(), LAT - rc[0] * CELL_M / M_PER_DEGREE_NORTH) for rc, _ in spots}
    number = {rc: i for i, (rc, ch) in enumerate(spots)}
    edges = []
    for rc, _ in spots:
        for step in ((0, 1), (1, 0)):
            r, c = rc[0] + step[0], rc[1] + step[1]
            run = ""
            while at.get((r, c), " ") in STREETS:
                run += at[(r, c)]
                r, c = r + step[0], c + step[1]
            if run and (r, c) in number and ("|" in run) == (step == (1, 0)):
                way = 1 if ">" in run else -1 if "<" in run else 0
                edges.append((number[rc], number[(r, c)], "motorway" if "=" in run else "residential", way))
    graph = from_edges(list(where.values()), edges)
    return Town(contract(graph) if melt else graph, {ch: where[rc] for rc, ch in spots})


def _east() -> float:
    return CELL_M / (M_PER_DEGREE_NORTH * np.cos(np.radians(LAT)))


def test_a_straight_street_takes_its_length_at_walking_pace():
    town = draw("A---------B")
    assert town.metres("A", "B") == pytest.approx(100, rel=0.01)
    assert town.minutes("A", "B") == pytest.approx(100 * 0.06 / 5, rel=0.01)


def test_one_bridge_over_the_river_is_the_only_way():
    town = draw("""
        A---------B---------C
                  |
                  |
        D---------E---------F
        """)
    assert town.metres("A", "D") == pytest.approx(100 + 30 + 100, rel=0.01)


def test_without_the_bridge_there_is_no_way_and_no_straight_line():
    town = draw("""
        A------------------------------B

        C------------------------------D
        """)
    assert town.minutes("A", "C") == np.inf
    assert town.metres("A", "C") == np.inf
    network = town.network()
    assert network.legs(town.snaps(network, "AC"), [0, 1])[0].line.size == 0


def test_one_way_binds_wheels_and_not_feet():
    town = draw("""
        A---->----B
        |         |
        |         |
        C----<----D
        """)
    assert town.metres("A", "B", Profile.EBIKE) == pytest.approx(100, rel=0.01)
    assert town.metres("B", "A", Profile.EBIKE) == pytest.approx(30 + 100 + 30, rel=0.01)
    assert town.metres("B", "A", Profile.FOOT) == pytest.approx(100, rel=0.01)


def test_a_one_way_dead_end_is_no_place_for_wheels():
    """Whoever drives in could not get out: the street is not kept, a stop there snaps to the next one."""
    town = draw("""
        A------------B------------C
        |            |            |
        D------------E------------F
                     +----->------Z
        """)
    network = town.network(Profile.CAR)
    z = town.snaps(network, "Z")
    assert z.edge[0] >= 0
    assert z.away_m[0] > 5


def test_a_motorway_is_not_for_walkers():
    town = draw("""
        A=========B
        |         |
        C---------D
        """)
    assert town.metres("A", "B", Profile.CAR) == pytest.approx(100, rel=0.01)
    assert town.metres("A", "B", Profile.FOOT) == pytest.approx(140, rel=0.01)


def test_far_from_every_road_is_off_the_road():
    town = draw("""
        A----------------------B




        h
        """)
    network = town.network()
    assert town.snaps(network, "h", max_m=40).edge[0] == -1
    near = town.snaps(network, "h", max_m=60)
    assert near.away_m[0] == pytest.approx(50, rel=0.02)


def test_the_middle_of_a_melted_street_is_still_the_middle():
    """Bends are no junctions; a house beside the last stretch is reached at its own offset."""
    town = draw("""
        A----+
             |
             |   h
             +----B
        """)
    assert town.graph.junctions == 2
    assert town.graph.edges == 1
    assert town.metres("A", "h") == pytest.approx(50 + 30 + 40 + 10, rel=0.01)
    whole = town.metres("A", "B")
    assert whole == pytest.approx(50 + 30 + 50, rel=0.01)
    assert len(town.graph.line(0)) == 4


def test_two_stops_on_one_one_way_street_go_round():
    town = draw(
        """
        A---+-->--+---B
        |             |
        C-------------D
          h    k
        """,
        melt=False,
    )
    graph = town.graph
    lon = np.array([graph.lon.min() + 0.00055, graph.lon.min() + 0.00085])
    lat = np.array([graph.lat.max(), graph.lat.max()])
    network = town.network(Profile.EBIKE)
    snaps = network.snap(lon, lat)
    minutes = network.matrix(snaps)
    assert snaps.edge[0] == snaps.edge[1]
    assert minutes[0, 1] < minutes[1, 0]


def test_the_matrix_and_the_drawn_way_agree():
    town = draw("""
        A---B---C---D
        |   |   |   |
        E---F---G---H
        |       |   |
        I---J---K---L
        """)
    network = town.network()
    names = "ABCDEFGHIJKL"
    snaps = town.snaps(network, names)
    minutes = network.matrix(snaps)
    for i in range(len(names)):
        for j in range(len(names)):
            leg = network.legs(snaps, [i, j])[0]
            assert leg.minutes == pytest.approx(float(minutes[i, j]), abs=1e-4)
            assert leg.metres == pytest.approx(float(minutes[i, j]) * 5 / 0.06, abs=0.5)


def test_melting_changes_no_distance():
    picture = """
        A---+---B---+
        |           |
        +---C---+---D
        """
    melted, plain = draw(picture), draw(picture, melt=False)
    assert melted.graph.edges < plain.graph.edges
    assert melted.graph.length_m.sum() == pytest.approx(plain.graph.length_m.sum())
    for pair in ("AB", "AC", "AD", "BD"):
        assert melted.metres(*pair) == pytest.approx(plain.metres(*pair), abs=0.01)


def test_a_ring_road_alone_is_kept():
    ring = draw("""
        +---+
        |   |
        +---+
        """)
    assert ring.graph.length_m.sum() == pytest.approx(4 * 20 + 2 * 40 - 80, rel=0.6)
    assert ring.graph.edges >= 1


def test_the_same_roads_have_the_same_fingerprint():
    assert draw("A---B").graph.digest() == draw("A---B").graph.digest()
    assert draw("A---B").graph.digest() != draw("A->-B").graph.digest()


@pytest.mark.parametrize("profile", list(Profile))
def test_every_speed_belongs_to_a_known_class(profile):
    assert set(SPEED_KMH[profile]) <= set(CLASSES)
    assert all(0 < kmh <= 120 for kmh in SPEED_KMH[profile].values())
    assert BIT.keys() == set(Profile)
