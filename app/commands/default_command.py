"""A group of commands one of which needs no name: what does not name another is said to it.

Knows how a command line is taken apart. Knows no command of ours.
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup


class DefaultCommandGroup(TyperGroup):
    """The hidden command is the one without a name. The help of the group is that command's help and the list of the others."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        names_another = bool(args) and args[0] in self.commands
        if names_another or "--help" in args:
            return super().make_context(info_name, args if names_another else ["--help"], parent, **extra)
        return self._default.make_context(info_name, args, parent, **extra)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        default = self._default
        nameless = default.make_context(ctx.info_name, [], ctx.parent, resilient_parsing=True)
        default.format_usage(nameless, formatter)
        formatter.write_usage(ctx.command_path, "COMMAND [ARGS]...", prefix="       ")
        self.format_help_text(ctx, formatter)
        default.format_options(nameless, formatter)
        self.format_commands(ctx, formatter)

    @property
    def _default(self) -> Any:
        return next(command for command in self.commands.values() if command.hidden)
