"""What became of divisions: on invented tables whose whole history is known."""

from dataclasses import dataclass, field

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grid.former import FormerDivisions, former_divisions
from grid.lineage import Lineage
from grid.names import plain, spellings, stem
from grid.records import Level
from grid.succession import Change, Node, succession
from grid.yearly import read_tables

HEADS, TAILS = "云水石花松竹梅柳桐榆", "溪岭潭坪湾塘坝桥坡田"
VILLAGES_OF_A_TOWN, TOWNS, COUNTIES = 6, 5, 3


def name_of(number: int) -> str:
    return HEADS[number % 10] + TAILS[number // 10 % 10] + HEADS[number // 100 % 10] * (number >= 100)


@dataclass
class World:
    """Counties hold towns, towns hold villages by an identity that outlives every name and code."""

    counties: dict[int, tuple[str, str]] = field(default_factory=dict)  # id → code of 6, name
    towns: dict[int, tuple[int, str, str]] = field(default_factory=dict)  # id → county, three digits, name
    villages: dict[int, tuple[int, str]] = field(default_factory=dict)  # id → town, name
    serial: int = 500

    @classmethod
    def made(cls) -> "World":
        world = cls()
        for county in range(COUNTIES):
            world.counties[county] = (f"5199{county + 21}", f"{name_of(900 + county)}县")
            for place in range(TOWNS):
                town = county * TOWNS + place
                world.towns[town] = (county, f"{100 + place}", f"{name_of(800 + town)}镇")
                for place_in in range(VILLAGES_OF_A_TOWN):
                    village = town * VILLAGES_OF_A_TOWN + place_in
                    world.villages[village] = (town, f"{name_of(100 + village)}村委会")
        return world

    def fresh(self) -> int:
        self.serial += 1
        return self.serial

    def free_code(self, county: int) -> str:
        used = {digits for home, digits, _ in self.towns.values() if home == county}
        return next(f"{n:03d}" for n in range(1, 400) if f"{n:03d}" not in used)

    def key(self, town: int) -> str:
        county, digits, _ = self.towns[town]
        return f"{self.counties[county][0]}{digits}000"

    def village_key(self, village: int, *, coded: bool) -> str:
        """Its code (a serial number behind its town's), or the town's code and its name."""
        town, name = self.villages[village]
        return f"{self.key(town)[:9]}{village + 1:03d}" if coded else f"{self.key(town)}/{name}"

    def table(self, *, coded: bool) -> dict[str, Node]:
        nodes = [Node(f"{code}000000", name, Level.COUNTY, "519900000000") for code, name in self.counties.values()]
        nodes += [
            Node(self.key(t), name, Level.TOWN, f"{self.counties[c][0]}000000")
            for t, (c, _, name) in self.towns.items()
        ]
        for village, (town, name) in self.villages.items():
            nodes.append(Node(self.village_key(village, coded=coded), name, Level.VILLAGE, self.key(town)))
        return {node.key: node for node in nodes}

    def change(self, what: str, one: int, other: int) -> None:
        """One act on the towns of these two numbers."""
        ids = sorted(self.towns)
        a, b = ids[one % len(ids)], ids[other % len(ids)]
        county, digits, name = self.towns[a]
        if what == "to street":
            self.towns[a] = (county, self.free_code(county), stem(name, Level.TOWN) + "街道")
        elif what == "recode":
            self.towns[a] = (county, self.free_code(county), name)
        elif what == "rename":
            self.towns[a] = (county, digits, f"{name_of(self.fresh())}镇")
        elif what == "move":
            home = (county + 1) % COUNTIES
            self.towns[a] = (home, self.free_code(home), name)
        elif what == "county to city":
            code, title = self.counties[county]
            self.counties[county] = (
                f"5199{80 + self.fresh() % 19}",
                title.removesuffix("县").removesuffix("市") + "市",
            )
            assert code
        elif what == "merge" and a != b and self.towns[b][0] == county:
            del self.towns[a]
            self.villages = {v: (b if t == a else t, title) for v, (t, title) in self.villages.items()}
        elif what == "split":
            mine = [v for v, (t, _) in self.villages.items() if t == a]
            made = self.fresh()
            self.towns[made] = (county, self.free_code(county), f"{name_of(self.fresh())}街道")
            for v in mine[: len(mine) // 2]:
                self.villages[v] = (made, self.villages[v][1])
        elif what == "rename village":
            village = sorted(self.villages)[one % len(self.villages)]
            self.villages[village] = (self.villages[village][0], f"{name_of(self.fresh())}社区")


ACTS = ("to street", "recode", "rename", "move", "merge", "split", "rename village", "county to city")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=10),
    st.booleans(),
)
def test_a_town_is_found_where_its_villages_are(acts: list[tuple[str, int, int]], coded: bool) -> None:
    world = World.made()
    begun, tables = dict(world.villages), {2010: world.table(coded=coded)}
    first_villages = {village: world.village_key(village, coded=coded) for village in begun}
    first_keys = {town: world.key(town) for town in world.towns}
    for year, (what, one, other) in enumerate(acts, start=2011):
        world.change(what, one, other)
        tables[year] = world.table(coded=coded)
    lineage = Lineage(tables).infer()
    for town, key in first_keys.items():
        now = {world.villages[v][0] for v, (home, _) in begun.items() if home == town}
        found = {one.node.key for one in lineage.successors(2010, key)}
        if len(now) == 1:
            assert found == {world.key(next(iter(now)))}, (acts, town)
        assert found <= {world.key(one) for one in now}, (acts, town)
        assert found, (acts, town)
    for village, (town, name) in begun.items():
        found = {one.node.key for one in lineage.successors(2010, first_villages[village])}
        assert found <= {world.village_key(village, coded=coded)}, (acts, village, town)
        if world.villages[village][1] == name:
            assert found, (acts, village)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=6))
def test_a_former_name_never_leads_elsewhere(acts: list[tuple[str, int, int]]) -> None:
    world = World.made()
    tables = {2010: world.table(coded=False)}
    begun, towns = dict(world.villages), dict(world.towns)
    counties = dict(world.counties)
    for year, (what, one, other) in enumerate(acts, start=2011):
        world.change(what, one, other)
        tables[year] = world.table(coded=False)
    former = former_divisions(Lineage(tables).infer())
    for town, (county, _, name) in towns.items():
        said = f"{counties[county][1]}{name}"
        now = {world.villages[v][0] for v, (home, _) in begun.items() if home == town}
        right = {world.counties[world.towns[t][0]][1] + world.towns[t][2] for t in now}
        told = former.rewrite(said + "5号")
        texts = {said + "5号"} if told is None else set(told.others or (told.text,))
        assert texts <= {one + "5号" for one in right}, acts
        assert told is None or told.faults or told.others
        if len(right) == 1 and right != {said}:
            assert told is not None
            assert told.faults


def small(*rows: tuple[str, str]) -> dict[str, Node]:
    read = read_tables(
        pl.DataFrame({"year": ["2020"] * len(rows), "code": [c for c, _ in rows], "name": [n for _, n in rows]})
    )
    assert not read.rejected
    return read.tables[2020]


COUNTY = ("519901", "旌原区")


def test_without_villages_names_and_codes_must_do() -> None:
    old = small(
        COUNTY, ("519901100", "东湖镇"), ("519901101", "西山乡"), ("519901102", "石桥镇"), ("519901103", "老场镇")
    )
    new = small(COUNTY, ("519901001", "东湖街道"), ("519901101", "西岭乡"), ("519901102", "石桥镇"))
    found = {link.old[6:9]: link for link in succession(old, new)}
    assert (found["100"].new, found["100"].change) == ("519901001000", Change.RENAMED)
    assert (found["101"].change, found["101"].is_sure) == (Change.RENAMED, False), "a code alone is a doubtful witness"
    assert found["102"].change is Change.KEPT
    assert (found["103"].new, found["103"].change) == ("", Change.ENDED)


def test_two_that_fit_are_two() -> None:
    old = small(COUNTY, ("519901100", "城关镇"), ("519901101", "石桥镇"))
    new = small(COUNTY, ("519901001", "城关街道"), ("519901200", "城关乡"), ("519901101", "石桥镇"))
    told = [link for link in succession(old, new) if link.old == "519901100000"]
    assert {link.new for link in told} == {"519901001000", "519901200000"}
    assert not any(link.is_sure for link in told)
    lineage = Lineage({2020: old, 2021: new}).infer()
    told_text = former_divisions(lineage).rewrite("旌原区城关镇5号")
    assert told_text is not None
    assert (told_text.text, set(told_text.others)) == ("旌原区城关镇5号", {"旌原区城关街道5号", "旌原区城关乡5号"})


def test_an_office_has_the_last_word() -> None:
    old = small(COUNTY, ("519901100", "城关镇"))
    new = small(COUNTY, ("519901001", "城关街道"), ("519901200", "城关乡"))
    lineage = Lineage({2020: old, 2021: new}, {(2020, "519901100000"): ("519901200000",)}).infer()
    assert [one.node.name for one in lineage.successors(2020, "519901100000")] == ["城关乡"]


def test_a_year_that_a_table_forgets_does_not_end_a_division() -> None:
    full = small(COUNTY, ("519901100", "东湖镇"), ("519901101", "石桥镇"))
    hole = small(COUNTY, ("519901101", "石桥镇"))
    lineage = Lineage({2019: full, 2020: hole, 2021: full}).infer()
    assert [one.node.key for one in lineage.successors(2019, "519901100000")] == ["519901100000"]


def test_a_code_given_to_another_town_leads_to_where_the_name_went() -> None:
    old = small(COUNTY, ("519901100", "东湖镇"), ("519901101", "石桥镇"))
    new = small(COUNTY, ("519901100", "石桥镇"), ("519901102", "东湖镇"))
    lineage = Lineage({2020: old, 2021: new}).infer()
    assert [one.node.key for one in lineage.successors(2020, "519901100000")] == ["519901102000"]
    former = former_divisions(lineage)
    assert former.rewrite("519901100东湖镇5号") is None or "东湖镇5号" in former.rewrite("519901100东湖镇5号").text  # type: ignore[union-attr]
    told = former.rewrite("519901101石桥镇5号")
    assert told is not None
    assert told.faults == ("code.former",)


@pytest.fixture(scope="module")
def former() -> FormerDivisions:
    """东湖镇 became 东湖街道, 西山乡 went to 石桥镇 with its 前村, 北区 became part of another county."""
    rows = {
        2015: (
            ("519901", "旌原县"), ("519901100", "东湖镇"), ("519901100001", "三角村委会"),
            ("519901101", "西山乡"),
            ("519901101001", "前坝村委会"), ("519901101002", "后坝村委会"), ("519901102", "石桥镇"),
            ("519901102001", "桥头村委会"), ("519901102002", "桥尾村委会"),
            ("519902", "江州区"), ("519902001", "南门街道"),
        ),
        2020: (
            ("519903", "旌原市"), ("519903001", "东湖街道"), ("519903001001", "三角社区居委会"),
            ("519903102", "石桥镇"),
            ("519903102001", "桥头村委会"), ("519903102002", "桥尾村委会"), ("519903102003", "前坝村委会"),
            ("519903102004", "后坝村委会"), ("519902", "江州区"), ("519902001", "南门街道"),
        ),
    }  # fmt: skip
    return former_divisions(Lineage({year: small(*told) for year, told in rows.items()}).infer())


@pytest.mark.parametrize(
    ("text", "today", "faults"),
    [
        ("四川省原州市旌原县东湖镇三角村3组", "四川省原州市旌原市东湖街道三角社区3组", "name.former"),
        ("东湖镇文庙街5号", "东湖街道文庙街5号", "name.former"),
        ("旌原市西山乡前坝村2组", "旌原市石桥镇前坝村2组", "division.former"),
        ("西山乡中街1号", "石桥镇中街1号", "division.former"),
        ("519901100中街1号", "旌原市东湖街道中街1号", "code.former name.former"),
        ("519901101001,2组5号", "旌原市石桥镇前坝村2组5号", "code.former division.former name.former"),
        ("519901101 西山乡前坝村2组", "石桥镇前坝村2组", "code.former division.former name.former"),
        ("519903102桥头村1号", "旌原市石桥镇桥头村1号", ""),
        ("中街1号(519901100000)", "旌原市东湖街道中街1号", "code.former name.former"),
        ("519901100 四川省旌原市东湖街道中街1号", "四川省旌原市东湖街道中街1号", "code.former name.former"),
        ("我家住东湖镇三角村3组", "我家住东湖街道三角社区3组", "name.former"),
    ],
)
def test_former_words_are_put_into_todays(former: FormerDivisions, text: str, today: str, faults: str) -> None:
    told = former.rewrite(text)
    assert told is not None
    assert (told.text, " ".join(sorted(told.faults))) == (today, faults)


@pytest.mark.parametrize(
    "text",
    [
        "旌原市东湖街道三角社区3组", "东湖街道办事处旁", "石桥镇前坝村2组", "江州区南门街道5号", "江州区5号",
        "文庙街5号",
        "东湖镇路5号", "旌原县道旁", "", "东", "519909001中街", "2025年10月1日", "中街1号519901",
    ],
)  # fmt: skip
def test_words_of_today_stay(former: FormerDivisions, text: str) -> None:
    told = former.rewrite(text)
    assert told is None


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="旌原县市东湖镇街道三角村西山乡前坝石桥5199010,号路 ", max_size=40))
def test_any_text_is_read(former: FormerDivisions, text: str) -> None:
    told = former.rewrite(text)
    assert told is None or (told.said in text and (told.others or told.text != text or told.faults == ()))


def test_a_former_name_inside_a_name_of_today_is_none() -> None:
    old = small(
        COUNTY, ("519901100", "龙湖镇"), ("519901101", "九龙湖镇"), ("519902", "江州区"), ("519902100", "石桥镇")
    )
    new = small(
        COUNTY, ("519901100", "高楼镇"), ("519901101", "九龙湖镇"), ("519902", "江州区"), ("519902100", "石桥镇")
    )
    former = former_divisions(Lineage({2020: old, 2021: new}).infer())
    assert former.rewrite("旌原区九龙湖镇5号") is None
    assert former.rewrite("九龙湖镇5号") is None
    assert former.rewrite("江州区龙湖镇5号") is None, "that county never had it"
    told = former.rewrite("旌原区龙湖镇5号")
    assert told is not None
    assert told.text == "旌原区高楼镇5号"


def test_stems_and_spellings() -> None:
    assert stem("新华村村委会", Level.VILLAGE) == "新华"
    assert stem("峰山畲族乡", Level.TOWN) == "峰山"
    assert stem("云阳县", Level.COUNTY) == "云阳"
    assert plain("北星社区居民委员会", Level.VILLAGE) == "北星社区"
    assert "东湖街道办事处" in spellings("东湖街道", Level.TOWN)
    assert "三角社区" not in spellings("三角村委会", Level.VILLAGE)


def test_tables_say_what_they_cannot_read() -> None:
    frame = pl.DataFrame(
        {
            "row_no": [2, 3, 4, 5, 6],
            "year": ["2020年", "20", "2020", "2020", "2020"],
            "code": ["519901", "519901", "5199x", "519901", "519901"],
            "name": ["旌原区", "旌原区", "旌原区", "旌原县", "旌原区"],
        }
    )
    read = read_tables(frame)
    assert [(one.row_no, one.column) for one in read.rejected] == [(3, "year"), (4, "code"), (5, "name")]
    assert read.told == {(2020, "519901000000")}
    assert list(read.tables[2020]) == ["519901000000"]


def test_a_wide_table_holds_villages_without_codes() -> None:
    frame = pl.DataFrame(
        {
            "year": ["2020", "2020"], "county_code": ["519901"] * 2, "county": ["旌原区"] * 2,
            "town_code": ["519901100000"] * 2, "town": ["东湖镇"] * 2, "village": [None, "三角村委会"],
        }
    )  # fmt: skip
    read = read_tables(frame)
    assert not read.rejected
    assert read.tables[2020]["519901100000/三角村委会"].parent == "519901100000"
    assert read.tables[2020]["519901000000"].level is Level.COUNTY
