"""The demo district is a district: it tiles, its numbers check, its truth points at rows that exist."""

import json
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path

import fastexcel
import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from etl.demo.layouts import ADDRESSES, BUSINESSES, CSV_ENCODINGS, DIVISIONS, REPORT_FILES, RESIDENTS, STAFF, TEAMS
from etl.demo.making import Manifest, make, read_manifest

UNTIL = date(2026, 11, 24)
BASE = ("基础网格", "专属网格")

District = tuple[Path, Manifest]


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> District:
    out = tmp_path_factory.mktemp("demo")
    return out, make(out, scale=0.02, seed=7, until=UNTIL)


def read(path: Path) -> pl.DataFrame:
    if path.suffix == ".xlsx":
        return fastexcel.read_excel(path).load_sheet(0, dtypes="string").to_polars()
    pattern = "residents_*.csv" if path.name.startswith("residents_") else path.name
    text = path.read_bytes().decode(CSV_ENCODINGS[pattern])
    return pl.read_csv(text.encode(), infer_schema=False)


def tables(out: Path, pattern: str) -> pl.DataFrame:
    return pl.concat([read(path) for path in sorted(out.glob(pattern))])


def defects(out: Path) -> dict[str, dict[str, list[int]]]:
    told: dict[str, dict[str, list[int]]] = json.loads((out / "truth" / "defects.json").read_text(encoding="utf-8"))
    return told


def bad_rows(out: Path, prefix: str, *kinds: str) -> int:
    """How many rows of the files were put in or spoilt on purpose."""
    files = [rows for name, rows in defects(out).items() if name.startswith(prefix)]
    return sum(len(rows.get(kind, [])) for rows in files for kind in kinds)


def test_every_count_is_met(district: District) -> None:
    out, manifest = district
    rows = tables(out, "addresses_*.xlsx")
    extra = bad_rows(out, "addresses_", "same_row", "same_ref")
    assert rows.height - extra == 2_440 + 6_540
    assert rows["源编号"].n_unique() == 2_440 + 6_540
    people = sum(n for name, n in manifest.files.items() if name.startswith("residents_"))
    assert people - bad_rows(out, "residents_", "same_row") == 12_540
    assert manifest.files["businesses.xlsx"] == 360
    reports = sum(n for name, n in manifest.files.items() if name.startswith("reports_"))
    assert reports - bad_rows(out, "reports_", "same_row") == 3_200
    assert read_manifest(out) == manifest


def test_files_have_their_headers(district: District) -> None:
    out, _ = district
    expected = {"divisions.csv": DIVISIONS, "businesses.xlsx": BUSINESSES, "teams.xlsx": TEAMS, "staff.xlsx": STAFF}
    expected |= {one.file: one.headers for one in REPORT_FILES}
    for name, headers in expected.items():
        assert read(out / name).columns == list(headers)
    assert tables(out, "addresses_*.xlsx").columns == list(ADDRESSES)
    assert tables(out, "residents_*.csv").columns == list(RESIDENTS)


def test_the_same_seed_makes_the_same_district(district: District, tmp_path: Path) -> None:
    out, manifest = district
    assert make(tmp_path, scale=0.02, seed=7, until=UNTIL) == manifest
    for name in manifest.files:
        if name.endswith(".xlsx"):
            assert read(tmp_path / name).equals(read(out / name)), name
        else:
            assert (tmp_path / name).read_bytes() == (out / name).read_bytes(), name
    for name in ("defects.json", "reports.parquet"):
        assert (tmp_path / "truth" / name).read_bytes() == (out / "truth" / name).read_bytes()


def test_another_seed_makes_another(district: District, tmp_path: Path) -> None:
    out, _ = district
    make(tmp_path, scale=0.02, seed=8, until=UNTIL)
    assert (tmp_path / "reports_110.csv").read_bytes() != (out / "reports_110.csv").read_bytes()


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
def test_the_smallest_district_is_whole_with_any_seed(seed: int, tmp_path: Path) -> None:
    manifest = make(tmp_path, scale=0.005, seed=seed, until=UNTIL)
    grids = gpd.read_file(tmp_path / "grids.gpkg")
    assert shapely.coverage_is_valid(grids[grids["网格类型"].isin(BASE)].geometry.to_numpy())
    assert sum(n for name, n in manifest.files.items() if name.startswith("reports_")) > 795


def test_an_unfinished_folder_has_no_manifest(tmp_path: Path) -> None:
    def stop(name: str, rows: int) -> None:
        raise KeyboardInterrupt(name, rows)

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, scale=0.005, seed=1, until=UNTIL, report=stop)
    assert read_manifest(tmp_path) is None


@pytest.mark.parametrize("scale", [0.0, 0.001, 3.0])
def test_a_scale_out_of_reach_is_refused(scale: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="scale"):
        make(tmp_path, scale=scale, seed=1, until=UNTIL)


def test_grids_tile_the_district(district: District) -> None:
    out, _ = district
    grids = gpd.read_file(out / "grids.gpkg")
    areas = gpd.read_file(out / "division_areas.geojson")
    county = areas[areas["级别"] == "县区"].geometry.iloc[0]
    layers = [grids[grids["网格类型"].isin(BASE)], grids[grids["网格类型"] == "微网格"]]
    layers += [areas[areas["级别"] == level] for level in ("乡镇街道", "村社区")]
    for layer in layers:
        shapes = layer.geometry.to_numpy()
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)
        assert shapely.coverage_union_all(shapes).symmetric_difference(county).area < 1e-10  # about 1 m²


def test_each_grid_lies_in_its_village_and_holds_two_to_six_micro_grids(district: District) -> None:
    out, _ = district
    grids = gpd.read_file(out / "grids.gpkg").set_index("网格编码")
    areas = gpd.read_file(out / "division_areas.geojson").set_index("区划代码")
    base = grids[grids["网格类型"].isin(BASE)]
    for code, row in base.iterrows():
        assert len(str(code)) == 15
        assert str(code).startswith(row["社区代码"])
        assert areas.geometry[row["社区代码"]].buffer(1e-6).contains(row.geometry)
    many = Counter(grids[grids["网格类型"] == "微网格"]["上级编码"])
    assert set(many) == set(base.index)
    assert all(2 <= n <= 6 for n in many.values())


def test_grids_are_numbered_from_west_to_east_then_from_north_to_south(district: District) -> None:
    out, _ = district
    grids = gpd.read_file(out / "grids.gpkg")
    base = grids[grids["网格类型"].isin(BASE)]
    for _, of_village in base.groupby("社区代码"):
        serials = sorted(int(code[12:]) for code in of_village["网格编码"])
        assert serials == list(range(1, len(of_village) + 1))


def test_divisions_hang_together(district: District) -> None:
    rows = read(district[0] / "divisions.csv")
    codes = set(rows["区划代码"])
    assert rows["区划代码"].n_unique() == rows.height
    assert {parent for parent in rows["上级代码"].to_list() if parent} <= codes
    ended = rows.filter(pl.col("失效日期").fill_null("") != "")
    assert ended.height > 0
    assert (ended["失效日期"] > ended["生效日期"]).all()


def test_the_roads_hang_together_and_meet_at_shared_ends(district: District) -> None:
    roads = gpd.read_file(district[0] / "roads.gpkg")
    ends = np.array([(line.coords[0], line.coords[-1]) for line in roads.geometry]).reshape(-1, 2)
    _, node = np.unique(ends, axis=0, return_inverse=True)
    pairs = node.reshape(-1, 2)
    graph = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(node.max() + 1, node.max() + 1))
    assert connected_components(graph, directed=False)[0] == 1
    crossing = roads.geometry.sindex.query(roads.geometry, predicate="crosses")
    assert crossing.shape[1] == 0
    assert set(roads["单行"]) <= {-1, 0, 1}


def test_every_building_stands_in_its_village(district: District) -> None:
    out, _ = district
    rows = tables(out, "addresses_*.xlsx").filter(pl.col("经度").fill_null("").str.starts_with("10"))
    areas = gpd.read_file(out / "division_areas.geojson")
    villages = areas[areas["级别"] == "村社区"].set_index("名称").geometry
    shapes = villages[rows["社区/村"].to_list()].to_numpy()
    lon, lat = (rows[name].cast(pl.Float64).to_numpy() for name in ("经度", "纬度"))
    assert shapely.contains_xy(shapes, lon, lat).all()


def test_no_two_rows_name_the_same_place(district: District) -> None:
    out, _ = district
    rows = tables(out, "addresses_*.xlsx")
    again = bad_rows(out, "addresses_", "same_row")
    assert rows["地址名称"].n_unique() == rows.height - again


def test_plates_rise_along_each_side_of_a_road(district: District) -> None:
    """Numbers of one parity grow with the distance from the first of them, as far as the road is straight."""
    out, _ = district
    rows = tables(out, "addresses_*.xlsx").filter(
        (pl.col("户室").fill_null("") == "") & (pl.col("院落/小区名").fill_null("无").is_in(["无", "", "-"]))
    )
    found = rows.select(
        "乡镇街道", "街路巷", pl.col("门牌").str.extract(r"^([0-9]+)号", 1).cast(pl.Int64).alias("n"),
        pl.col("经度").cast(pl.Float64, strict=False).alias("x"),
        pl.col("纬度").cast(pl.Float64, strict=False).alias("y"),
    ).drop_nulls().filter((pl.col("x") > 100) & pl.col("街路巷").str.contains("[路街巷段]$"))  # fmt: skip
    rising = []
    for _, road in found.group_by("乡镇街道", "街路巷"):
        side = road.filter(pl.col("n") % 2 == 1).sort("n")
        if side.height >= 6:
            away = np.hypot(side["x"] - side["x"][0], side["y"] - side["y"][0])
            rising.append(np.corrcoef(side["n"], away)[0, 1])
    assert np.mean(rising) > 0.9


def test_identity_numbers_check_and_belong_to_nowhere(district: District) -> None:
    out, _ = district
    rows = tables(out, "residents_*.csv")
    numbers = rows["公民身份号码"].to_list()
    assert all(number.startswith("519901") for number in numbers)
    assert sum(not mod_11_2.is_valid(number) for number in numbers) == bad_rows(out, "residents_", "bad_check")
    assert len(set(numbers)) == len(numbers) - bad_rows(out, "residents_", "same_row")
    born = pl.Series(numbers).str.slice(6, 8)
    assert (rows["出生日期"].str.replace_all(r"\D", "").str.len_chars() >= 6).all()
    assert born.str.to_date("%Y%m%d").max() <= UNTIL  # type: ignore[operator]
    odd = pl.Series(numbers).str.slice(16, 1).cast(pl.Int64) % 2 == 1
    assert (odd == (rows["性别"] == "男")).all()


def test_nobody_has_a_phone_of_a_real_operator(district: District) -> None:
    phones = tables(district[0], "residents_*.csv")["联系电话"].drop_nulls()
    phones = phones.filter(phones != "")
    assert phones.str.contains(r"^12[4-8]\d{8}$").all()


def test_households_have_one_head_and_live_in_one_place(district: District) -> None:
    rows = tables(district[0], "residents_*.csv")
    heads = rows.filter(pl.col("与户主关系") == "户主").group_by("户号").len()
    assert rows["户号"].n_unique() == heads.height
    split = rows.filter(pl.col("户籍地址") != pl.col("现住址")).height / rows.height
    assert 0.1 < split < 0.25


def test_credit_codes_check(district: District) -> None:
    out, _ = district
    codes = read(out / "businesses.xlsx")["统一社会信用代码"].to_list()
    assert sum(not uscc.is_valid(code) for code in codes) == bad_rows(out, "businesses", "bad_check") > 0
    assert len(set(codes)) == len(codes)


def test_the_truth_points_at_rows_that_exist(district: District) -> None:
    out, _ = district
    truth = pl.read_parquet(out / "truth" / "reports.parquet")
    assert truth.height == 3_200
    rows = tables(out, "addresses_*.xlsx").unique("源编号", keep="first").select("源编号", "户室", "经度")
    joined = truth.join(rows, left_on="source_ref", right_on="源编号", how="left")
    told = joined.filter(pl.col("source_ref").is_not_null())
    assert told["经度"].is_not_null().sum() + bad_rows(out, "addresses_", "no_coordinates") >= told.height
    assert (told.filter(pl.col("level") == "room")["户室"].fill_null("") != "").all()
    assert (told.filter(pl.col("level") != "room")["户室"].fill_null("") == "").all()
    assert set(joined.filter(pl.col("source_ref").is_null())["level"]) <= {"estate", "road", "village", "none"}


def test_every_report_happened_in_the_district(district: District) -> None:
    out, _ = district
    truth = pl.read_parquet(out / "truth" / "reports.parquet")
    areas = gpd.read_file(out / "division_areas.geojson")
    villages = areas[areas["级别"] == "村社区"].set_index("区划代码").geometry
    shapes = villages[truth["village_code"].to_list()].to_numpy()
    assert shapely.contains_xy(shapes, truth["lon"].to_numpy(), truth["lat"].to_numpy()).all()


def test_each_report_of_a_file_has_its_truth(district: District) -> None:
    out, _ = district
    truth = pl.read_parquet(out / "truth" / "reports.parquet")
    for one in REPORT_FILES:
        known = set(truth.filter(pl.col("channel") == one.channel)["reference"])
        found = {reference for reference in read(out / one.file)[one.reference].to_list() if reference}
        assert found <= known
        assert len(known) - len(found) == len(defects(out).get(one.file, {}).get("no_reference", []))


def test_shares_of_channels_and_of_damage(district: District) -> None:
    truth = pl.read_parquet(district[0] / "truth" / "reports.parquet")
    share = dict(truth["channel"].value_counts(normalize=True).iter_rows())
    assert len(share) == 7
    assert 0.5 < share["12345"] < 0.6
    tags = Counter(tag for tags in truth["noise"].to_list() for tag in tags)
    kinds = {"clean": (0.52, 0.65), "damaged": (0.2, 0.28), "vague": (0.09, 0.15), "wrong": (0.03, 0.07)}
    for tag, (low, high) in (kinds | {"missing": (0.02, 0.045)}).items():
        assert low < tags[tag] / truth.height < high, tag
    assert len(truth["category"].unique()) == 14


def test_matters_are_told_again_within_days_through_other_channels(district: District) -> None:
    out, _ = district
    truth = pl.read_parquet(out / "truth" / "reports.parquet")
    again = truth.group_by("matter").agg(pl.len().alias("n"), pl.col("channel").n_unique().alias("ways"))
    repeated = again.filter(pl.col("n") > 1)
    assert 0.1 < repeated.height / again.height < 0.3
    assert repeated.filter(pl.col("ways") > 1).height > repeated.height / 4
    assert again["n"].max() >= 8  # type: ignore[operator]
    moments = pl.concat([
        read(out / one.file).select(
            pl.lit(one.channel).alias("channel"), pl.col(one.reference).alias("reference"),
            pl.col(one.received).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False).alias("at"),
        )
        for one in REPORT_FILES
    ])  # fmt: skip
    timed = truth.join(moments, on=["channel", "reference"])
    span = timed.group_by("matter").agg((pl.col("at").max() - pl.col("at").min()).alias("span"))
    assert span["span"].median() < timedelta(days=8)  # type: ignore[operator]


def test_a_year_that_ends_on_the_day_and_cases_that_close_later_than_they_open(district: District) -> None:
    out, _ = district
    for one in REPORT_FILES:
        rows = read(out / one.file).with_columns(
            pl.col(one.received).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False).alias("at"),
            pl.col(one.closed).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False).alias("end"),
        )
        timed = rows.drop_nulls("at")
        assert timed["at"].min() >= datetime(2025, 11, 25)  # type: ignore[operator]  # noqa: DTZ001
        assert timed["at"].max() < datetime(2026, 11, 25)  # type: ignore[operator]  # noqa: DTZ001
        closed = timed.drop_nulls("end")
        assert (closed["end"] > closed["at"]).all()
        old = timed.filter(pl.col("at") < datetime(2026, 8, 1))  # noqa: DTZ001
        assert old["end"].is_not_null().mean() > 0.9  # type: ignore[operator]


def test_nothing_is_told_or_closed_after_the_hour_that_is_given(tmp_path: Path) -> None:
    make(tmp_path, scale=0.01, seed=2, until=UNTIL, upto=time(9, 30))
    latest = [
        read(tmp_path / one.file)[header].str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False).max()
        for one in REPORT_FILES
        for header in (one.received, one.closed)
    ]
    assert max(latest) < datetime(2026, 11, 24, 9, 30)  # type: ignore[type-var]  # noqa: DTZ001
    assert max(latest) > datetime(2026, 11, 24)  # type: ignore[type-var]  # noqa: DTZ001


def test_offices_rest_at_weekends_and_quarrels_do_not(district: District) -> None:
    out, _ = district
    for name, header in (("reports_walkin.xlsx", "来访时间"), ("reports_petition.xlsx", "登记时间")):
        weekday = read(out / name)[header].str.to_datetime("%Y-%m-%d %H:%M:%S").dt.weekday()
        assert (weekday <= 5).all()
    weekday = read(out / "reports_110.csv")["报警时间"].str.to_datetime("%Y-%m-%d %H:%M:%S").dt.weekday()
    assert (weekday > 5).any()


def test_places_are_hot_and_not_even(district: District) -> None:
    """A tenth of the cells holds far more than a tenth of the reports, more than people alone explain."""
    out, _ = district
    truth = pl.read_parquet(out / "truth" / "reports.parquet")
    cell = truth.select((pl.col("lon") * 600).floor(), (pl.col("lat") * 600).floor())
    counts = np.sort(cell.group_by("lon", "lat").len()["len"].to_numpy())[::-1]
    assert counts[: len(counts) // 10].sum() > 0.35 * truth.height
    assert counts[0] < 0.12 * truth.height


def test_bad_rows_are_known(district: District) -> None:
    out, _ = district
    for name, told in defects(out).items():
        rows = read(out / name)
        for kind, header in (("no_coordinates", "经度"), ("no_reference", "工单编号")):
            assert all(rows[header][number - 2] in (None, "") for number in told.get(kind, []))
        assert all(float(rows["经度"][number - 2]) < 60 for number in told.get("swapped", []))
