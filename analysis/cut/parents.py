"""Datasets whose records belong to records of other datasets: SUPP--, RELREC and comments."""

from collections.abc import Sequence

import polars as pl

from analysis.cut.edit import Edit

LINK = ("RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL")


def is_linked(edit: Edit) -> bool:
    """Return whether the records of a dataset name a parent record."""
    return set(LINK) <= set(edit.frame.columns)


def key(column: str) -> pl.Expr:
    """Return a key value as a text that is the same for 3, 3.0 and "3"."""
    text = pl.col(column).cast(pl.String)
    return pl.coalesce(text.cast(pl.Float64, strict=False).cast(pl.String), text)


def with_parent(links: pl.DataFrame, domain: str, parent: pl.DataFrame, variable: str) -> pl.DataFrame:
    """Return the rows of `links` (row index "row" and LINK) that have a parent of this IDVAR in a frame of a domain."""
    mine = links.filter(pl.col("RDOMAIN") == domain, pl.col("IDVAR").fill_null("") == variable)
    if variable and variable not in parent.columns:
        return mine.clear()
    keys = ["USUBJID"] if not variable else ["USUBJID", "key"]
    mine = mine.with_columns(key=key("IDVARVAL"))
    known = parent.select("USUBJID", **({"key": key(variable)} if variable else {})).unique()
    return mine.join(known, on=keys, how="semi").drop("key")


def follow(edit: Edit, parents: Sequence[Edit], dead: pl.Series) -> None:
    """Remove the records whose parents are all removed, qualifiers of an undone death, and relations left alone."""
    links = edit.frame.select(LINK).with_row_index("row")
    lost: set[int] = set()
    held: set[int] = set()
    for parent in parents:
        for variable in links.filter(pl.col("RDOMAIN") == parent.domain)["IDVAR"].fill_null("").unique().sort():
            lost.update(with_parent(links, parent.domain, parent.removed, variable)["row"])
            held.update(with_parent(links, parent.domain, parent.frame, variable)["row"])
    gone = pl.Series(sorted(lost - held), dtype=pl.UInt32)
    edit.drop("IDVARVAL", pl.int_range(pl.len(), dtype=pl.UInt32).is_in(gone), "its parent record is removed")
    if "QNAM" in edit.frame.columns:
        death = pl.col("USUBJID").is_in(dead) & pl.col("QNAM").str.starts_with("DTH")
        edit.drop("QVAL", death, "states a death after the cut-off")
    if "RELID" in edit.frame.columns and not edit.removed.is_empty():
        relation = pl.concat_str("USUBJID", "RELID", separator=" ")
        broken = relation.is_in(edit.removed.select(relation).to_series().implode())
        lonely = broken & (pl.len().over("USUBJID", "RELID") == 1)
        edit.drop("RELID", lonely, "the other records of its relation are removed")
