"""A dataset under the data cut-off: every record removed and every value changed goes into the log."""

import polars as pl

from analysis.cut.dataset import Dataset

LOG_SCHEMA = {
    "DATASET": pl.String,
    "USUBJID": pl.String,
    "SEQ": pl.Int64,
    "VARIABLE": pl.String,
    "OLD": pl.String,
    "NEW": pl.String,
    "ACTION": pl.String,
    "REASON": pl.String,
}


class Edit:
    """One dataset while the rules of the cut-off go over it. `removed` holds the records they took out."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.name = dataset.name
        self.frame = dataset.frame
        self.removed = dataset.frame.clear()
        self.log: list[pl.DataFrame] = []
        self.domain = self._domain()

    def _domain(self) -> str:
        """The domain, which prefixes the variables: DOMAIN says it of a split dataset such as LBCH too."""
        if "DOMAIN" in self.frame.columns and self.frame["DOMAIN"].drop_nulls().n_unique() == 1:
            return str(self.frame["DOMAIN"].drop_nulls()[0])
        return self.name[:2]

    def variable(self, name: str) -> str | None:
        """Return a variable written like "--STDTC" under its own name, None where the dataset does not have it."""
        own = name.replace("--", self.domain, 1)
        return own if own in self.frame.columns else None

    def drop(self, variable: str, when: pl.Expr, reason: str) -> None:
        """Remove the records for which `when` holds, and log the value of the variable that decided."""
        gone = self.frame.filter(when)
        if not gone.is_empty():
            self._record(gone, variable, pl.lit(None, pl.String), "removed", reason)
            self.removed = self.removed.vstack(gone.select(self.removed.columns))
            self.frame = self.frame.filter(~when.fill_null(False))

    def set(self, variable: str, when: pl.Expr, value: pl.Expr, reason: str) -> None:
        """Give a variable another value (null: none) where `when` holds and the value differs; log old and new."""
        value = value.cast(self.frame.schema[variable], strict=False)
        changes = when.fill_null(False) & pl.col(variable).ne_missing(value)
        changed = self.frame.filter(changes)
        for action, is_action in (("changed", value.is_not_null()), ("cleared", value.is_null())):
            part = changed.filter(is_action)
            if not part.is_empty():
                self._record(part, variable, value, action, reason)
        if not changed.is_empty():
            self.frame = self.frame.with_columns(
                pl.when(changes).then(value).otherwise(pl.col(variable)).alias(variable)
            )

    def _record(self, frame: pl.DataFrame, variable: str, new: pl.Expr, action: str, reason: str) -> None:
        old = pl.col(variable) if variable in frame.columns else pl.lit(None)
        subject = pl.col("USUBJID") if "USUBJID" in frame.columns else pl.lit(None)
        self.log.append(
            frame.select(
                DATASET=pl.lit(self.name),
                USUBJID=subject.cast(pl.String),
                SEQ=self.sequence(),
                VARIABLE=pl.lit(variable),
                OLD=as_text(old),
                NEW=as_text(new),
                ACTION=pl.lit(action),
                REASON=pl.lit(reason),
            )
        )

    def sequence(self) -> pl.Expr:
        """Return the record's --SEQ; of a supplemental qualifier the --SEQ of its parent."""
        own = self.variable("--SEQ")
        if own:
            return pl.col(own).cast(pl.Int64, strict=False)
        if {"IDVAR", "IDVARVAL"} <= set(self.frame.columns):
            parent = pl.col("IDVARVAL").cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
            return pl.when(pl.col("IDVAR").str.ends_with("SEQ")).then(parent)
        return pl.lit(None, pl.Int64)


def as_text(value: pl.Expr) -> pl.Expr:
    """Return a value as text, whole numbers without decimals."""
    return value.cast(pl.String).str.strip_suffix(".0")


def whole_log(edits: list[Edit]) -> pl.DataFrame:
    """Return the log of all datasets, sorted by dataset, patient, record and variable."""
    empty = pl.DataFrame(schema=LOG_SCHEMA)
    log = pl.concat([empty, *(part for edit in edits for part in edit.log)])
    return log.sort("DATASET", "USUBJID", "SEQ", "VARIABLE", maintain_order=True)
