"""`harness contract` as somebody at a terminal has it: what is written, what is said, and with what exit code."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from harness import cli
from harness.contract import yaml
from harness.contract.files import contracts_folder, load_provider

Ask = Callable[..., tuple[int, str, str]]

SHOP = """\
# The shop's own words.
openapi: 3.1.0
info: {title: Shop, version: '7', license: {name: MIT}}
externalDocs: {url: https://docs.shop.example}
servers: [{url: https://api.shop.example/v1}]
paths:
  /orders:
    post:
      operationId: createOrder
      parameters: [{name: Idempotency-Key, in: header, schema: {type: string}}]
      responses:
        '201':
          description: made
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
  /orders/{id}:
    get:
      operationId: getOrder
      summary: One order.
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          description: found
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
  /health:
    get:
      responses: {'204': {description: well}}
components:
  schemas:
    Order:
      type: object
      required: [state]
      properties:
        state: {enum: [new, paid]}
        count: {type: integer, example: many}
    Spare: {type: string}
"""


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs `harness contract` with these words beside `shop.yaml`: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "stop_by_signals", lambda: None)
    (tmp_path / "shop.yaml").write_text(SHOP)

    def asking(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["harness", "contract", *words])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        said = capsys.readouterr()
        return int(str(caught.value.code or 0)), said.out, said.err

    return asking


def test_it_is_a_command_among_the_others(ask: Ask) -> None:
    assert "contract" in cli.COMMANDS
    status, _, said = ask()
    assert (status, said.startswith("Usage: ")) == (2, True)
    status, _, said = ask("lnt")
    assert (status, said.splitlines()[0]) == (2, "harness: no command 'lnt'; did you mean 'lint'?")


class TestAdd:
    def test_the_document_is_taken_over_byte_for_byte_with_a_card(self, ask: Ask) -> None:
        status, said, _ = ask("add", "shop", "--from", "shop.yaml")
        assert status == 0
        assert said.splitlines() == [
            "Shop 7: 3 operations",
            "wrote contracts/shop/openapi.yaml, contracts/shop/provider.yaml",
            "harness serve shop plays it",
        ]
        assert Path("contracts/shop/openapi.yaml").read_text() == SHOP
        card = load_provider("./contracts/shop").card
        assert (card.name, card.title, card.kind, card.document) == ("shop", "Shop", "document", "shop.yaml")
        assert (card.document_version, card.licence, card.docs) == ("7", "MIT", "https://docs.shop.example")
        assert card.base_urls == ("https://api.shop.example/v1",)
        assert card.sha256 == hashlib.sha256(SHOP.encode()).hexdigest()
        assert len(card.date) == len("2026-01-31")

    def test_it_is_a_provider_with_what_the_document_tells_of_behaviour(self, ask: Ask) -> None:
        ask("add", "shop", "--from", "shop.yaml")
        behaviour = load_provider("./contracts/shop").behaviour
        assert behaviour.idempotency is not None
        assert behaviour.idempotency.methods == ("POST",)

    def test_what_was_converted_from_a_model_of_aws_is_played_as_its_sdks_expect(self, ask: Ask) -> None:
        origin = "x-origin: [{converter: {url: 'https://x.example/aws2openapi'}}], "
        Path("aws.yaml").write_text(SHOP.replace("info: {", "info: {" + origin))
        ask("add", "aws", "--from", "aws.yaml")
        ask("add", "shop", "--from", "shop.yaml")
        assert load_provider("./contracts/aws").contract.document.dialect == "aws"
        assert load_provider("./contracts/shop").contract.document.dialect == ""
        assert load_provider("aws.yaml").contract.document.dialect == ""

    def test_nothing_is_overwritten_unless_by_force(self, ask: Ask) -> None:
        ask("add", "shop", "--from", "shop.yaml")
        Path("shop.json").write_text(json.dumps(yaml.load(SHOP, path="")))
        status, _, said = ask("add", "shop", "--from", "shop.json")
        assert (status, said) == (
            2,
            "harness: contracts/shop has openapi.yaml, provider.yaml;"
            " --force overwrites, --to FOLDER puts it elsewhere\n",
        )
        assert Path("contracts/shop/openapi.yaml").read_text() == SHOP
        assert ask("add", "shop", "--from", "shop.json", "--force")[0] == 0
        # A folder has one document: the one in the other format is gone.
        assert sorted(path.name for path in Path("contracts/shop").iterdir()) == [
            "openapi.json",
            "provider.yaml",
        ]

    def test_what_is_known_beside_the_document_stays(self, ask: Ask) -> None:
        ask("add", "shop", "--from", "shop.yaml", "--to", "own")
        Path("own/behaviour.yaml").write_text("retry: {source: https://x}\n")
        assert ask("add", "shop", "--from", "shop.yaml", "--to", "own", "--force")[0] == 0
        assert load_provider("./own").behaviour.retry is not None

    def test_what_is_no_document_is_not_taken_over(self, ask: Ask) -> None:
        Path("bad.yaml").write_text("openapi: 3.1.0\npaths: []\n")
        status, _, said = ask("add", "bad", "--from", "bad.yaml")
        assert (status, said) == (2, "harness: bad.yaml:2: 'paths' must be an object, not list\n")
        assert not Path("contracts").exists()

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["Shop", "--from", "shop.yaml"], "'Shop' is no name for a provider: small letters"),
            (["../x", "--from", "shop.yaml"], "'../x' is no name for a provider"),
            (["shop", "--from", "shp.yaml"], "shp.yaml: no such file; did you mean 'shop.yaml'?"),
            (["shop", "--from", "http://shop.example/a.yaml"], "only https is fetched, or http on loopback"),
            (["shop", "--from", "file:///etc/hosts"], "only https is fetched, or http on loopback"),
        ],
    )
    def test_a_wrong_question_is_told(self, ask: Ask, words: list[str], message: str) -> None:
        status, _, said = ask("add", *words)
        assert status == 2
        assert message in said

    def test_files_that_it_refers_to_come_with_it_when_asked_for(self, ask: Ask, tmp_path: Path) -> None:
        folder = tmp_path / "api"
        (folder / "parts").mkdir(parents=True)
        (folder / "api.yaml").write_text(SHOP.replace("'#/components/schemas/Order'", "parts/order.yaml"))
        order = "properties: {next: {$ref: '../api.yaml#/components/schemas/Spare'}}\n"
        (folder / "parts/order.yaml").write_text(order)
        status, said, _ = ask("add", "shop", "--from", "api/api.yaml")
        assert (status, "references to them dangle (--refs does): parts/order.yaml" in said) == (0, True)
        assert "2 warnings: harness contract lint shop" in said
        assert ask("add", "shop", "--from", "api/api.yaml", "--refs", "--force")[0] == 0
        assert Path("contracts/shop/parts/order.yaml").read_text() == order
        assert load_provider("./contracts/shop").contract.warnings == ()

    def test_files_above_it_have_no_place_in_its_folder(self, ask: Ask, tmp_path: Path) -> None:
        (tmp_path / "api").mkdir()
        (tmp_path / "order.yaml").write_text("{}\n")
        (tmp_path / "api/api.yaml").write_text(SHOP.replace("'#/components/schemas/Order'", "../order.yaml"))
        status, _, said = ask("add", "shop", "--from", "api/api.yaml", "--refs")
        assert status == 2
        assert "api/api.yaml: refers to '../order.yaml', which has no place in one folder with it" in said
        assert not Path("contracts").exists()


class TestSlice:
    def test_to_the_terminal_in_the_documents_own_format(self, ask: Ask) -> None:
        status, text, _ = ask("slice", "shop.yaml", "--operations", "GET /health")
        assert status == 0
        assert yaml.load(text, path="") == {
            "openapi": "3.1.0",
            "info": {"title": "Shop", "version": "7", "license": {"name": "MIT"}},
            "externalDocs": {"url": "https://docs.shop.example"},
            "servers": [{"url": "https://api.shop.example/v1"}],
            "paths": {"/health": {"get": {"responses": {"204": {"description": "well"}}}}},
        }

    def test_to_a_file_in_the_format_of_its_ending(self, ask: Ask) -> None:
        status, said, _ = ask("slice", "shop.yaml", "--operations", "*Order", "--to", "cut.json")
        assert (status, said.startswith("wrote cut.json: 2 of 3 operations, ")) == (0, True)
        cut = json.loads(Path("cut.json").read_text())
        assert (list(cut["paths"]), list(cut["components"]["schemas"])) == (
            ["/orders", "/orders/{id}"],
            ["Order"],
        )

    @pytest.mark.parametrize(
        ("wanted", "kept"),
        [
            (["createOrder,GET /health"], ["/orders", "/health"]),
            (["createOrder", "get /orders/{id}"], ["/orders", "/orders/{id}"]),
            (["GET /orders/7"], ["/orders/{id}"]),
            (["GET /*"], ["/orders/{id}", "/health"]),
        ],
    )
    def test_operations_are_told_in_several_ways(self, ask: Ask, wanted: list[str], kept: list[str]) -> None:
        flags = [word for text in wanted for word in ("--operations", text)]
        _, text, _ = ask("slice", "shop.yaml", *flags)
        assert list(yaml.load(text, path="")["paths"]) == kept  # type: ignore[index]

    def test_by_what_a_journal_or_a_report_has_seen(self, ask: Ask) -> None:
        seen = [
            {"operation": "getOrder", "method": "GET"},
            {"operation": None, "method": "GET"},
            {"operation": None, "method": None},
        ]
        Path("journal.json").write_text(json.dumps({"exchanges": seen, "dropped_bodies": 0}))
        status, text, said = ask("slice", "shop.yaml", "--from-journal", "journal.json")
        assert (status, said) == (0, "journal.json: 1 request for no operation of the document\n")
        assert "/orders/{id}:" in text
        Path("report.json").write_text(json.dumps({"scenarios": [{"calls": [{"attempts": seen}]}]}))
        assert ask("slice", "shop.yaml", "--from-journal", "report.json")[1] == text

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ([], "which operations? --operations ID,GLOB,... or --from-journal FILE says it"),
            (["--operations", "creteOrder"], "no operation 'creteOrder'; did you mean 'createOrder'?"),
            (["--operations", "creteOr*"], "no operation like 'creteOr*'; did you mean 'createOrder'?"),
            (["--operations", "*", "--to", "shop.yaml", "--force"], "shop.yaml is the document itself"),
            (["--operations", "*", "--to", "old.json"], "old.json exists; --force overwrites it"),
            (
                ["--operations", "*", "--to", "cut.txt"],
                "cut.txt: a document's name ends in .json, .yaml or .yml",
            ),
            (
                ["--from-journal", "old.json"],
                "old.json: no operation in it; expected what GET /lanes/ID/journal",
            ),
            (["--from-journal", "shop.yaml"], "shop.yaml: not JSON: "),
            (
                ["--from-journal", "of_another.json"],
                "of_another.json: operation 'getOder' is not in the document",
            ),
        ],
    )
    def test_a_wrong_question_is_told(self, ask: Ask, words: list[str], message: str) -> None:
        Path("old.json").write_text("{}")
        Path("of_another.json").write_text('[{"operation": "getOder", "method": "GET"}]')
        status, out, said = ask("slice", "shop.yaml", *words)
        assert (status, out) == (2, "")
        assert message in said
        assert Path("shop.yaml").read_text() == SHOP


class TestLint:
    def test_harness_lint_is_short_for_it(
        self, ask: Ask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "argv", ["harness", "lint", "shop.yaml"])
        with pytest.raises(SystemExit):
            cli.main()
        assert capsys.readouterr().out == ask("lint", "shop.yaml")[1]

    def test_each_warning_has_its_line_its_rule_and_its_pointer_and_all_are_counted(self, ask: Ask) -> None:
        status, said, _ = ask("lint", "shop.yaml")
        assert status == 0
        assert said.splitlines() == [
            'shop.yaml:34: the example is not valid: "many" is not of type "integer"'
            "  [example] /components/schemas/Order/properties/count/example",
            "shop.yaml:35: no operation leads to it  [unused] /components/schemas/Spare",
            "2 warnings: 1 example, 1 unused",
        ]

    def test_as_json(self, ask: Ask) -> None:
        _, said, _ = ask("lint", "shop.yaml", "--format", "json")
        told = msgspec.json.decode(said)
        assert told["document"] == "shop.yaml"
        assert told["counts"] == {"example": 1, "unused": 1}
        assert told["warnings"][1] == {
            "file": "shop.yaml",
            "line": 35,
            "pointer": "/components/schemas/Spare",
            "rule": "unused",
            "message": "no operation leads to it",
        }

    def test_of_a_referenced_file_the_line_is_its_own(self, ask: Ask) -> None:
        Path("order.yaml").write_text("Order:\n  type: object\n  propertis: {}\n")
        Path("shop.yaml").write_text(SHOP.replace("#/components/schemas/Order", "order.yaml#/Order"))
        assert "order.yaml:3: 'propertis' is no field of a schema" in ask("lint", "shop.yaml")[1]

    def test_a_document_that_is_well(self, ask: Ask) -> None:
        ask("slice", "shop.yaml", "--operations", "GET /health", "--to", "well.json")
        assert ask("lint", "well.json") == (0, "well.json: nothing odd\n", "")

    def test_what_was_changed_since_it_was_taken_over(self, ask: Ask) -> None:
        ask("add", "shop", "--from", "shop.yaml")
        assert "[changed]" not in ask("lint", "./contracts/shop")[1]
        with Path("contracts/shop/openapi.yaml").open("a") as file:
            file.write("# mine\n")
        first = ask("lint", "./contracts/shop")[1].splitlines()[0]
        assert first.startswith(
            "contracts/shop/openapi.yaml:1: changed since it was taken over from shop.yaml (20"
        )

    def test_a_document_that_cannot_be_used_is_a_mistake(self, ask: Ask) -> None:
        Path("bad.json").write_text('{"openapi": "3.1.0",\n "paths": []}')
        assert ask("lint", "bad.json") == (
            2,
            "",
            "harness: bad.json:2: 'paths' must be an object, not list\n",
        )


class TestShow:
    def test_an_operation_is_told_as_a_whole(self, ask: Ask) -> None:
        status, said, _ = ask("show", "shop.yaml", "getOrder")
        assert status == 0
        assert said.splitlines() == [
            "GET /orders/{id}   getOrder",
            "  One order.",
            "",
            "Parameters",
            "  path   id*  string",
            "",
            "Answer 200  found",
            "  content-type: application/json",
            "  {",
            '    "state": "new",',
            '    "count": 12',
            "  }",
        ]

    @pytest.mark.parametrize(
        "words",
        [
            ("shop.yaml", "GET /orders/{id}"),
            ("shop.yaml", "get", "/orders/{id}"),
            ("shop.yaml", "GET /orders/7"),
            ("shop.yaml", "GET /v1/orders/7"),
        ],
    )
    def test_it_is_found_by_method_and_path(self, ask: Ask, words: tuple[str, ...]) -> None:
        assert ask("show", *words)[1].startswith("GET /orders/{id}   getOrder\n")

    def test_what_is_known_beside_the_contract_is_told_with_its_source(self, ask: Ask) -> None:
        _, said, _ = ask("show", "stripe", "PostCustomers")
        paragraphs = said.split("\n\n")
        assert paragraphs[0].startswith("POST /v1/customers   PostCustomers\n")
        assert paragraphs[1].startswith("Security\n  bearer")
        known = paragraphs[-1]
        assert known.startswith(
            "Known beside the contract\n  creates customers, with ids like cus_...  [https://"
        )
        assert "idempotency-key, kept for 24 h" in known

    def test_the_same_body_is_shown_once(self, ask: Ask) -> None:
        assert "  a body as of 4" in ask("show", "stripe", "PostCustomers")[1]

    def test_without_a_document_it_is_looked_for_in_ones_own_and_the_bundled_providers(
        self, ask: Ask
    ) -> None:
        assert ask("show", "PostCustomers")[1].startswith("POST /v1/customers")
        ask("add", "shop", "--from", "shop.yaml")
        assert ask("show", "getOrder")[1].startswith("GET /orders/{id}")
        ask("add", "shop2", "--from", "shop.yaml")
        assert "shop and shop2 have 'getOrder': say which" in ask("show", "getOrder")[2]

    def test_schemas_that_hold_themselves_come_to_an_end(self, ask: Ask) -> None:
        tree = "{type: array, items: {$ref: '#/components/schemas/Order'}}"
        body = f"requestBody: {{content: {{application/json: {{schema: {tree}}}}}}}"
        text = SHOP.replace(
            "      type: object\n      required: [state]", f"      type: array\n      items: {tree}"
        )
        Path("deep.yaml").write_text(
            text.replace("operationId: createOrder\n", f"operationId: createOrder\n      {body}\n")
        )
        status, said, _ = ask("show", "deep.yaml", "createOrder")
        assert (status, "Body application/json: list" in said) == (0, True)

    def test_an_unknown_one_is_told_with_the_nearest(self, ask: Ask) -> None:
        assert ask("show", "shop.yaml", "getOder")[::2] == (
            2,
            "harness: no operation 'getOder'; did you mean 'getOrder'?\n",
        )
        assert "did you mean 'PostCustomers'?" in ask("show", "PostCustomer")[2]

    def test_of_a_document_alone_is_asked_which_operation(self, ask: Ask) -> None:
        assert ask("show", "shop.yaml")[2].startswith("harness: which operation of shop.yaml? there are ")
        assert ask("show", "stripe")[2].startswith("harness: which operation of stripe? there are ")
        folder = str(contracts_folder() / "github")
        assert ask("show", folder)[2].startswith(f"harness: which operation of {folder}? there are ")

    @pytest.mark.parametrize("name", ["stripe", "github"])
    def test_every_bundled_operation_can_be_told(self, ask: Ask, name: str) -> None:
        for operation in load_provider(name).contract.operations:
            status, said, _ = ask("show", str(contracts_folder() / name), operation)
            assert (status, "\nAnswer 2" in said or "\nAnswer 3" in said) == (0, True), operation
