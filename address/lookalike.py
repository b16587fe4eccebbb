"""Unit words as they are misheard and mistyped: 3动2单远 is 3栋2单元 (pure).

Only between numbers: 三洞桥 and 丹园 stay what they are.
"""

import re
from typing import Final

NUMERAL: Final = "0-9零〇一二三四五六七八九十百两幺壹贰叁肆伍陆柒捌玖拾佰"
BUILDING: Final = "动洞冻东董懂咚侗恫撞装庄状桩壮僮憧瞳潼橦戙坐"
DAN: Final = "单丹担旦但蛋胆淡当"
YUAN: Final = "元远园圆原院员源缘袁苑园愿"
FLOOR: Final = "搂楼娄喽篓蒌"
NUMBER: Final = "豪毫浩好耗壕濠昊皓"
SPOKEN: Final = f"[{NUMERAL.removeprefix('0-9')}]"
AFTER: Final = f"{DAN}{FLOOR}{NUMBER}门室房层号"

STEPS: Final = (
    (re.compile(rf"(?<=[{NUMERAL}A-Za-z])[{DAN}][{YUAN}](?=[{NUMERAL}A-Za-z]|$)"), "单元"),
    (re.compile(rf"(?<=[0-9A-Za-z])(?:[{BUILDING}](?=$|[单门]|[{NUMERAL}A-Z]{{1,5}}(?:$|[{AFTER},。-])))"), "栋"),
    (re.compile(rf"(?<={SPOKEN})[{BUILDING}](?=[{NUMERAL}]{{1,3}}[{DAN}门]|[{NUMERAL}]{{3,4}}(?:$|[室房号豪]))"), "栋"),
    (re.compile(rf"(?<=[0-9])[{FLOOR}](?=[{NUMERAL}]{{1,4}}(?:$|[号室房豪毫])|$)"), "楼"),
    (re.compile(rf"(?<=[{NUMERAL}])[{NUMBER}](?=[{FLOOR}](?![上下])|[附之付]|$|[，,。])"), "号"),
    (re.compile(rf"(?<=[0-9])[{NUMBER}](?=[{NUMERAL}]{{1,3}}[栋幢座{BUILDING}])"), "号"),
    (re.compile(rf"(?<=号)[付副负](?=[{NUMERAL}]{{1,3}}号)"), "附"),
    (re.compile(rf"(?<=[0-9])[射设舍](?=[{NUMERAL}]{{1,4}}号)"), "社"),
    (re.compile(rf"(?<=[0-9])[祖阻租](?=[{NUMERAL}]{{1,4}}号)"), "组"),
    (re.compile(r"(?<=[0-9])[oO](?=[0-9])"), "0"),
    (re.compile(r"(?<=[0-9])[lI](?=[0-9室号]|$)"), "1"),
)  # fmt: skip


ANY: Final = re.compile(rf"[{BUILDING}{FLOOR}{NUMBER}付副负射设舍祖阻租oOlI]|(?!单元)[{DAN}][{YUAN}]")


def unit_words(text: str) -> str:
    """The unit words that look or sound like what stands between the numbers."""
    if ANY.search(text) is None:
        return text
    for rule, word in STEPS:
        text = rule.sub(word, text)
    return text
