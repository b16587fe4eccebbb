"""Roads in the database: loaded once by content, read back as a graph, kept per process by fingerprint."""

import threading
from collections import OrderedDict
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit
from core.actors import Actor
from core.db import copy_rows
from core.rows import Outcome
from patrol.errors import NoRoads
from patrol.models import RoadGraph
from patrol.network import Network
from patrol.profiles import CLASSES, Profile
from patrol.roadfiles import read_lines, read_roads
from patrol.roads import Graph, lengths_m

KEPT_NETWORKS = 6
"""Networks kept in a process: three profiles of the graph before and of the new one; a county is about 10 MB."""

_networks: OrderedDict[tuple[str, Profile], Network] = OrderedDict()
_guard = threading.Lock()


def load_roads(session: Session, source: Path | gpd.GeoDataFrame, *, actor: Actor, at: datetime) -> Outcome:
    """Load a road file or a table of lines as the current graph; the one before is dropped.

    Counts lines of the file. The same content again is all `repeated` and changes nothing. Raises BadInput when the
    file as a whole cannot be read. Writes one audit row.
    """
    name = source.name if isinstance(source, Path) else "table"
    read = read_roads(source) if isinstance(source, Path) else read_lines(source)
    digest = read.graph.digest()
    session.execute(text("select pg_advisory_xact_lock(hashtext('patrol.load_roads'))"))
    known = session.scalars(select(RoadGraph).where(RoadGraph.is_current)).one_or_none()
    counts = {"junctions": read.graph.junctions, "edges": read.graph.edges}
    if known is not None and known.digest == digest:
        return Outcome(0, read.lines, read.rejected, counts)
    session.execute(text("delete from patrol.road_graph"))
    made = RoadGraph(
        digest=digest,
        source=name,
        junctions=read.graph.junctions,
        edges=read.graph.edges,
        is_current=True,
        loaded_at=at,
    )
    session.add(made)
    session.flush()
    _copy(session, made.id, read.graph)
    audit.record(session, actor, "roads.loaded", "road_graph", digest[:16], at, counts)
    return Outcome(read.lines, 0, read.rejected, counts)


def _copy(session: Session, graph_id: int, graph: Graph) -> None:
    lines = shapely.linestrings(graph.xy, indices=np.repeat(np.arange(graph.edges), np.diff(graph.at)))
    wkb = shapely.to_wkb(shapely.set_srid(lines, 4326), hex=True, include_srid=True)
    columns = ("graph_id", "id", "a", "b", "class", "name", "forward", "backward", "geom")
    rows = zip(
        [graph_id] * graph.edges,
        range(graph.edges),
        graph.a.tolist(),
        graph.b.tolist(),
        [CLASSES[k] for k in graph.kind],
        map(str, graph.name),
        graph.forward.tolist(),
        graph.backward.tolist(),
        wkb,
        strict=True,
    )
    copy_rows(session, "patrol.road_edge", columns, rows)


def current_digest(session: Session) -> str | None:
    """The fingerprint of the current graph; None before any roads are loaded."""
    return session.scalars(select(RoadGraph.digest).where(RoadGraph.is_current)).one_or_none()


def network(session: Session, profile: Profile) -> Network:
    """The current graph for a profile. Raises NoRoads before any roads are loaded."""
    digest = current_digest(session)
    if digest is None:
        raise NoRoads
    key = (digest, profile)
    with _guard:
        if key not in _networks:
            graph = next((n.graph for (d, _), n in _networks.items() if d == digest), None) or read_graph(session)
            _networks[key] = Network(graph, profile)
        _networks.move_to_end(key)
        while len(_networks) > KEPT_NETWORKS:
            _networks.popitem(last=False)
        return _networks[key]


def read_graph(session: Session) -> Graph:
    """The current graph out of the database; empty when there is none."""
    rows = session.execute(
        text("""select e.a, e.b, e.class, e.name, e.forward, e.backward, ST_AsBinary(e.geom)
                  from patrol.road_edge e join patrol.road_graph g on g.id = e.graph_id
                 where g.is_current order by e.id""")
    ).all()
    lines = np.asarray(shapely.from_wkb([bytes(row[6]) for row in rows]), object)
    xy = shapely.get_coordinates(lines)
    at = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(lines))]).astype(np.int64)
    a = np.array([row[0] for row in rows], np.int32)
    b = np.array([row[1] for row in rows], np.int32)
    count = int(max(a.max(initial=-1), b.max(initial=-1))) + 1
    node = np.zeros((count, 2))
    node[a], node[b] = xy[at[:-1]], xy[at[1:] - 1]
    number = {name: n for n, name in enumerate(CLASSES)}
    return Graph(
        lon=node[:, 0].copy(),
        lat=node[:, 1].copy(),
        a=a,
        b=b,
        kind=np.array([number[row[2]] for row in rows], np.int16),
        name=np.array([row[3] for row in rows], object),
        forward=np.array([row[4] for row in rows], np.uint8),
        backward=np.array([row[5] for row in rows], np.uint8),
        length_m=lengths_m(xy, at),
        xy=xy,
        at=at,
    )
