"""docs/case-states.md, made from the table of moves: `python -m cases.diagram` writes it, a test compares."""

from collections import defaultdict
from pathlib import Path
from typing import Final

from cases.workflow import MOVES, VERBS, WORDS, Status, Verb

PAGE: Final = Path(__file__).parent.parent / "docs" / "case-states.md"


def page() -> str:
    """The whole page: diagram, table of moves, table of verbs. Markdown with one mermaid block."""
    return "\n".join(
        [
            "# How a case moves / 案件流转",
            "",
            "Made from `cases/workflow.py` by `python -m cases.diagram`; do not edit by hand.",
            "",
            "```mermaid",
            *_diagram(),
            "```",
            "",
            (
                "Marks (督办, 提级, 盯办) move nothing and are possible in every open state. "
                "来源已办结 is what an import writes when the source says that the case is closed."
            ),
            "",
            *_states(),
            "",
            *_verbs(),
            "",
        ]
    )


def _diagram() -> list[str]:
    lines = ["stateDiagram-v2"]
    lines += [f"    {status} : {WORDS[status].zh}<br/>{WORDS[status].en}" for status in Status]
    lines.append(f"    [*] --> {Status.NEW} : {VERBS[Verb.OPEN].zh}")
    for status in Status:
        by_end: defaultdict[Status, list[str]] = defaultdict(list)
        for verb, to in MOVES[status].items():
            if to is not status and verb is not Verb.CLOSE_AT_SOURCE:
                by_end[to].append(VERBS[verb].zh)
        lines += [f"    {status} --> {to} : {' / '.join(words)}" for to, words in by_end.items()]
    lines += [f"    {status} --> [*]" for status in Status if not MOVES[status]]
    return lines


def _states() -> list[str]:
    lines = ["| state | 状态 | what may be done, and where it leads |", "|---|---|---|"]
    for status in Status:
        moves = [f"{VERBS[verb].zh} {verb} → {WORDS[to].zh}" for verb, to in MOVES[status].items()]
        lines.append(f"| `{status}` | {WORDS[status].zh} | {'; '.join(moves) or 'nothing: the end'} |")
    return lines


def _verbs() -> list[str]:
    lines = ["| verb | 动作 | who may | asks for |", "|---|---|---|---|"]
    for verb in Verb:
        rule = VERBS[verb]
        asks = [
            word
            for word, is_needed in (
                ("a unit", rule.needs_unit),
                ("a note", rule.needs_note),
                ("evidence", rule.needs_evidence),
                ("a second person", rule.needs_second),
            )
            if is_needed
        ]
        lines.append(f"| `{verb}` | {rule.zh} | {', '.join(sorted(rule.roles))} | {', '.join(asks) or '–'} |")
    return lines


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
