"""Names of places, composed from parts so that they sound right and belong to no one place.

Every pool hands out each name once (`Names.take`); homonyms are made on purpose elsewhere.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

STREET_OFFICES: Final = (
    "文庙", "鼓楼", "凤栖", "望江", "泰和", "清源", "玉泉", "东濠", "白塔", "临溪", "南桥", "北苑", "锦屏", "滨湖", "城关", "西郊",
)  # fmt: skip
MARKET_TOWNS: Final = (
    "双桥", "石牛", "金河", "龙居", "福兴", "柳溪", "永丰", "云台", "仁和", "回龙", "三水", "观音", "青杠", "新店", "槐树", "黄泥坝",
    "太平", "兴隆", "万安", "合江", "高坪", "马井", "连山", "和兴",
)  # fmt: skip
COMMUNITY_FIRST: Final = "泰锦文凤金玉东南西北平康华兴建新安永福祥和光明瑞星紫翠春秋宏天"
COMMUNITY_SECOND: Final = "安华昌园苑宁山泉湖桥塔平荣盛光庆乐义远城江河景"
VILLAGE_FIRST: Final = "双三龙石白青高新大柳杨李张黄红天马长金铁五八乌永太清东桂松竹罗周赵何朱桐沙"
VILLAGE_SECOND: Final = "桥河堰坝沟湾坪林泉井庙寺店溪塘岭柏林门坡庵仓渡碾堂松碑"
ROAD_FIXED: Final = (
    "人民", "解放", "建设", "文昌", "泰河", "凤凰", "旌江", "长江", "黄河", "岷江", "沱江", "嘉陵江", "珠江", "天山", "庐山", "泰山",
    "峨眉山", "青城山", "华山", "黄山", "衡山", "文庙", "钟鼓楼", "鼓楼", "工农", "光明", "和平", "胜利", "团结", "新华", "东风", "红星",
    "南湖", "北湖", "学府", "科技", "工业", "创业", "迎宾", "世纪", "体育馆", "火车站", "会展", "金沙江", "松花江", "钱塘江", "洞庭",
    "洛阳", "青岛", "长沙", "桂林", "昆明", "大连", "武夷", "秦岭", "蓥华山", "龙泉山", "九顶山", "涪江", "雅砻江", "青衣江",
)  # fmt: skip
ROAD_FIRST: Final = "泰文凤金玉旌长青东南西北明华兴建新安永福祥和光瑞星紫翠春宏天广汉蓝云锦松柏桂梅兰杏桃柳银"
ROAD_SECOND: Final = "河山江安庆宁昌平华源湖泉城阳远达通顺盛荣林园桥台峰岭溪康乐和丰"
LANE_WORDS: Final = (
    "工农", "民主", "铁匠", "豆芽", "水井", "染坊", "当铺", "书院", "学坝", "柴市", "米市", "油坊", "糖坊", "皂角", "桂花", "梧桐", "槐荫",
    "竹林", "石板", "青石", "马家", "陈家", "杨柳", "观音", "文星", "魁星", "城隍庙", "火神庙", "草鞋", "打金", "鱼市", "菜根", "半边",
    "丁字", "拐枣", "九倒拐", "一洞桥", "双栅子", "金丝", "银杏",
)  # fmt: skip
MARKET_STREETS: Final = (
    "正街", "新街", "老街", "上街", "下街", "兴隆街", "人民路", "新华街", "东街", "西街", "南街", "北街", "和平街", "幸福路", "迎宾路",
    "建设路", "文化街", "农贸街", "车站路", "学校街", "横街", "河坝街", "太平街", "富民路", "场口街", "政府街", "育才路", "卫生院路",
)  # fmt: skip
ESTATE_FIRST: Final = (
    "锦绣", "金色", "阳光", "翡翠", "凤凰", "书香", "东方", "滨江", "碧水", "蓝天", "紫荆", "香樟", "丽都", "御景", "天府", "盛世", "春天",
    "枫林", "水岸", "翰林", "金桂", "玉兰", "银杏", "和谐", "幸福", "泰和", "祥瑞", "帝景", "中央", "新城", "润和", "时代", "江南", "北欧",
    "万和", "恒泰", "鑫源", "华盛", "宏达", "天元", "半岛", "山水", "湖畔", "云锦", "文苑", "学府", "鼎盛", "嘉和", "康乐", "清华",
)  # fmt: skip
ESTATE_SECOND: Final = (
    "花园", "家园", "小区", "名都", "佳苑", "华庭", "国际", "公馆", "丽景", "新城", "雅居", "名邸", "豪庭", "世家", "苑", "城", "广场",
    "铭座", "春晓", "半山", "新村", "名苑", "府邸", "港湾", "阁", "庭院", "上院", "风景",
)  # fmt: skip
WORKS: Final = (
    "棉纺厂", "机械厂", "酒厂", "化肥厂", "地质队", "税务局", "粮食局", "建筑公司", "水泥厂", "印刷厂", "丝绸厂", "农机厂", "教育局", "供销社",
    "运输公司", "人民医院", "铁路", "第一中学", "电厂", "轴承厂", "磷肥厂", "农业银行", "物资局", "盐业公司", "啤酒厂", "电机厂", "糖果厂",
    "二建司", "纺织厂", "邮电局", "造纸厂", "广播局", "煤建公司", "蚕桑站",
)  # fmt: skip
TOWERS: Final = (
    "财富", "金融", "世纪", "商贸", "泰和", "国贸", "科创", "邮政", "万华", "鑫海", "华商", "电信", "银河", "宏远", "新时代", "中盛", "汇通",
    "凯旋", "嘉信", "百合",
)  # fmt: skip
TOWER_ENDS: Final = ("大厦", "商务中心", "广场写字楼", "大楼", "商业中心")
SECTIONS: Final = ("一段", "二段", "三段", "四段", "五段", "六段", "七段", "八段", "九段", "十段")


class Names:
    """A pool that hands out each name once and never one that was taken before."""

    def __init__(self, pool: Iterable[str], taken: set[str]) -> None:
        self._pool: Iterator[str] = iter(pool)
        self._taken = taken

    def take(self) -> str:
        """The next free name; raises LookupError when the pool is empty."""
        for name in self._pool:
            if name not in self._taken:
                self._taken.add(name)
                return name
        raise LookupError("a pool of names of the demo district has run out")


def shuffled(names: Iterable[str], rng: np.random.Generator) -> list[str]:
    """The names in a random order, each once."""
    pool = list(dict.fromkeys(names))
    return [pool[i] for i in rng.permutation(len(pool))]


def pairs(first: Iterable[str], second: Iterable[str]) -> list[str]:
    """Every first with every second part, without doubled characters."""
    seconds = list(second)
    return [a + b for a in first for b in seconds if a[-1] != b[0]]


def town_names(is_street: Iterable[bool], rng: np.random.Generator) -> list[str]:
    """Names of towns with their kind: 文庙街道, 双桥镇."""
    streets, markets = iter(shuffled(STREET_OFFICES, rng)), iter(shuffled(MARKET_TOWNS, rng))
    return [next(streets) + "街道" if flag else next(markets) + "镇" for flag in is_street]


def village_names(is_community: Iterable[bool], rng: np.random.Generator) -> list[str]:
    """Names of villages with their kind: 泰安社区, 双桥村. Unique in the district."""
    taken: set[str] = set()
    communities = Names(shuffled(pairs(COMMUNITY_FIRST, COMMUNITY_SECOND), rng), taken)
    villages = Names(shuffled(pairs(VILLAGE_FIRST, VILLAGE_SECOND), rng), taken)
    return [communities.take() + "社区" if flag else villages.take() + "村" for flag in is_community]


def road_words(rng: np.random.Generator) -> list[str]:
    """Stems for town roads, the well-known ones first."""
    return shuffled(ROAD_FIXED, rng) + shuffled(pairs(ROAD_FIRST, ROAD_SECOND), rng)


def lane_words(rng: np.random.Generator) -> list[str]:
    """Stems for lanes: old trades first, then road-like ones."""
    return shuffled(LANE_WORDS, rng) + shuffled(pairs(ROAD_SECOND, ROAD_FIRST), rng)


def estate_words(rng: np.random.Generator) -> list[str]:
    """Names of estates."""
    return shuffled(pairs(ESTATE_FIRST, ESTATE_SECOND), rng)


def tower_words(rng: np.random.Generator) -> list[str]:
    """Names of office buildings."""
    return shuffled(pairs(TOWERS, TOWER_ENDS), rng)
