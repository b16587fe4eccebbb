"""`python -m cli`: a table of commands; only the module of the one that is called is imported."""

import importlib
import signal
import sys

# name -> (module, Chinese, English). The module holds `app`, a typer application.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("cli.demo", "建立、加载并打开演示区", "make, load and serve the demo district"),
    "test": ("cli.test", "运行全部检查与测试", "everything CI runs"),
    "check": ("cli.check", "几秒钟的快速检查", "the part of the tests that takes seconds"),
    "load": ("cli.load", "导入文件", "load a file or a folder of files"),
    "batch": ("cli.batch", "导入批次：列表、拒收、撤销", "batches of loads: list, show, rejects, undo"),
    "mapping": ("cli.mapping", "表头对照", "mappings of headers: list, show, save"),
    "export": ("cli.export", "导出数据", "write addresses, grids, businesses, residents or cases as a file"),
    "explain": ("cli.explain", "解释一个地址如何匹配", "print every step of matching an address"),
    "grid": ("cli.grid", "区划沿革、重划网格、检查覆盖", "divisions by year, grids redrawn, coverage checked"),
    "address": (
        "cli.address",
        "地址编码：查询、拆分、合并、门牌……",
        "addresses: show, split, merge and the like, door plates",
    ),
    "report": ("cli.report", "登记数据核查清单", "lists of what is doubtful in the register"),
    "train": ("cli.train", "用标注文件训练模型", "train models from labelled files"),
    "map": ("cli.map", "导出地图文件", "write a map as one file"),
    "serve": ("cli.serve", "运行网站", "run the web service"),
    "worker": ("cli.worker", "运行后台任务", "run the jobs"),
    "user": ("cli.user", "账号管理", "accounts: add, list, passwd, disable"),
    "db": ("cli.db", "数据库：启动、停止、备份……", "the database: start, stop, status, psql, backup, restore"),
    "migrate": ("cli.migrate", "升级数据库结构", "bring the database to the newest schema"),
    "doctor": ("cli.doctor", "检查这台机器", "check this machine and say what to do"),
    "bench": ("cli.bench", "性能与质量测量", "run a bench by name"),
    "lock": ("cli.lock", "重新生成锁文件", "make the lock files anew from pyproject.toml"),
}
EXIT_USAGE = 2
EXIT_NOT_READY = 3
EXIT_INTERRUPTED = 130


def main(argv: list[str]) -> int:
    """Run one command. Returns the exit status."""
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda caught, _: sys.exit(128 + caught))  # so that what runs at exit does run
    name, rest = argv[0], argv[1:]
    if name not in COMMANDS:
        print(f"没有这个命令：{name} / no such command: {name}\n\n{overview()}", file=sys.stderr)
        return EXIT_USAGE
    try:
        module = importlib.import_module(COMMANDS[name][0])
        return run(module.app, name, rest)
    except KeyboardInterrupt:
        print("\n已中断 / stopped", file=sys.stderr)
        return EXIT_INTERRUPTED


def run(app: object, name: str, rest: list[str]) -> int:
    """Call a typer application; an error of ours becomes a sentence instead of a traceback."""
    import typer

    from core.errors import NotReady, WanggeError

    if not isinstance(app, typer.Typer):
        raise TypeError(f"{COMMANDS[name][0]}.app is not a typer application")
    try:
        typer.main.get_command(app)(args=rest, prog_name=f"wangge {name}")
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else int(exc.code is not None)
    except WanggeError as exc:
        print(f"✗ {exc.say('zh_CN')}\n  {exc.say('en')}", file=sys.stderr)
        return EXIT_NOT_READY if isinstance(exc, NotReady) else 1
    return 0


def overview() -> str:
    """The list of commands in both languages."""
    lines = [f"  {name:<9}{zh}  ·  {en}" for name, (_, zh, en) in COMMANDS.items()]
    return "用法 / usage: ./wangge COMMAND [--help]\n\n" + "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
