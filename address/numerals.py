"""Numbers as people write them: 十二, 五〇一, 6零4, 壹佰 (pure)."""

from functools import lru_cache
from typing import Final

DIGITS: Final = (
    {c: str(n) for n, c in enumerate("零一二三四五六七八九")} | {"〇": "0", "两": "2", "幺": "1"}
    | {c: str(n) for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
)  # fmt: skip
NUMERALS: Final = "零〇一二三四五六七八九十百两幺壹贰叁肆伍陆柒捌玖拾佰"


@lru_cache(maxsize=50_000)
def number_of(said: str) -> str:
    """十二 → 12, 一百零五 → 105, 五〇一 → 501, 2十 → 20, 一52 → 152, 003 → 3; what is no number stays."""
    if said.isascii():
        return said.lstrip("0") or "0" if said.isdigit() else said
    said = said.replace("拾", "十").replace("佰", "百")
    if "十" not in said and "百" not in said:
        told = "".join(DIGITS.get(c, c) for c in said)
        return told.lstrip("0") or "0" if told.isdigit() else told
    total, current, rest = 0, "", ""
    for c in said:
        if c in "十百":
            total += int(current or 1) * (10 if c == "十" else 100)
            current = ""
        elif (digit := DIGITS.get(c, c)).isdigit():
            current = (current + digit).lstrip("0")
        else:
            rest += c
    return str(total + int(current or 0)) + rest
