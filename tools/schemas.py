"""Write the JSON Schemas of the params files, for editors (make schemas)."""

from pathlib import Path

from analysis.params import json_schemas

folder = Path(__file__).resolve().parent.parent / "params/schemas"
folder.mkdir(exist_ok=True)
for name, text in json_schemas().items():
    (folder / name).write_text(text, encoding="utf-8")
