"""What a report is about, for one line of a list: without who speaks and where, which stand in columns of their own."""

import re
from typing import Final

OPENING: Final = re.compile(
    r"^(?:尊敬的领导|领导您好|你好|您好|投诉|反映个问题|请问有人管吗|我是一名普通居民，现反映|反映如下情况|经了解"
    r"|接报警|日常巡查|(?:入户走访时)?[^，。：！？]{0,9}(?:来电|反映|报警|表示|称|陈述|诉|诉求|发现)(?:反映)?)(?:[，：！？]|(?=[^，。]))"
)
"""How reports of the channels begin, up to and with the mark behind it."""
FRONT: Final = re.compile(r"^(?:大概)?(?:位置在|地址是)|^(?:我家在|我住在|本人住)|^就?在")
BEHIND: Final = re.compile(r"(?:这里|那里|这边|那边|这一片|附近|楼下|门口|旁边|对面|后面)$")
PLACE: Final = re.compile(
    r"^(?:大概位置在|位置在|地址是|我家在|我住在|本人住)|(?:[0-9０-９]+(?:号|室|户|栋|幢|座|组|#)?|路口)$"
)
"""A clause that only says where."""
MOST_CLAUSES: Final = 2
"""Clauses of place dropped from the front at most."""


def gist(words: str, place: str) -> str:
    """The words from the first clause that says what; the whole when nothing else would be left.

    `place` is what the report says of its place in its own field: a clause inside it, or around it, is dropped.
    """
    rest = OPENING.sub("", words, count=1)
    for _ in range(MOST_CLAUSES):
        clause, mark, after = rest.partition("，")
        if not mark or len(after) < 4 or not _says_where(clause, place):
            break
        rest = after
    return rest if len(rest) >= 4 else words


def _says_where(clause: str, place: str) -> bool:
    told = clause.strip()
    bare = BEHIND.sub("", FRONT.sub("", told, count=1), count=1)
    return bool(bare) and (
        bare in place or (bare != told and BEHIND.search(told) is not None) or bool(PLACE.search(told))
    )
