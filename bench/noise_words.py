"""What the noise is made of: complaints, openings, look-alike characters, other spellings (pure).

Written for this bench after reading how people put addresses; nothing is copied from any of the texts read.
"""

import random
from functools import cache
from typing import Final

BEFORE: Final = (
    "市民来电反映",
    "我要投诉",
    "你好，",
    "您好，我想反映一下，",
    "喂，你好，我这边是",
    "麻烦你们来看一下，",
    "投诉人称，",
    "群众反映：",
    "有居民打电话说",
    "我是",
    "我家住在",
    "住址：",
    "地址：",
    "位置在",
    "请问",
    "那个，",
    "就是",
    "帮我登记一下，",
    "事发地点：",
)
AFTER: Final = (
    "，路灯坏了好几天",
    "漏水没人管",
    "的电梯坏了",
    "楼上装修太吵",
    "，垃圾堆了一个星期",
    "有人占道经营",
    "，请尽快处理",
    "油烟扰民",
    "门口有人乱停车",
    "噪音很大睡不着",
    "的下水道堵了",
    "，麻烦派人来看看",
    "井盖不见了",
    "停水停了一天",
    "有流浪狗咬人",
)
CLAUSES_BEFORE: Final = (
    "昨天晚上十点多，我下班回家经过，",
    "已经打了三次电话了，还是没人来，",
    "我是这里的老住户，今年七十多岁了，",
    "上个月28号就反映过，",
    "我不是来吵架的，只想问一下，",
    "事情是这样的，我们",
    "孩子马上要高考了，受不了，就在",
    "物业说不归他们管，",
    "前几天下大雨以后，",
    "我替我妈妈打电话，她住在",
    "麻烦记一下，我姓王，住",
    "我朋友开的店就在",
)
CLAUSES_AFTER: Final = (
    "，从早上6点吵到晚上11点，没法休息",
    "，物业收了钱不管事，业主都有意见",
    "这里，2个月了，一直没有人来修",
    "楼下，有三四个人天天打麻将",
    "那边的路面塌了一块，晚上骑车很危险",
    "旁边的工地夜里12点还在施工",
    "附近，希望城管来看一下",
    "，我家里有老人，上下楼不方便",
    "，请在3天内给我答复",
    "的住户，反映楼上5楼漏水",
    "这一带，一下雨就积水，有20厘米深",
    "里面，消防通道被一辆白色小车堵了",
)
ASIDE: Final = (
    "(靠近菜市场)",
    "（学校对面）",
    "【老院子】",
    "(原棉纺厂)",
    "（电梯房）",
    "[2楼有门面]",
    "(附近)",
    "（物业旁边）",
)
BESIDE: Final = ("对面", "旁边", "往东50米", "门口", "附近", "斜对面", "后门", "西侧约30米", "隔壁", "楼下", "背后")
SHAPES: Final = (
    "未末 土士 己已 日曰 人入 大太 天夫 玉王 目自 干千 田由 甲申 午牛 木本 石右 白百 鸟乌 东车 住往 侯候 "
    "治冶 洲州 圆园 宛苑 城诚 锦绵 清青 晴睛 辉挥 龙尤 凤风 华毕 秀季 金全 宝室 贡员 平乎 永水 泰秦 阳阴 "
    "林材 柏拍 桥侨 海悔 湖胡 江红 河何 渡度 福富 康庚 安按 新斩 和合 明朋 光先 兴共 旺汪 景影 丽雨 府付 "
    "庭廷 院完 荣劳 莲连 桂挂 梅海 竹行 松忪 杨扬 柳抑 花化 草早 春舂 夏复 秋秒 星皇 月用 云去 源原 泉杲 "
    "沙纱 滨宾 港巷 紫柴 翠粹 珠株 凯剀 都部 国园 会合 家冢 小少 学字 文丈 昌唱 东乐 南甫 西酉 北比 中巾 "
)
BUILDING_SLIPS: Final = "动洞冻撞董憧栋橦懂"
UNIT_SLIPS: Final = ("单远", "单圆", "单原", "丹元", "但元", "单员", "担元")
CAPITALS: Final = dict(zip("0123456789", "零壹贰叁肆伍陆柒捌玖", strict=True))
CHINESE: Final = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
FULL: Final = dict(zip("0123456789", "０１２３４５６７８９", strict=True))
ENDS: Final = ("小区", "花园", "苑", "家园", "佳苑", "公寓")


@cache
def _alike() -> dict[str, str]:
    pairs = [pair for pair in SHAPES.split() if len(pair) == 2]
    return {pair[0]: pair[1] for pair in pairs} | {pair[1]: pair[0] for pair in pairs}


def by_shape(name: str, chance: random.Random) -> str:
    """The name with one character mistaken for one that looks like it; "" when none does."""
    at = [place for place, sign in enumerate(name) if sign in _alike()]
    if not at:
        return ""
    place = chance.choice(at)
    return name[:place] + _alike()[name[place]] + name[place + 1 :]


@cache
def _common() -> dict[str, list[str]]:
    from pypinyin import lazy_pinyin

    found: dict[str, list[str]] = {}
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            try:
                sign = bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            found.setdefault(lazy_pinyin(sign)[0], []).append(sign)
    return found


def by_sound(name: str, chance: random.Random) -> str:
    """The name with one character written as a common one that sounds the same; "" when there is none."""
    from pypinyin import lazy_pinyin

    at = chance.randrange(len(name))
    others = [sign for sign in _common().get(lazy_pinyin(name[at])[0], []) if sign != name[at]]
    return name[:at] + chance.choice(others) + name[at + 1 :] if others else ""


def in_chinese(number: str, *, is_spoken: bool) -> str:
    """12 as 十二, a room (three digits or more) as digits: 五零一; anything but digits stays."""
    if not number.isdigit():
        return number
    if len(number) == 2 and is_spoken:
        tens, ones = number[0], number[1]
        ten = "十" if tens == "1" else CHINESE[tens] + "十" if tens != "0" else "零"
        return ten + ("" if ones == "0" else CHINESE[ones])
    return "".join(CHINESE[sign] for sign in number)
