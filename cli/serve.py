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
) -> None:
    """运行网站 / run the web service until Ctrl-C."""
    from core import logs, migrate
    from core.settings import settings

    logs.configure()
    if migrate.current() != migrate.linked_head():
        migrate.upgrade()
    address = host or settings().host
    chosen = port or free_port(address, settings().port)
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


def free_port(address: str, wanted: int) -> int:
    """The wanted port, or the next free one; says so. Raises Refused when twenty in a row are taken."""
    from core.errors import Refused

    for port in range(wanted, wanted + PORTS_TRIED):
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                print(f"端口 {port} 被占用，试下一个 / port {port} is taken, trying the next", flush=True)
                continue
            return port
    raise Refused(
        zh=f"{wanted} 起的 {PORTS_TRIED} 个端口都被占用，请用 --port 指定",
        en=f"{PORTS_TRIED} ports from {wanted} on are taken, choose one by --port",
    )
