"""wangge worker: does the jobs of the outbox. Any number may run against one database."""

import importlib
import importlib.util
import signal
import threading
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)

ROOMS = ("grid", "address", "registry", "incidents", "cases", "patrol", "maps", "etl")


@app.command()
def worker(
    once: Annotated[bool, typer.Option("--once", help="做完到期的就结束 / do what is due, then end")] = False,
    parent: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """运行后台任务 / run the jobs until Ctrl-C; the job in hand is finished first."""
    from core import jobs, logs, processes

    if parent is not None:
        processes.follow(parent)
    logs.configure()
    import_handlers()
    if once:
        print(f"完成 / done: {jobs.run_pending()}")
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if parent is None:
        print("后台任务运行中 / working", flush=True)
    jobs.run_worker(stop)


def import_handlers() -> None:
    """Import the service of every room: that is where rooms register what they handle."""
    for room in ROOMS:
        for name in (f"{room}.service", f"{room}.jobs"):
            if importlib.util.find_spec(room) and importlib.util.find_spec(name):
                importlib.import_module(name)
