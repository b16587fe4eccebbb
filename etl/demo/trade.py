"""Firms and shops: where each kind trades, what it is called, and its address as the register of trade writes it."""

from datetime import date
from typing import Final

import numpy as np
import polars as pl

from etl.demo.houses import Houses
from etl.demo.layouts import BUSINESSES
from etl.demo.numbers import USCC_ALPHABET, credit_codes, phones, spoil
from etl.demo.persons import names
from etl.demo.sizes import CITY, COUNTY, PROVINCE, Sizes, stream

SHOPS: Final = (
    ("餐馆", "餐饮业"), ("火锅店", "餐饮业"), ("面馆", "餐饮业"), ("小吃店", "餐饮业"), ("烧烤店", "餐饮业"), ("茶楼", "餐饮业"), ("超市", "零售业"),
    ("便利店", "零售业"), ("大药房", "零售业"), ("服装店", "零售业"), ("水果店", "零售业"), ("五金店", "零售业"), ("建材经营部", "批发业"),
    ("汽车修理厂", "居民服务业"), ("美发店", "居民服务业"), ("棋牌室", "文化娱乐业"), ("干洗店", "居民服务业"), ("手机店", "零售业"),
    ("粮油店", "零售业"), ("蛋糕店", "零售业"), ("网吧", "文化娱乐业"), ("KTV", "文化娱乐业"), ("旅馆", "住宿业"), ("健身房", "居民服务业"),
    ("早教中心", "教育"), ("农资经营部", "批发业"),
)  # fmt: skip
FIRMS: Final = (
    ("物业服务", "房地产业"), ("科技", "软件和信息技术服务业"), ("装饰工程", "建筑业"), ("建筑工程", "建筑业"), ("商贸", "批发业"), ("广告传媒", "商务服务业"),
    ("教育咨询", "商务服务业"), ("劳务", "商务服务业"), ("物流", "交通运输业"), ("房地产经纪", "房地产业"), ("财务咨询", "商务服务业"), ("医疗器械", "批发业"),
)  # fmt: skip
MAKERS: Final = (
    ("机械", "制造业"),
    ("食品", "制造业"),
    ("电气", "制造业"),
    ("包装", "制造业"),
    ("新材料", "制造业"),
    ("铸造", "制造业"),
)
FARMS: Final = (
    ("蔬菜种植", "农业"),
    ("生猪养殖", "畜牧业"),
    ("水稻种植", "农业"),
    ("葡萄种植", "农业"),
    ("农机服务", "农业服务业"),
)
STEM_FIRST: Final = "鑫宏盛泰和顺达兴隆瑞祥福源恒丰金玉华美佳旺康乐聚友川旌云晨锦万嘉永诚信德百汇天"
STEM_SECOND: Final = "盛源发达兴隆旺和顺丰祥瑞泰康美佳华阳辉腾越博远诚信德通汇宇润泽利民安宁"
OWN_NAMES: Final = "老王张李陈刘杨胡谢何曾邓幺妹二娃胖"
STATES: Final = ("存续", "注销", "吊销")


def make_businesses(
    houses: Houses, towns: list[str], villages: list[str], sizes: Sizes, seed: int, until: date
) -> pl.DataFrame:
    """Exactly `sizes.businesses` firms; columns of `layouts.BUSINESSES`, source_ref and building_id."""
    rng = stream(seed, "trade")
    sites = _sites(houses, sizes.businesses, rng)
    kind = sites["kind"].to_list()
    named = _names(kind, rng)
    village = pl.when(pl.col("kind") == "farm").then(pl.Series(villages).gather(sites["village"])).otherwise(pl.lit(""))
    shown = pl.concat_str(
        village, "short", pl.when(pl.col("draw") < 0.12).then(pl.lit("（自主申报）")).otherwise(pl.lit(""))
    )
    town = pl.Series(towns).gather(sites["town"])
    days = rng.gamma(1.6, 1_500, len(sites)).astype(np.int64) + 20
    founded = np.datetime64(until) - np.minimum(days, 14_000).astype("timedelta64[D]")
    heads = {"shop": "92", "firm": "91", "maker": "91", "farm": "93"}
    kinds = {"shop": "个体工商户", "firm": "有限责任公司", "maker": "有限责任公司", "farm": "农民专业合作社"}
    return sites.with_columns(town.alias("t")).select(
        "source_ref", "building_id",
        pl.Series("统一社会信用代码", credit_codes(np.arange(len(sites)), [heads[k] for k in kind])),
        pl.Series("企业名称", [name for name, _ in named]),
        pl.Series("企业类型", [kinds[k] for k in kind]),
        pl.Series("行业", [line for _, line in named]),
        (pl.when(pl.col("draw") < 0.55).then(pl.concat_str(pl.lit(PROVINCE + CITY + COUNTY), shown))
         .when(pl.col("draw") < 0.8).then(pl.concat_str(pl.lit(PROVINCE + CITY + COUNTY), "t", shown))
         .otherwise(pl.concat_str(pl.lit(CITY + COUNTY), shown))).alias("经营场所"),
        names(len(sites), rng).alias("负责人"),
        phones(len(sites), rng).alias("联系电话"),
        pl.Series("成立日期", founded).cast(pl.Date).dt.strftime("%Y-%m-%d"),
        pl.Series("登记状态", STATES).gather(rng.choice(3, len(sites), p=(0.9, 0.085, 0.015))),
    ).select("source_ref", "building_id", *BUSINESSES)  # fmt: skip


def _sites(houses: Houses, count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Where firms are: mostly shops on streets, then office rooms, works, homes and farms."""
    buildings, rooms = houses.buildings, houses.rooms
    is_office = buildings.filter(pl.col("use") == "tower")["id"].implode()
    is_flat = buildings.filter(pl.col("use") == "estate")["id"].implode()
    parts = [
        (0.72, "shop", buildings.filter(pl.col("use") == "street").select("source_ref", building_id="id", room=pl.lit(""))),
        (0.12, "firm", _of_rooms(rooms.filter(pl.col("building_id").is_in(is_office)))),
        (0.09, "firm", _of_rooms(rooms.filter(pl.col("building_id").is_in(is_flat)))),
        (0.03, "maker", buildings.filter(pl.col("area").fill_null("") != "").select(
            "source_ref", building_id="id", room=pl.lit(""))),
        (0.04, "farm", buildings.filter(pl.col("use") == "farm").select("source_ref", building_id="id", room=pl.lit(""))),
    ]  # fmt: skip
    chosen: list[pl.DataFrame] = []
    for share, kind, pool in parts[::-1]:
        some = min(round(count * share), len(pool)) if kind != "shop" else count - sum(len(part) for part in chosen)
        rows = np.sort(rng.permutation(len(pool))[:some]) if some <= len(pool) else rng.integers(0, len(pool), some)
        chosen.append(pool[rows].with_columns(pl.lit(kind).alias("kind")))
    places = buildings.select(pl.col("id").alias("building_id"), "town", "village", "place", "use")
    table = pl.concat(chosen[::-1]).join(places, on="building_id", how="left", maintain_order="left")
    return table.with_columns(
        (pl.col("place") + pl.col("room")).alias("short"), pl.Series("draw", rng.random(len(table)))
    )


def _of_rooms(rooms: pl.DataFrame) -> pl.DataFrame:
    unit = pl.when(pl.col("unit") > 0).then(pl.col("unit").cast(pl.String) + "单元").otherwise(pl.lit(""))
    return rooms.select("source_ref", "building_id", room=unit + pl.col("room").cast(pl.String) + "号")


def _names(kinds: list[str], rng: np.random.Generator) -> list[tuple[str, str]]:
    """(name, line of business), no name twice."""
    pools = {"shop": SHOPS, "firm": FIRMS, "maker": MAKERS, "farm": FARMS}
    taken: set[str] = set()
    found = []
    for kind, (a, b, c, d) in zip(kinds, rng.random((len(kinds), 4)).tolist(), strict=True):
        word, line = pools[kind][int(a * len(pools[kind]))]
        stem = STEM_FIRST[int(b * len(STEM_FIRST))] + STEM_SECOND[int(c * len(STEM_SECOND))]
        if kind == "shop":
            own = OWN_NAMES[int(d * 4 * len(OWN_NAMES)) % len(OWN_NAMES)]
            name = COUNTY + (f"{own}记" if d < 0.2 else stem) + word
        elif kind == "farm":
            name = f"{CITY}{COUNTY}{stem}{word}专业合作社"
        else:
            name = (CITY[:2] if d < 0.6 else "四川") + f"{stem}{word}有限公司"
        while name in taken:
            name = name.removesuffix("有限公司") + ("二店" if kind == "shop" else "服务有限公司")
        taken.add(name)
        found.append((name, line))
    return found


def damage_businesses(table: pl.DataFrame, rng: np.random.Generator) -> tuple[pl.DataFrame, dict[str, list[int]]]:
    """A few credit codes whose check symbol is wrong; rows as in the sheet (the header is row 1)."""
    chosen = np.sort(rng.permutation(len(table))[: max(2, len(table) // 1500)])
    codes = table["统一社会信用代码"].to_list()
    for row in chosen.tolist():
        codes[row] = spoil(codes[row], USCC_ALPHABET)
    return table.with_columns(pl.Series("统一社会信用代码", codes)), {"bad_check": (chosen + 2).tolist()}
