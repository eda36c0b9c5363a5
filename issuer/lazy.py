"""Command groups that import a command only when somebody asks for it, so that the base install works."""

import importlib
from typing import ClassVar, TypeAlias

import rich_click as click

from issuer.settings import StartRefused

Commands: TypeAlias = dict[str, tuple[str, str, str, str]]
"""Name -> module, attribute, what it does, the extra that it needs ("" for the base install)."""


class Lazy(click.RichGroup):
    """A group that imports a command when somebody asks for it."""

    table: ClassVar[Commands] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command, in the table's order."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        """Import one; where its extra is not installed, a command that says so."""
        if cmd_name not in self.table:
            return None
        module, attribute, summary, extra = self.table[cmd_name]
        try:
            command: click.Command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            if ours(error):
                raise
            return _missing(cmd_name, summary, extra)
        return command


def ours(error: ModuleNotFoundError) -> bool:
    """Whether a module of our own is missing, which is a defect; others come with an extra."""
    return error.name is None or error.name.partition(".")[0] in {"issuer", "verifier", "keys", "schemas"}


def _missing(name: str, summary: str, extra: str) -> click.Command:
    @click.pass_context
    def say(context: click.Context) -> None:
        how = f"Install assay[{extra}] (in a checkout: `make install`)."
        raise StartRefused("command.not_installed", f"`{context.command_path}` is not installed here. {how}")

    return click.RichCommand(
        name=name,
        callback=say,
        help=summary,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
