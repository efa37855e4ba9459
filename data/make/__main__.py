"""Make the synthetic study: `python -m data.make` writes data/transfers/<date>/, the same bytes every time."""

import argparse
from pathlib import Path

from analysis.cut.dataset import write_xpt
from data.make.assemble import transfer
from data.make.base import TRANSFERS, Rows, usubjid
from data.make.events import event_rows
from data.make.findings import finding_rows
from data.make.history import draw_person, history_rows
from data.make.oncology import oncology_rows
from data.make.slots import SUBJECTS
from data.make.story import tell
from data.make.subject import subject_rows
from data.make.trial import design

FOLDER = Path(__file__).parents[1] / "transfers"


def all_rows(subject: int) -> Rows:
    """Return every row of one subject, by dataset."""
    story = tell(subject)
    person = draw_person(story)
    parts = (
        subject_rows(story, person),
        history_rows(story, person),
        event_rows(story),
        oncology_rows(story, person),
        finding_rows(story, person),
    )
    rows: Rows = {}
    for part in parts:
        for domain, found in part.items():
            rows.setdefault(domain, []).extend(found)
    return rows


def write_transfers(folder: Path) -> None:
    """Write each transfer as XPT files into folder/<date>/; files of datasets that are no longer made are removed."""
    subjects = {usubjid(subject): all_rows(subject) for subject in SUBJECTS}
    for day in TRANSFERS:
        datasets = transfer(subjects, design(), day)
        target = folder / day.isoformat()
        target.mkdir(parents=True, exist_ok=True)
        for old in target.glob("*.xpt"):
            old.unlink()
        for name, dataset in datasets.items():
            write_xpt(dataset, target / f"{name.lower()}.xpt")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m data.make", description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the transfers (default: data/transfers)")
    write_transfers(parser.parse_args().out)
