"""An invented register of any county, on its real divisions: `python -m bench.noise_register --county 330282 …` (pure).

Towns, villages and residential names come from lists given as options; roads, numbers, buildings and rooms are drawn.
The layout is that of `bench/address_match --register`.
"""

import argparse
import csv
import gzip
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

HEADER: Final = (
    "id", "full", "tcode", "vcode", "town", "comm", "group", "road", "seg", "no", "sub", "comp", "bld", "bs", "unit",
    "room", "rs",
)  # fmt: skip
COMMITTEE: Final = re.compile(r"(社区|村)?(?:居民委员会|村民委员会|居委会|村委会)$")
TWO_EACH: Final = (
    "人民建设解放中山新华和平文化胜利迎宾滨河环城工业科技学府振兴长江黄河泰山华山天府青年团结幸福友谊光明"
    "东风站前育才体育公园金桥银河凤凰龙泉翠屏白云紫荆桃园梅林竹园荷花桂花玉兰海棠芙蓉锦绣石桥双桥牌坊文庙"
    "城隍鼓楼钟楼县前府前北门南门西门东门大寨跃进兴业创新富强安康宁远定远靖江柳江沱江渝州成都重庆上海北京"
    "杭州苏州昆明桂林南京洛阳长安开封"
)
WORDS: Final = tuple(TWO_EACH[at : at + 2] for at in range(0, len(TWO_EACH), 2))
NO_NAMES: Final = ("市辖区", "县", "省直辖县级行政区划")
ROAD_ENDS: Final = (
    ("路",) * 5 + ("街",) * 3 + ("大道", "巷", "东路", "西路", "南路", "北路", "中路", "南街", "北街", "正街")
)
SEGMENTS: Final = ("",) * 12 + ("一段", "二段", "三段", "东段", "西段", "南段", "北段", "中段")


def rows_of(
    county: str, divisions: dict[str, tuple[int, str]], estates: list[str], size: int, chance: random.Random
) -> Iterator[list[str]]:
    """So many rows of a register: seven tenths rooms of estates, the rest plates along roads and in villages."""
    names = {code: COMMITTEE.sub(lambda m: m.group(1) or "社区", name)
             for code, (level, name) in divisions.items() if level == 5}  # fmt: skip
    above = [f"{county[:length]:0<12}" for length in (2, 4, 6)]
    named = [divisions[code][1] for code in above if code in divisions]
    head = "".join(name for name in named if name not in NO_NAMES)
    towns = {code: divisions[f"{code[:9]}000"][1] for code in names}
    town_like = [code for code, name in names.items() if name.endswith("社区")] or list(names)
    stems = sorted({stem for name in names.values() if len(stem := re.sub("(社区|村)$", "", name)[:3]) > 1})
    roads = [
        (chance.choice(WORDS if chance.random() < 0.6 else stems) + chance.choice(ROAD_ENDS), chance.choice(SEGMENTS))
        for _ in range(420)
    ]
    at = 0

    def row(code: str, tail: dict[str, str], words: str) -> list[str]:
        full = head + towns[code] + names[code] + words
        told = {"full": full, "tcode": f"{code[:9]}000", "vcode": code, "town": towns[code], "comm": names[code]}
        return [(told | tail).get(name, "") for name in HEADER]

    while at < size * 0.7:
        code, (road, seg), estate = chance.choice(town_like), chance.choice(roads), chance.choice(estates)
        suffix, ending = chance.choice(("栋", "栋", "幢", "号楼")), chance.choice("室号")
        plot = {"road": road, "seg": seg, "no": str(chance.randint(1, 700)), "comp": estate, "bs": suffix, "rs": ending}
        words = f"{road}{seg}{plot['no']}号{estate}"
        yield row(code, plot, words)
        at += 1
        units, floors, flats = chance.randint(1, 4), chance.choice((6, 6, 7, 11, 18, 27)), chance.choice((2, 2, 3, 4))
        for building in range(1, chance.choice((2, 4, 6, 9, 13, 17))):
            yield row(code, plot | {"bld": str(building)}, f"{words}{building}{suffix}")
            at += 1
            for unit in range(1, units + 1):
                for floor in range(1, floors + 1):
                    for flat in range(1, flats + 1):
                        room = f"{floor}{flat:02d}"
                        place = {"bld": str(building), "unit": str(unit), "room": room}
                        yield row(code, plot | place, f"{words}{building}{suffix}{unit}单元{room}{ending}")
                        at += 1
    seen: set[tuple[str, ...]] = set()
    while at < size:
        if chance.random() < 0.5:
            code = chance.choice(list(names))
            tail = {"group": str(chance.randint(1, 15)), "no": str(chance.randint(1, 120))}
            words = f"{tail['group']}组{tail['no']}号"
        else:
            code, (road, seg) = chance.choice(town_like), chance.choice(roads)
            sub = chance.choice(("", "", str(chance.randint(1, 20))))
            tail = {"road": road, "seg": seg, "no": str(chance.randint(1, 900)), "sub": sub}
            words = f"{road}{seg}{tail['no']}号" + (f"附{sub}号" if sub else "")
        if (key := (code, *tail.values())) not in seen:
            seen.add(key)
            yield row(code, tail, words)
            at += 1


def _estates(path: Path, count: int, chance: random.Random) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        names = sorted({line.strip() for line in file})
    return chance.sample([name for name in names if 3 <= len(name) <= 9 and not any(c.isascii() for c in name)], count)


def main() -> None:
    """Write a register."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--county", required=True, help="six digits")
    parser.add_argument("--divisions", type=Path, required=True, help="csv.gz: code (12 digits), level 1-5, name")
    parser.add_argument("--estates", type=Path, required=True, help="txt.gz: a residential name a line")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="csv.gz")
    told = parser.parse_args()
    chance = random.Random(told.seed)
    with gzip.open(told.divisions, "rt", encoding="utf-8") as file:
        found = {
            row["code"]: (int(row["level"]), row["name"]) for row in csv.DictReader(file)
            if row["code"].startswith(told.county) or row["code"][4:] == "0" * 8 or row["code"][2:] == "0" * 10
        }  # fmt: skip
    with gzip.open(told.out, "wt", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        estates = _estates(told.estates, max(60, told.rows // 600), chance)
        for number, row in enumerate(rows_of(told.county, found, estates, told.rows, chance)):
            out.writerow([str(number), *row[1:]])


if __name__ == "__main__":
    main()
