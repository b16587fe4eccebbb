"""The door of the maps room. It reads and draws; it writes nothing and decides nothing."""

from maps.areas import Area, areas, grid_ids_of
from maps.behind import Behind, Counters, ReportLine, behind, counters, unplaced
from maps.export import base_map, heat_page
from maps.faults import faults_page
from maps.ground import Ground, ground
from maps.heatmap import heat_map
from maps.hot import HotPlace, Order, Where, describe, hot_places, is_hidden, place_of
from maps.picture import Picture, cells_in_use, picture
from maps.plates import Plate, page_picture, place_url, qr_png, qr_svg, sheet
from maps.view import PERIODS, Audience, View

__all__ = [
    "PERIODS",
    "Area",
    "Audience",
    "Behind",
    "Counters",
    "Ground",
    "HotPlace",
    "Order",
    "Picture",
    "Plate",
    "ReportLine",
    "View",
    "Where",
    "areas",
    "base_map",
    "behind",
    "cells_in_use",
    "counters",
    "describe",
    "faults_page",
    "grid_ids_of",
    "ground",
    "heat_map",
    "heat_page",
    "hot_places",
    "is_hidden",
    "page_picture",
    "picture",
    "place_of",
    "place_url",
    "qr_png",
    "qr_svg",
    "sheet",
    "unplaced",
]
