"""The parts that pages on a terminal are made of: headings, rows of a name and what it is, indented text."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text


def heading(name: str, what: str = "") -> RenderableType:
    """A line that stands out, after an empty one."""
    return Text.assemble("\n", (name, "bold"), (f"  {what}" if what else "", "dim"))


def indented(text: str, *, style: str = "", by: int = 2) -> RenderableType:
    """Text below a heading."""
    return Padding(Text(text, style=style), (0, 0, 0, by))


def rows(pairs: Iterable[tuple[str, str]]) -> RenderableType:
    """Names with what there is to say of each; what is long stays in its column."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, said in pairs:
        table.add_row(Text(name), Text(said))
    return Padding(table, (0, 0, 0, 2))
