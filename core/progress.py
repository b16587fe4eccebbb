"""Progress of long work: a bar with rate and time left on a terminal, one line for each stage elsewhere.

with stages() as show:
    with show.task("地址", total=500_000) as task:
        task.advance(2_000)
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as TimeLeft
from rich.text import Text


@dataclass(slots=True)
class Task:
    """One stage. `done` counts also when nothing is drawn."""

    words: str
    total: int | None
    done: int = 0
    _bar: Progress | None = None
    _id: TaskID | None = None

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self.done += count
        if self._bar is not None and self._id is not None:
            self._bar.advance(self._id, count)

    def say_total(self, total: int) -> None:
        """The total became known."""
        self.total = total
        if self._bar is not None and self._id is not None:
            self._bar.update(self._id, total=total)


class _Rate(TextColumn):
    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: object) -> Text:
        speed = getattr(task, "speed", None)
        return Text("" if not speed else f"{speed:,.0f}/s", style="cyan")


class Stages:
    """The stages of one piece of work."""

    def __init__(self, bar: Progress | None) -> None:
        self._bar = bar

    @contextmanager
    def task(self, words: str, total: int | None = None) -> Iterator[Task]:
        """One stage, shown until it ends. `words` may hold both languages."""
        began = time.monotonic()
        task = Task(words, total)
        if self._bar is not None:
            task._bar, task._id = self._bar, self._bar.add_task(words, total=total)
        yield task
        seconds = time.monotonic() - began
        if self._bar is not None and task._id is not None:
            self._bar.update(task._id, total=task.done or 1, completed=task.done or 1)
        else:
            rate = f", {task.done / seconds:,.0f}/s" if task.done and seconds > 0 else ""
            print(f"  {words}: {task.done:,} ({seconds:.1f} s{rate})", file=sys.stderr, flush=True)  # noqa: T201


@contextmanager
def stages(*, is_silent: bool = False) -> Iterator[Stages]:
    """Begin showing. Nothing is drawn unless stderr is a terminal; then each stage leaves one line behind."""
    if is_silent or not sys.stderr.isatty():
        yield Stages(None)
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeElapsedColumn(), TimeLeft(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as bar:
        yield Stages(bar)
