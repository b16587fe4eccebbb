"""Invented people and firms: valid check characters on a region that GB/T 2260 never gave out: nobody real is hit."""

from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.demo.houses import Houses
from etl.demo.naming import shuffled
from etl.demo.sizes import COUNTY, COUNTY_CODE, Sizes, stream

ID_WEIGHTS: Final = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
ID_CHECKS: Final = np.array(list("10X98765432"))
"""GB 11643: ISO 7064 MOD 11-2."""
USCC_ALPHABET: Final = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
USCC_WEIGHTS: Final = np.array([pow(3, i, 31) for i in range(17)])
"""GB 32100: weights 3^(i-1) mod 31."""
ORGANISATION_WEIGHTS: Final = np.array([3, 7, 9, 10, 5, 8, 4, 2])
"""GB 11714, the nine characters of the organisation code inside."""

SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦"
COMPOUND: Final = ("欧阳", "司马", "上官", "诸葛", "尉迟", "夏侯")
GIVEN_FIRST: Final = "国建志文秀桂玉春晓海明红丽俊子雨思佳梓浩宇欣诗天永德成光小中学立淑素"
GIVEN_SECOND: Final = "华平军芳英兰强伟敏杰涛静艳勇霞辉玲刚洋超娟磊鹏琴波云萍斌燕宁怡轩涵泽瑶琪㛃龑"
RELATIONS: Final = np.array(["户主", "配偶", "子", "女", "父亲", "母亲", "孙子", "孙女", "其他"])
OCCUPIED: Final = 0.86
"""Share of dwellings that are lived in."""
AWAY_SHARE: Final = 0.12
"""Share of people registered elsewhere than where they live (人户分离)."""
TRADES: Final = (
    ("餐饮", "餐饮业"), ("小吃店", "餐饮业"), ("超市", "零售业"), ("便利店", "零售业"), ("药房", "零售业"), ("建材", "批发业"), ("汽修", "居民服务"),
    ("理发店", "居民服务"), ("广告", "商务服务"), ("物业服务", "房地产业"), ("科技", "软件和信息技术"), ("茶楼", "餐饮业"), ("五金", "零售业"),
    ("服装店", "零售业"), ("种植", "农业"), ("农资", "批发业"), ("装饰工程", "建筑业"), ("机械加工", "制造业"), ("物流", "运输业"), ("旅馆", "住宿业"),
)  # fmt: skip
TRADE_NAMES: Final = "鑫宏盛泰和顺达兴隆瑞祥福源恒丰金玉华美佳旺康乐聚友川味旌云晨曦锦程"


def residents(houses: Houses, sizes: Sizes, seed: int, until: date) -> pl.DataFrame:
    """All residents in the order of their homes; columns of `layouts.RESIDENTS` and town, source_ref."""
    rng = stream(seed, "people")
    homes = _homes(houses)
    lived_in = np.sort(rng.permutation(homes.height)[: max(1, round(homes.height * OCCUPIED))])
    many = _household_sizes(len(lived_in), sizes.residents, rng)
    home = np.repeat(lived_in, many)
    nth = np.arange(len(home)) - np.repeat(np.cumsum(many) - many, many)
    age = _ages(nth, rng)
    is_male = np.where(nth == 0, rng.random(len(home)) < 0.62, rng.random(len(home)) < 0.5)
    relation = _relations(nth, age, age[np.repeat(np.cumsum(many) - many, many)], is_male)
    born = np.datetime64(until) - (age * 365.25 + rng.uniform(0, 365, len(home))).astype("timedelta64[D]")
    spoken = homes["spoken"].to_numpy()[home]
    style = rng.choice(["", COUNTY, f"原州市{COUNTY}"], len(home), p=[0.2, 0.6, 0.2])
    living = np.char.add(style.astype(str), spoken.astype(str))
    elsewhere = rng.random(len(home)) < AWAY_SHARE
    other = np.char.add(COUNTY, homes["spoken"].to_numpy()[rng.integers(0, homes.height, len(home))].astype(str))
    phones = np.char.add("12", np.char.zfill(_distinct(len(home), rng).astype(str), 9))
    return pl.DataFrame({
        "town": homes["town"].to_numpy()[home],
        "source_ref": homes["source_ref"].to_numpy()[home],
        "姓名": names(len(home), rng),
        "公民身份号码": identity_numbers(born, is_male),
        "性别": np.where(is_male, "男", "女"),
        "出生日期": born.astype(str),
        "民族": rng.choice(["汉族", "羌族", "回族", "藏族"], len(home), p=[0.97, 0.01, 0.01, 0.01]),
        "联系电话": np.where((age < 12) | (rng.random(len(home)) < 0.12), "", phones),
        "户籍地址": np.where(elsewhere, other, living),
        "现住址": living,
        "户号": np.char.add("H", np.char.zfill((home + 1).astype(str), 9)),
        "与户主关系": relation,
        "人户状态": np.where(elsewhere, "人在户不在", "人户一致"),
    })  # fmt: skip


def businesses(houses: Houses, sizes: Sizes, seed: int, until: date) -> pl.DataFrame:
    """Firms and shops at street houses and in estates; columns of `layouts.BUSINESSES` and source_ref."""
    rng = stream(seed, "trade")
    sites = houses.buildings.filter(pl.col("use") != "farm")
    at = np.sort(rng.integers(0, sites.height, sizes.businesses))
    trade = rng.integers(0, len(TRADES), sizes.businesses)
    is_shop = rng.random(sizes.businesses) < 0.62
    words = shuffled([a + b for a in TRADE_NAMES for b in TRADE_NAMES if a != b], rng)
    serial = np.arange(sizes.businesses)
    stem = np.array(words)[serial % len(words)]
    ends = np.array([name for name, _ in TRADES])[trade]
    title = np.where(is_shop, "", "有限责任公司")
    label = [
        f"{COUNTY if shop else '原州市'}{s}{e}{t}" for shop, s, e, t in zip(is_shop, stem, ends, title, strict=True)
    ]
    days = rng.integers(30, 7300, sizes.businesses)
    return pl.DataFrame({
        "source_ref": sites["source_ref"].to_numpy()[at],
        "统一社会信用代码": credit_codes(serial, is_shop),
        "企业名称": label,
        "企业类型": np.where(is_shop, "个体工商户", "有限责任公司"),
        "行业": np.array([line for _, line in TRADES])[trade],
        "经营场所": [f"四川省原州市{COUNTY}{spoken}" for spoken in sites["spoken"].to_numpy()[at]],
        "负责人": names(sizes.businesses, rng),
        "联系电话": [f"12{number:09d}" for number in _distinct(sizes.businesses, rng)],
        "成立日期": (np.datetime64(until) - days.astype("timedelta64[D]")).astype(str),
        "登记状态": rng.choice(["存续", "注销", "吊销"], sizes.businesses, p=[0.93, 0.06, 0.01]),
    })  # fmt: skip


def names(count: int, rng: np.random.Generator) -> npt.NDArray[np.str_]:
    """Invented names: common and a few compound surnames, one or two given characters, some of them rare."""
    rank = np.minimum(rng.exponential(18, count).astype(int), len(SURNAMES) - 1)
    surname = np.where(rng.random(count) < 0.006, rng.choice(COMPOUND, count), np.array(list(SURNAMES))[rank])
    first = np.where(rng.random(count) < 0.72, rng.choice(list(GIVEN_FIRST), count), "")
    second = rng.choice(list(GIVEN_SECOND), count)
    return np.char.add(np.char.add(surname.astype(str), first.astype(str)), second)


def identity_numbers(born: npt.NDArray[np.datetime64], is_male: npt.NDArray[np.bool_]) -> list[str]:
    """GB 11643 numbers, all different: region 519901, birth date, serial of the day (odd for men), check character."""
    frame = pl.DataFrame({"day": np.char.replace(born.astype("datetime64[D]").astype(str), "-", ""), "male": is_male})
    serial = frame.with_columns(pl.int_range(pl.len()).over("day", "male").alias("nth"))["nth"].to_numpy()
    if int(serial.max(initial=0)) > 498:
        raise ValueError("too many people born on one day for three-digit serials")
    three = np.char.zfill((serial * 2 + np.where(is_male, 1, 2)).astype(str), 3)
    body = np.char.add(np.char.add(COUNTY_CODE, frame["day"].to_numpy().astype(str)), three)
    digits = np.array([list(text) for text in body.tolist()], dtype=np.int64)
    return [str(text) for text in np.char.add(body, ID_CHECKS[digits @ ID_WEIGHTS % 11])]


def credit_codes(serial: npt.NDArray[np.int64], is_shop: npt.NDArray[np.bool_]) -> list[str]:
    """GB 32100 codes: 92 for self-employed, 91 for companies, region, organisation code with its own check, check."""
    head = np.where(is_shop, "92", "91")
    organisation = np.array([[int(c) for c in f"{number:08d}"] for number in (serial * 7919 + 11) % 10**8])
    left = (11 - organisation @ ORGANISATION_WEIGHTS % 11) % 11
    own = np.where(left == 10, "X", left.astype(str))
    body = [
        f"{h}{COUNTY_CODE}{''.join(map(str, row))}{check}"
        for h, row, check in zip(head, organisation.tolist(), own, strict=True)
    ]
    value = {symbol: place for place, symbol in enumerate(USCC_ALPHABET.tolist())}
    sums = np.array([[value[symbol] for symbol in text] for text in body]) @ USCC_WEIGHTS
    return [text + str(USCC_ALPHABET[(31 - total % 31) % 31]) for text, total in zip(body, sums, strict=True)]


def _homes(houses: Houses) -> pl.DataFrame:
    """Where people live: every room, every farm house, and street houses without rooms."""
    buildings = houses.buildings.select("id", "town", "source_ref", "spoken")
    with_rooms = houses.rooms.join(
        buildings.rename({"source_ref": "building_ref", "id": "building_id"}), on="building_id", maintain_order="left"
    ).select(
        "town",
        "source_ref",
        pl.concat_str(
            "spoken",
            pl.when(pl.col("unit") > 0).then(pl.col("unit").cast(pl.String) + "单元").otherwise(pl.lit("")),
            pl.col("room").cast(pl.String),
        ).alias("spoken"),
    )
    without = buildings.join(houses.rooms, left_on="id", right_on="building_id", how="anti").select(
        "town", "source_ref", "spoken"
    )
    return pl.concat([with_rooms, without]).sort("source_ref")


def _household_sizes(count: int, total: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    many = rng.choice([1, 2, 3, 4, 5, 6], count, p=[0.42, 0.31, 0.14, 0.08, 0.04, 0.01])
    gap = total - int(many.sum())
    while gap != 0:
        some = rng.permutation(count)[: min(abs(gap), count)]
        change = np.where(gap > 0, 1, np.where(many[some] > 1, -1, 0))
        many[some] += change
        gap = total - int(many.sum())
    return many.astype(np.int64)


def _ages(nth: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    head = np.clip(rng.normal(52, 16, len(nth)), 19, 97)
    child = rng.uniform(0, 34, len(nth))
    old = np.clip(rng.normal(71, 9, len(nth)), 50, 99)
    partner = np.clip(np.concatenate([[50.0], head[:-1]]) + rng.normal(-2, 4, len(nth)), 20, 97)
    return np.where(nth == 0, head, np.where(nth == 1, partner, np.where(nth % 4 == 0, old, child)))


def _relations(
    nth: npt.NDArray[np.int64],
    age: npt.NDArray[np.float64],
    head_age: npt.NDArray[np.float64],
    is_male: npt.NDArray[np.bool_],
) -> npt.NDArray[np.str_]:
    younger = np.where(is_male, "子", "女")
    older = np.where(is_male, "父亲", "母亲")
    third = np.where(age > head_age + 14, older, np.where(age < head_age - 14, younger, "其他"))
    return np.where(nth == 0, "户主", np.where(nth == 1, "配偶", third))


def _distinct(count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Different nine-digit numbers in a random order."""
    start = int(rng.integers(0, 10**9))
    return (start + np.arange(count, dtype=np.int64) * 387_420_489) % 10**9
