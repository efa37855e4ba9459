"""Datasets whose records belong to records of other datasets: SUPP--, RELREC and comments."""

from collections.abc import Sequence

import polars as pl

from analysis.cut.edit import Edit

LINK = ("RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL")


def is_linked(edit: Edit) -> bool:
    """Return whether the records of a dataset name a parent record."""
    return set(LINK) <= set(edit.frame.columns)


def held(links: pl.DataFrame, domain: str, parent: pl.DataFrame) -> set[int]:
    """Return the rows of `links` (their index "row", and LINK) that have a parent record in a frame of this domain."""
    rows: set[int] = set()
    mine = links.filter(pl.col("RDOMAIN") == domain)
    for variable in mine["IDVAR"].unique().sort():
        if variable is None:
            children = mine.filter(pl.col("IDVAR").is_null())
            rows.update(children.join(parent, on="USUBJID", how="semi")["row"])
        elif variable in parent.columns:
            value = pl.col("IDVARVAL").cast(parent.schema[variable], strict=False)
            children = mine.filter(pl.col("IDVAR") == variable).with_columns(value.alias(variable))
            rows.update(children.join(parent, on=["USUBJID", variable], how="semi")["row"])
    return rows


def follow(edit: Edit, parents: Sequence[Edit], dead: pl.Series) -> None:
    """Remove the records whose parents are all removed, qualifiers of an undone death, and relations left alone."""
    links = edit.frame.select(LINK).with_row_index("row")
    lost: set[int] = set()
    kept: set[int] = set()
    for parent in parents:
        lost |= held(links, parent.domain, parent.removed)
        kept |= held(links, parent.domain, parent.frame)
    gone = pl.int_range(pl.len()).is_in(sorted(lost - kept))
    edit.drop("IDVARVAL", gone, "its parent record is removed")
    if "QNAM" in edit.frame.columns:
        death = pl.col("USUBJID").is_in(dead.implode()) & pl.col("QNAM").str.starts_with("DTH")
        edit.drop("QVAL", death, "states a death after the cut-off")
    if "RELID" in edit.frame.columns and not edit.removed.is_empty():
        relation = pl.concat_str("USUBJID", "RELID", separator=" ")
        broken = relation.is_in(edit.removed.select(relation).to_series().implode())
        lonely = broken & (pl.len().over("USUBJID", "RELID") == 1)
        edit.drop("RELID", lonely, "the other records of its relation are removed")
