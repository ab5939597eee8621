"""A kind of import contract that import-linter lacks: what may be imported, instead of what may not."""

from __future__ import annotations

from collections.abc import Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.application.contract_utils import AlertLevel, remove_ignored_imports
from importlinter.domain.helpers import module_expressions_to_modules


class LibrariesContract(Contract):
    """Every module imports nothing from outside the package but the named libraries.

    Options: `libraries`, the top-level names of what may be imported; `exempt`, the packages that may import whatever
    they like, which leaves a new module bound until it is exempted; `ignore_imports`, as in import-linter's own kinds.
    """

    type_name = "libraries"

    libraries = fields.SetField(subfield=fields.StringField())
    exempt = fields.SetField(subfield=fields.ModuleExpressionField())
    ignore_imports = fields.SetField(subfield=fields.ImportExpressionField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        warnings = remove_ignored_imports(graph, self.ignore_imports, AlertLevel.ERROR)  # type: ignore[arg-type]
        illegal = sorted(self._illegal(graph))
        return ContractCheck(kept=not illegal, warnings=warnings, metadata={"illegal": illegal})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["illegal"]:
            output.print_error(f"- {importer} is not allowed to import {imported}", bold=False)
        output.new_line()

    def _illegal(self, graph: ImportGraph) -> Iterator[tuple[str, str]]:
        exempt = module_expressions_to_modules(graph, self.exempt, as_packages=True, raise_if_unmatched=True)  # type: ignore[arg-type]
        roots = set(self.session_options["root_packages"])
        for module in graph.modules - {each.name for each in exempt}:
            if module.partition(".")[0] not in roots:
                continue
            for imported in graph.find_modules_directly_imported_by(module):
                if imported.partition(".")[0] not in roots | self.libraries:  # type: ignore[operator]
                    yield module, imported
