"""The `wangge` command: one thin file for each group of commands, imported only when that command is called.

Promises: `--help` of every command in under half a second; no rule of the trade lives here.
"""
