"""What a client's own word for a failure says: a crash that nobody meant, or a failure that it declares."""

from __future__ import annotations

import re

CRASHES = frozenset(
    (
        # Python
        *("TypeError", "KeyError", "AttributeError", "IndexError", "NameError", "UnboundLocalError"),
        *("AssertionError", "RecursionError", "ZeroDivisionError", "OverflowError", "StopIteration"),
        *("UnicodeEncodeError", "UnicodeDecodeError", "UnicodeError", "MemoryError", "InvalidOperation"),
        *("StopAsyncIteration", "RuntimeWarning", "SystemError"),
        # JavaScript
        *("ReferenceError", "RangeError"),
        # Java, Kotlin, C#
        *(
            "NullPointerException",
            "ClassCastException",
            "IndexOutOfBoundsException",
            "NullReferenceException",
        ),
        *("ArrayIndexOutOfBoundsException", "NumberFormatException", "NoSuchElementException"),
        *("ArithmeticException", "InvalidCastException", "IndexOutOfRangeException", "StackOverflowError"),
        *("KeyNotFoundException", "UninitializedPropertyAccessException", "StringIndexOutOfBoundsException"),
        # Ruby
        *("NoMethodError", "FloatDomainError", "FrozenError"),
    )
)
"""Errors of a language itself, that a program meets where its author did not look."""

PARSING = frozenset(
    (
        *("JSONDecodeError", "DecodeError", "SyntaxError", "JsonSyntaxException", "JsonParseException"),
        *("ParserError", "UnicodeDecodeError", "JsonException", "JsonProcessingException"),
    )
)
"""Errors of whatever reads a format: against a body that is none of it, they are the right word."""

MODELS = frozenset(
    (
        *("ValidationError", "ValidationException", "SchemaError", "ClassValidationError", "ZodError"),
        *("StructureHandlerNotFoundError", "ForbiddenExtraKeysError", "MissingValueError", "WrongTypeError"),
        *("UnrecognizedPropertyException", "InvalidFormatException", "MismatchedInputException"),
    )
)
"""Errors of whatever holds values against a model."""

_TYPE = re.compile(r"(?:[A-Za-z_]\w*(?:\.|::))*([A-Z]\w*)(?=$|:|\s|\()")
_PREFIX = re.compile(r"^(exit status \d+: |uncaught |Error: (?=[A-Z]\w*Error: ))", re.IGNORECASE)
_PANIC = re.compile(r"panic: runtime error|panicked at|fatal error: |segmentation fault", re.IGNORECASE)
_NETWORK = re.compile(r"TypeError: (fetch failed|terminated|Failed to fetch)")
"""What fetch says of a connection."""
_UNREAD = re.compile(
    r"invalid literal for int|could not convert string to float|is not a valid \w+$|invalid isoformat|"
    r"does not match format|unconverted data remains|year .*is out of range|not enough values to unpack|"
    r"too many values to unpack|timestamp out of range|signed integer is (less|greater)|"
    r"(arg|iterable argument) is (an )?empty|substring not found|is not in list|list\.remove\(x\)|"
    r"cannot convert float (NaN|infinity)|Exceeds the limit|empty separator|Cannot choose from an empty"
)
"""What Python's own functions say of a value that they were given unlooked-at."""


def type_of(error: str | None) -> str:
    """The name of the error's type, without its package: `KeyError` of `exit status 1: KeyError: 'name'`."""
    text = _PREFIX.sub("", (error or "").strip())
    match = _TYPE.match(text)
    return match[1] if match else ""


def is_crash(error: str | None) -> bool:
    """Is it an error of the language, which nobody declared?"""
    text = error or ""
    if _NETWORK.search(text):
        return False
    kind = type_of(text)
    return (
        kind in CRASHES
        or _PANIC.search(text) is not None
        or (kind == "ValueError" and _UNREAD.search(text) is not None)
    )


def is_unmeant(error: str | None) -> bool:
    """Is it the word of a language, a parser or a model, and none of the client's own?"""
    return is_crash(error) or is_misread(error)


def is_unparsed(error: str | None) -> bool:
    """Does it say that what there is cannot be read at all?"""
    return type_of(error) in PARSING


def is_misread(error: str | None) -> bool:
    """Does it say that an answer is not what it should be: not of its format, or not of a model?"""
    return type_of(error) in PARSING | MODELS
