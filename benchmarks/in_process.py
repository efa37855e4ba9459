"""Notebooks executed in this very process: what their cells show, without kernels, messages or waiting."""

from base64 import b64encode
from contextlib import redirect_stdout
from io import TextIOBase
from pathlib import Path
from typing import Any

import nbformat
from ipykernel.ipkernel import IPythonKernel
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_output
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

_shown: list[nbformat.NotebookNode] = []
"""The outputs of the cell that runs."""


def _output(kind: str, data: dict[str, Any], metadata: dict[str, Any] | None) -> nbformat.NotebookNode:
    """An output as it comes out of a kernel's messages: pictures in base 64."""
    texts = {name: b64encode(of).decode("ascii") if isinstance(of, bytes) else of for name, of in data.items()}
    made: nbformat.NotebookNode = new_output(kind, data=texts, metadata=metadata or {})
    return made


class _Publisher(DisplayPublisher):
    """Takes what a cell passes to display()."""

    def publish(self, data: Any, metadata: Any = None, source: Any = None, **_: Any) -> None:
        _shown.append(_output("display_data", data, metadata))


class _Hook(DisplayHook):
    """Takes the value of a cell's last expression."""

    def write_output_prompt(self) -> None:
        """Nothing: a notebook has none."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        _shown.append(_output("execute_result", format_dict, md_dict))

    def finish_displayhook(self) -> None:
        """Nothing: there is no line to end."""


class _Printed(TextIOBase):
    """Takes what a cell prints, as one output until it shows something else."""

    def write(self, text: str) -> int:
        if not _shown or _shown[-1].output_type != "stream":
            _shown.append(new_output("stream", name="stdout", text=""))
        _shown[-1].text += text
        return len(text)


class _Shell(InteractiveShell):
    display_pub_class = _Publisher
    displayhook_class = _Hook


def executed(source: Path, parameters: dict[str, str]) -> nbformat.NotebookNode:
    """A notebook with its parameters and outputs, as papermill would leave it; raises what a cell raises."""
    notebook: nbformat.NotebookNode = parameterize_notebook(
        load_notebook_node(str(source)), parameters, kernel_name="python3"
    )
    _Shell.clear_instance()
    shell = _Shell.instance()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            with redirect_stdout(_Printed()):
                shell.run_cell(cell.source).raise_error()
            cell.outputs = _shown.copy()
            _shown.clear()
    notebook.metadata.language_info = dict(IPythonKernel.language_info)
    return notebook
