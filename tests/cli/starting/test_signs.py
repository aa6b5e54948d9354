"""What a repository shows of the providers that it talks to."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.starting.signs import Seen, Sign, Told, look

STRIPE = Told(
    "stripe",
    ("api.stripe.com",),
    {
        "pypi": ("stripe",),
        "npm": ("stripe", "@stripe/stripe-js"),
        "maven": ("stripe-java",),
        "go": ("github.com/stripe/stripe-go",),
        "gem": ("stripe",),
        "nuget": ("Stripe.net",),
        "composer": ("stripe/stripe-php",),
    },
    ("stripe",),
)


def seen(root: Path, **files: str) -> Seen:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return look(root, [STRIPE])


def written(root: Path, name: str, text: str) -> tuple[Sign, ...]:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return look(root, [STRIPE]).signs


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("requirements.txt", "httpx\nstripe>=11\n", 2),
        ("requirements-dev.txt", "Stripe\n", 1),
        ("pyproject.toml", '[project]\ndependencies = ["httpx", "stripe>=11"]\n', 2),
        ("pyproject.toml", '[tool.poetry.dependencies]\nstripe = "^11"\n', 2),
        ("package.json", '{\n "dependencies": {\n  "stripe": "^14.0.0"\n }\n}', 3),
        ("web/package.json", '{"dependencies": {"@stripe/stripe-js": "2"}}', 1),
        ("pom.xml", "<dependency>\n<artifactId>stripe-java</artifactId></dependency>", 2),
        ("go.mod", "module shop\n\nrequire github.com/stripe/stripe-go/v76 v76.0.0\n", 3),
        ("Gemfile", 'source "https://rubygems.org"\ngem "stripe"\n', 2),
        ("Shop.csproj", '<PackageReference Include="Stripe.net" Version="43.0.0" />', 1),
        ("composer.json", '{"require": {"stripe/stripe-php": "^13"}}', 1),
    ],
)
def test_a_dependency_has_its_line(tmp_path: Path, name: str, text: str, line: int) -> None:
    (sign,) = written(tmp_path, name, text)
    assert (sign.what, sign.file, sign.line) == ("dependency", name, line)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "stripe-mock\nmystripe\npinstripe==1\n"),
        ("pyproject.toml", '[project]\nname = "pinstripe"\ndependencies = ["stripe-mock", "my-stripe"]\n'),
        ("package.json", '{"dependencies": {"stripe-mock": "1", "pinstripe": "2"}}'),
        (
            "shop.py",
            "import stripes\nfrom stripe_mock import x\n# see api.stripe.com.example and myapi.stripe.com\n",
        ),
        ("node_modules/stripe/index.js", 'fetch("https://api.stripe.com")'),
        (".venv/lib/stripe.py", "import stripe"),
        ("openapi.yaml", "openapi: 3.1.0\nservers: [{url: https://api.stripe.com}]\n"),
    ],
)
def test_what_only_looks_like_one_is_none(tmp_path: Path, name: str, text: str) -> None:
    assert written(tmp_path, name, text) == ()


def test_addresses_and_imports_are_seen_once_a_file_and_come_first(tmp_path: Path) -> None:
    source = 'import stripe\nBASE = "https://api.stripe.com/v1"\nOTHER = "https://api.stripe.com/v2"\n'
    (tmp_path / "requirements.txt").write_text("stripe\n")
    found = [(sign.what, sign.file, sign.line) for sign in written(tmp_path, "shop.py", source)]
    assert found == [
        ("address", "shop.py", 2),
        ("import", "shop.py", 1),
        ("dependency", "requirements.txt", 1),
    ]


def test_apis_of_nobody_known_are_told_with_their_place(tmp_path: Path) -> None:
    told = seen(
        tmp_path,
        **{
            "shop.js": 'fetch("https://api.parcels.io/v1")\nfetch("https://cdn.io")\nfetch("https://api.example.com")'
        },
    )
    assert told.apis == {"api.parcels.io": "shop.js:1"}


def test_documents_and_the_folder_of_tests_are_found(tmp_path: Path) -> None:
    told = seen(
        tmp_path,
        **{
            "api__parcels.yaml": "openapi: 3.0.3\ninfo: {title: Parcels}\n",
            "api__old.json": '{"swagger": "2.0"}',
            "api__other.yaml": "kind: Deployment\n",
            "src__tests__test_a.py": "",
            "src__tests__test_b.py": "",
            "test_c.py": "",
        },
    )
    assert told.documents == ("api/old.json", "api/parcels.yaml")
    assert told.tests == "src/tests"


def test_an_empty_folder_shows_nothing(tmp_path: Path) -> None:
    told = seen(tmp_path)
    assert (told.signs, told.apis, told.documents, told.tests) == ((), {}, (), "tests")
