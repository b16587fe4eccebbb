"""Households in the dwellings: who lives with whom, registered where, and how each writes the address."""

from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.demo.houses import Houses
from etl.demo.layouts import RESIDENTS
from etl.demo.numbers import identity_numbers, phones, spoil
from etl.demo.persons import given_names, surname_texts, surnames
from etl.demo.sizes import CITY, COUNTY, PROVINCE, Sizes, stream

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

HEAD, SPOUSE, CHILD, PARENT, GRANDCHILD, OTHER = range(6)
RELATIONS: Final = (
    ("户主", "户主"),
    ("配偶", "配偶"),
    ("女", "子"),
    ("母亲", "父亲"),
    ("孙女", "孙子"),
    ("其他", "其他"),
)

KINDS: Final[tuple[tuple[float, float, tuple[float, float], tuple[int, ...]], ...]] = (
    (0.20, 0.04, (22, 40), (HEAD,)),
    (0.08, 0.14, (62, 88), (HEAD,)),
    (0.16, 0.08, (24, 56), (HEAD, SPOUSE)),
    (0.13, 0.24, (58, 84), (HEAD, SPOUSE)),
    (0.20, 0.09, (27, 56), (HEAD, SPOUSE, CHILD)),
    (0.06, 0.07, (30, 52), (HEAD, SPOUSE, CHILD, CHILD)),
    (0.05, 0.02, (30, 58), (HEAD, CHILD)),
    (0.05, 0.11, (34, 54), (HEAD, SPOUSE, CHILD, PARENT)),
    (0.03, 0.10, (58, 74), (HEAD, SPOUSE, CHILD, OTHER, GRANDCHILD)),
    (0.01, 0.11, (56, 74), (HEAD, SPOUSE, GRANDCHILD)),
    (0.03, 0.00, (20, 36), (HEAD, OTHER, OTHER)),
)
"""Kinds of households: share in town, share on farms, age of the head, members."""
OLDEST: Final = 101

SPLIT_SHARES: Final = {"人户一致": 0.80, "人在户不在": 0.14, "户在人不在": 0.06}
OUTSIDE: Final = (
    "四川省临江市安平县城关镇北街12号", "四川省青原市永宁区南门街道桥西路88号", "四川省云阳市和兴县石桥乡高坎村2组", "重庆市江平区新华路5号",
    "贵州省遵宁市汇川县大田镇堰塘村4组", "云南省昭平市镇南县中和乡麻柳村6组", "陕西省汉州市南河县柳林镇老街31号",
    "广东省东山市石岭镇工业二路宿舍B栋", "浙江省宁岭市慈云区沿江路201号", "成都市高平区天府六街9号",
)  # fmt: skip
"""Places that do not exist, where some are registered or have moved to."""
NATIONS: Final = ("汉族", "羌族", "回族", "藏族", "彝族", "土家族", "满族", "苗族")
NATION_SHARES: Final = (0.975, 0.006, 0.005, 0.004, 0.005, 0.002, 0.001, 0.002)
DATE_STYLES: Final = ("%Y-%m-%d", "%Y-%m-%d", "%Y/%-m/%-d", "%Y%m%d")
"""How a town office writes dates; by town."""


def homes_of(houses: Houses) -> pl.DataFrame:
    """Where people can live: home (running number), source_ref, building_id, town, is_farm, and the texts of the address
    as the register has it (`full`), short (`short`), with dashes (`dashed`), below the county."""
    kept = houses.buildings.select(
        "id", "town", "village", "use", "place", "estate", "building", "hamlet", "tower", ref="source_ref"
    )
    is_home = pl.col("use").is_in(["estate", "street"]) | pl.col("tower").fill_null("").str.contains("宿舍")
    rooms = houses.rooms.join(
        kept.filter(is_home), left_on="building_id", right_on="id", how="inner", maintain_order="left"
    )
    unit = pl.when(pl.col("unit") > 0).then(pl.col("unit").cast(pl.String) + "单元").otherwise(pl.lit(""))
    short_unit = pl.when(pl.col("unit") > 0).then(pl.col("unit").cast(pl.String) + "-").otherwise(pl.lit(""))
    dash = pl.concat_str("estate", "building", pl.lit("-"), short_unit, pl.col("room").cast(pl.String))
    flats = rooms.select(
        "source_ref", "building_id", "town", "village", pl.lit(value=False).alias("is_farm"),
        pl.concat_str("place", unit, "said").alias("short"), dash.alias("dashed"),
    )  # fmt: skip
    has_rooms = houses.rooms["building_id"].unique()
    single = kept.filter(
        pl.col("use").is_in(["farm", "villa"])
        | ((pl.col("use") == "street") & ~pl.col("id").is_in(has_rooms.implode()) & (pl.col("id") % 10 < 3))
    ).select(
        source_ref="ref", building_id="id", town="town", village="village", is_farm=pl.col("use") == "farm",
        short="place", dashed=pl.lit(None, pl.String),
    )  # fmt: skip
    return (
        pl.concat([flats, single]).sort("source_ref").with_row_index("home").with_columns(pl.col("home").cast(pl.Int64))
    )


def make_residents(
    houses: Houses, towns: list[str], villages: list[str], sizes: Sizes, seed: int, until: date
) -> pl.DataFrame:
    """Exactly `sizes.residents` people, household by household; columns of `layouts.RESIDENTS`, town, source_ref and
    building_id."""
    rng = stream(seed, "people")
    homes = homes_of(houses)
    chosen, kind = _households(homes, sizes.residents, rng)
    members = np.array([len(k[3]) for k in KINDS])[kind]
    owner = np.repeat(np.arange(len(chosen)), members)[: sizes.residents]
    nth = (np.arange(int(members.sum())) - np.repeat(np.cumsum(members) - members, members))[: sizes.residents]
    role = np.array([[*k[3], *[0] * (5 - len(k[3]))] for k in KINDS])[kind[owner], nth]
    age, is_male = _ages(kind, owner, nth, role, rng)
    born = np.datetime64(until) - (age * 365.2425).astype("timedelta64[D]")
    year = born.astype("datetime64[Y]").astype(np.int64) + 1970
    shared = np.isin(role, (HEAD, CHILD, GRANDCHILD)) | ((role == PARENT) & is_male)
    family = np.where(shared, surnames(len(chosen), rng)[owner], surnames(len(owner), rng))
    home = homes[chosen[owner]]
    grown = (age > 13) & (rng.random(len(age)) < 0.93)
    table = home.select("town", "village", "source_ref", "building_id", "home").with_columns(
        (surname_texts(family) + given_names(year, is_male, rng)).alias("姓名"),
        pl.Series("公民身份号码", identity_numbers(born, is_male)),
        pl.Series("性别", is_male).replace_strict({True: "男", False: "女"}, return_dtype=pl.String),
        pl.Series("born", born).cast(pl.Date),
        pl.Series("民族", rng.choice(len(NATIONS), len(age), p=NATION_SHARES)).replace_strict(
            dict(enumerate(NATIONS)), return_dtype=pl.String
        ),
        pl.when(pl.Series(grown)).then(phones(len(age), rng)).otherwise(pl.lit("")).alias("联系电话"),
        (pl.lit("H") + pl.Series(chosen[owner] + 1).cast(pl.String).str.zfill(9)).alias("户号"),
        pl.Series("与户主关系", [word for pair in RELATIONS for word in pair]).gather(role * 2 + is_male),
    )
    table = _addresses(table, home, towns, villages, owner, rng)
    born_texts = [pl.col("born").dt.strftime(style) for style in DATE_STYLES]
    style = pl.col("town") % len(DATE_STYLES)
    text = born_texts[0]
    for number, way in enumerate(born_texts):
        text = pl.when(style == number).then(way).otherwise(text)
    return table.with_columns(text.alias("出生日期")).select("town", "source_ref", "building_id", "home", *RESIDENTS)


def _households(homes: pl.DataFrame, people: int, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Homes that are lived in, ascending, and the kind of household in each; the last may be cut short."""
    order = rng.permutation(len(homes))
    is_farm = homes["is_farm"].to_numpy()
    kind = np.empty(len(homes), dtype=np.int64)
    for farm, column in ((False, 0), (True, 1)):
        share = np.array([k[column] for k in KINDS])
        members = np.flatnonzero(is_farm == farm)
        kind[members] = rng.choice(len(KINDS), len(members), p=share / share.sum())
    size = np.array([len(k[3]) for k in KINDS])
    if int(size[kind].sum()) < people:
        kind[:] = 7
    count = int(np.searchsorted(np.cumsum(size[kind[order]]), people)) + 1
    chosen = np.sort(order[:count])
    return chosen, kind[chosen]


def _ages(
    kind: Numbers, owner: Numbers, nth: Numbers, role: Numbers, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float64], Flags]:
    """Ages in years and sexes that fit the roles."""
    low, high = (np.array([k[2][i] for k in KINDS])[kind] for i in (0, 1))
    head = (low + (high - low) * rng.beta(1.3, 1.5, len(kind)))[owner]
    noise = rng.normal(0, 1, len(owner))
    other = np.where(head > 56, head - 26, head)
    age = np.select(
        [role == HEAD, role == SPOUSE, role == CHILD, role == PARENT, role == GRANDCHILD],
        [head, head - 1.8 + 2.6 * noise, head - 27 - 3.5 * np.abs(noise) - 3 * (nth - 2), head + 26 + 3 * noise,
         head - 54 - 4 * np.abs(noise)],
        other + 3.5 * noise,
    ) + rng.random(len(owner))  # fmt: skip
    age = np.where(age < 0.05, rng.random(len(owner)) * np.clip(head - 20, 1, 17), age)
    head_male = rng.random(len(kind)) < 0.71
    free = rng.random(len(owner)) < np.where(role == PARENT, 0.36, 0.515)
    couple = np.isin(role, (HEAD, SPOUSE))
    is_male = np.where(couple, head_male[owner] == (role == HEAD), free)
    return np.minimum(age, OLDEST - 10 * rng.random(len(owner))), is_male


def _addresses(
    table: pl.DataFrame, home: pl.DataFrame, towns: list[str], villages: list[str], owner: Numbers,
    rng: np.random.Generator,
) -> pl.DataFrame:  # fmt: skip
    """Where each is registered and lives, in the words of the household."""
    town, village = (pl.Series(names).gather(table[key]) for names, key in ((towns, "town"), (villages, "village")))
    style = rng.random(int(owner.max()) + 1)[owner]
    state = rng.choice(3, int(owner.max()) + 1, p=list(SPLIT_SHARES.values()))[owner]
    state = np.where(rng.random(len(owner)) < 0.85, state, 0)
    frame = home.select("short", "dashed", "is_farm").with_columns(
        t=town, v=village, style=pl.Series(style), state=pl.Series(state),
        outside=pl.Series(OUTSIDE).gather(rng.integers(0, len(OUTSIDE), int(owner.max()) + 1)[owner]),
    )  # fmt: skip
    local = pl.when("is_farm").then(pl.col("v") + pl.col("short")).otherwise("short")
    here = (
        pl.when(pl.col("style") < 0.45).then(pl.concat_str(pl.lit(PROVINCE + CITY + COUNTY), "t", "v", "short"))
        .when(pl.col("style") < 0.65).then(pl.concat_str(pl.lit(COUNTY), "t", local))
        .when(pl.col("style") < 0.82).then(pl.concat_str(pl.lit(CITY + COUNTY), local))
        .when(pl.col("style") < 0.92).then(pl.coalesce("dashed", local))
        .otherwise(local)
    )  # fmt: skip
    frame = frame.with_columns(here.alias("here"))
    other = frame["here"].gather(rng.integers(0, len(frame), int(owner.max()) + 1)[owner])
    is_near = pl.Series(rng.random(int(owner.max()) + 1)[owner] < 0.55)
    frame = frame.with_columns(pl.when(is_near).then(other).otherwise("outside").alias("away"))
    return table.with_columns(
        frame.select(pl.when(pl.col("state") == 1).then("away").otherwise("here")).to_series().alias("户籍地址"),
        frame.select(pl.when(pl.col("state") == 2).then("outside").otherwise("here")).to_series().alias("现住址"),
        frame.select(
            pl.col("state").replace_strict(dict(enumerate(SPLIT_SHARES)), return_dtype=pl.String)
        ).to_series().alias("人户状态"),
    )  # fmt: skip


def damage_residents(part: pl.DataFrame, rng: np.random.Generator) -> tuple[pl.DataFrame, dict[str, list[int]]]:
    """Three numbers with a wrong check character and one person entered twice; rows as in the sheet (header is 1)."""
    chosen = np.sort(rng.permutation(len(part))[:3])
    ids = part["公民身份号码"].to_list()
    for row in chosen.tolist():
        ids[row] = spoil(ids[row])
    part = part.with_columns(pl.Series("公民身份号码", ids))
    twice = part[int((chosen[-1] + 1) % len(part))]
    return pl.concat([part, twice]), {"bad_check": (chosen + 2).tolist(), "same_row": [len(part) + 2]}
