"""Which adapter reads which channel: the table, whole."""

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from incidents.channels import grid_worker, hotline_12345, mediation, petition, police_110, walk_in, web
from incidents.channels.reading import Adapted, Layout
from incidents.kinds import Channel

ADAPTERS: Final[Mapping[Channel, Callable[[pl.DataFrame], Adapted]]] = {
    Channel.HOTLINE_12345: hotline_12345.adapt,
    Channel.POLICE_110: police_110.adapt,
    Channel.PETITION: petition.adapt,
    Channel.MEDIATION: mediation.adapt,
    Channel.WEB: web.adapt,
    Channel.GRID: grid_worker.adapt,
    Channel.WALK_IN: walk_in.adapt,
}

LAYOUTS: Final[Mapping[Channel, Layout]] = {
    Channel.HOTLINE_12345: hotline_12345.LAYOUT,
    Channel.POLICE_110: police_110.LAYOUT,
    Channel.PETITION: petition.LAYOUT,
    Channel.MEDIATION: mediation.LAYOUT,
    Channel.WEB: web.LAYOUT,
    Channel.GRID: grid_worker.LAYOUT,
    Channel.WALK_IN: walk_in.LAYOUT,
}


def adapt(channel: Channel, raw: pl.DataFrame) -> Adapted:
    """Read a frame of a channel's own text columns."""
    return ADAPTERS[channel](raw)


def adapt_one(channel: Channel, row: Mapping[str, str | None]) -> Adapted:
    """Read one record, as a form or a web call brings it."""
    return ADAPTERS[channel](
        pl.DataFrame({name: [value] for name, value in row.items()}, schema=dict.fromkeys(row, pl.String()))
    )
