"""wangge serve: the web service, one process of granian."""

import socket
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)

HEADER_TIMEOUT_MS = 5000  # a client that sends its header slower than this is let go
PORTS_TRIED = 20


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="default: WANGGE_HOST or 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="default: WANGGE_PORT or 8311, or the next free one")] = None,
    parent: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """运行网站 / run the web service until Ctrl-C."""
    from core import logs, migrate, processes
    from core.settings import settings

    if parent is not None:
        processes.follow(parent)

    logs.configure()
    if migrate.current() != migrate.linked_head():
        migrate.upgrade()
    address = host or settings().host
    chosen = choose_port(address, port)
    if parent is None:
        print(f"网站 / pages: http://{address}:{chosen}/", flush=True)
    run(address, chosen)


def run(address: str, port: int) -> None:
    """Serve until a signal ends it."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    Granian(
        "api.app:app",
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS),
        websockets=False,
        respawn_failed_workers=True,
        process_name=None,
    ).serve()


def choose_port(address: str, wanted: int | None) -> int:
    """The wanted port; without one that of the settings, or the next free one, and says so.

    Raises Refused when the wanted one, or twenty in a row, are taken: granian itself would share a taken one
    (SO_REUSEPORT), and then each of two servers answers every other request.
    """
    from core.errors import Refused
    from core.settings import settings

    if wanted is not None:
        if not _is_free(address, wanted):
            raise Refused(
                zh=f"{address} 的端口 {wanted} 已被占用，或不许使用；请换一个 --port",
                en=f"port {wanted} of {address} is taken or not allowed: choose another --port",
            )
        return wanted
    first = settings().port
    for port in range(first, first + PORTS_TRIED):
        if _is_free(address, port):
            return port
        print(f"端口 {port} 被占用，试下一个 / port {port} is taken, trying the next", flush=True)
    raise Refused(
        zh=f"{first} 起的 {PORTS_TRIED} 个端口都被占用，请用 --port 指定",
        en=f"{PORTS_TRIED} ports from {first} on are taken, choose one by --port",
    )


def _is_free(address: str, port: int) -> bool:
    """Whether nobody listens there. SO_REUSEADDR: what a server that has just ended left behind does not count."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
