"""Names of invented people by sex and the years in which they were born."""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付"
    "方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文庞樊兰殷施洪翟安颜倪牛温芦季俞章鲁葛伍申尤毕聂柴焦"
    "冉税蒲苟敬母仲幸青阳晏娄甯亓仝"
)
COMPOUND: Final = ("欧阳", "司马", "上官", "诸葛", "尉迟", "夏侯", "东方", "皇甫", "令狐", "公孙")
COMPOUND_SHARE: Final = 0.004

POOLS: Final = {
    (0, True): ("国建志文德永光成学明正世绍兴大长福仁天洪", "华明清全林富贵才元忠云发祥金荣友良生俊和"),
    (0, False): ("秀桂玉素淑春兰菊凤月翠金琼惠世文先光正开", "英兰芳珍华琼蓉清容碧仙莲珍群香秀云琴芬辉"),
    (1, True): ("建志文晓海勇小永学国红洪伟俊明光玉正大春", "军强勇伟平波斌辉兵涛刚华林杰松云龙明彬东"),
    (1, False): ("晓红小丽春秀玉海燕文雪利艳金永桂淑学冬建", "蓉燕梅霞丽琼芳红艳玲英华琴萍娟敏莉君群容"),
    (2, True): ("思俊浩文子宇明天嘉志海泽成家鹏宏泓梓佳小", "杰涛鑫宇豪杨林龙强磊帆凯伟浩航超翔峰飞洋"),
    (2, False): ("雨思佳欣梦雪诗婷文晓静紫心子丹玉倩海小若", "婷雪琪怡瑶蓉颖琳梦娟丹倩莉玲雯洁璐欣颖茜"),
    (3, True): ("梓子浩宇俊泽沐奕皓煜铭睿辰瑾一嘉明思家昊", "轩宸涵睿豪霖泽阳熙辰博航宇然铭骏哲皓恒齐"),
    (3, False): ("梓雨欣子诗思沐若语一可心佳梦芷艺紫婉安舒", "涵萱彤妍琪瑶怡曦悦汐雯馨玥琳桐诺菲晴媛钰"),
}
RARE: Final = ("㛃", "龑", "昇", "堃", "玥", "喆", "垚", "淼", "祎", "𬭎", "犇", "翀", "芃", "旸", "珺", "䶮")
RARE_SHARE: Final = 0.004
SINGLE_SHARE: Final = (0.08, 0.24, 0.2, 0.08)
"""Given names of one character, by the four times of birth."""


def surnames(count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Numbers of surnames, the common ones often; to be written with `surname_texts`."""
    rank = np.minimum(rng.exponential(23, count).astype(np.int64), len(SURNAMES) - 1)
    rare = rng.random(count)
    rank = np.where(rare < 0.05, rng.integers(0, len(SURNAMES), count), rank)
    return np.where(rare > 1 - COMPOUND_SHARE, len(SURNAMES) + rng.integers(0, len(COMPOUND), count), rank)


def surname_texts(numbers: npt.NDArray[np.int64]) -> pl.Series:
    """The surnames behind the numbers."""
    return pl.Series([*SURNAMES, *COMPOUND]).gather(numbers)


def given_names(
    birth_year: npt.NDArray[np.int64], is_male: npt.NDArray[np.bool_], rng: np.random.Generator
) -> pl.Series:
    """One or two characters in the taste of the time."""
    era = np.searchsorted([1962, 1984, 2004], birth_year, side="right")
    words: list[str] = []
    starts = {}
    for key, pools in POOLS.items():
        starts[key] = len(words)
        words += [*pools[0][:20], *pools[1][:20]]
    base = np.array([[starts[e, False], starts[e, True]] for e in range(4)])[era, is_male.astype(np.int64)]
    first = base + rng.integers(0, 20, len(era))
    second = base + 20 + rng.integers(0, 20, len(era))
    pool = pl.Series([*words, *RARE])
    second = np.where(rng.random(len(era)) < RARE_SHARE, len(words) + rng.integers(0, len(RARE), len(era)), second)
    is_single = rng.random(len(era)) < np.array(SINGLE_SHARE)[era]
    front = pl.Series(np.where(is_single, "", "x"))
    opening = pl.DataFrame({"f": pool.gather(first), "s": front}).select(
        pl.when(pl.col("s") == "").then(pl.lit("")).otherwise("f")
    )
    return opening.to_series() + pool.gather(second)


def names(count: int, rng: np.random.Generator) -> pl.Series:
    """Names of grown-ups."""
    year = rng.integers(1950, 2004, count)
    return surname_texts(surnames(count, rng)) + given_names(year, rng.random(count) < 0.55, rng)
