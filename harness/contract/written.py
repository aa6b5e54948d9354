"""A tree as the text of a document, JSON or YAML. Read again, it is the same tree."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from harness.errors import FileError

_WIDTH = 110


def written(tree: dict[str, Any], *, path: str) -> str:
    """The text of a tree: JSON where the path ends in .json, else YAML.

    A FileError where JSON has no word for a value of it (an infinite number, which YAML has).
    """
    if not path.lower().endswith(".json"):
        return str(
            yaml.dump(
                tree,
                Dumper=_Dumper,
                sort_keys=False,
                allow_unicode=True,
                default_flow_style=False,
                width=_WIDTH,
            )
        )
    try:
        return json.dumps(tree, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    except ValueError:
        message = "an infinite number cannot be written as JSON; a name that ends in .yaml would work"
        raise FileError(path, message) from None


def inline(value: Any) -> str:
    """A value as YAML on one line."""
    text = yaml.dump(
        [value], Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=True, width=2**30
    )
    return str(text).strip()[1:-1]


_PARENT: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_PARENT):  # type: ignore[misc]
    """Leaves a text bare only where readers of YAML 1.1 and of YAML 1.2 both take it for a text."""


_NUMBER = re.compile(r"^(?:0o[0-7]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$")
for _letter in "-+.0123456789":
    # Behind those of YAML 1.1: a text that any of them matches is quoted.
    _Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER, _letter)


def _text(dumper: Any, value: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)
