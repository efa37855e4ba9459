"""params/submission.yaml: what the folders and define.xml of a submission say that neither data nor run know."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from analysis.params_base import Model
from analysis.params_yaml import load_alone

FILE = "submission.yaml"
Version = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9A-Za-z.-]*$", max_length=20)]
Folder = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]


class Submission(Model):
    """Without a value the reviewer's guides and define.xml say that it is for the sponsor to complete."""

    sdtmig: Version | None = Field(default=None, description="Version of the SDTM Implementation Guide, such as 3.4")
    sdtm_ct: Version | None = Field(default=None, description="Version of CDISC's SDTM controlled terminology, a date")
    adamig: Version | None = Field(default=None, description="Version of the ADaM Implementation Guide, such as 1.3")
    controlled: bool = Field(default=False, description="Controlled: its report goes to 5351-stud-rep-contr, else 5352")
    indication: Folder | None = Field(
        default=None, description="Folder of the indication; else made of study.indication"
    )


def load_submission(params_dir: Path | str = "params") -> Submission:
    """Load submission.yaml; without the file nothing but the defaults is known."""
    path = Path(params_dir) / FILE
    return load_alone(Submission, path) if path.exists() else Submission()
