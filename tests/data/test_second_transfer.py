"""What differs between the transfers is follow-up, late or withdrawn records, and one correction; nothing else."""

from tests.data.transfers import Record, Transfer

KEYS = {"DM": "USUBJID", "SV": "VISITNUM"}
ENDS = ("AEENDTC", "AEENDY", "AEOUT", "AEENRTPT", "AEENTPT", "CMENDTC", "CMENDY", "CMENRTPT", "CMENTPT")
ENDS += ("EXENDTC", "EXENDY", "PRENDTC", "PRENDY", "SEENDTC", "SVENDTC", "SVENDY")
ENDS += ("RFENDTC", "RFXENDTC", "RFPENDTC", "DTHDTC", "DTHFL")
CORRECTED = "NCT05075512-01-037"
NAMES = ("DM", "DS", "SE", "SV", "IE", "EX", "CM", "PR", "MH", "MI", "RP", "AE", "TU", "TR", "RS", "SS", "DD", "LB")
NAMES += ("VS", "EG", "DV")


def keyed(transfer: Transfer, name: str) -> dict[tuple[str, object], Record]:
    key = KEYS.get(name, f"{name}SEQ")
    return {(row["USUBJID"], row[key]): row for row in transfer.rows(name)}


def when(name: str, row: Record) -> str:
    """The day a record is about."""
    for variable in (f"{name}DTC", f"{name}STDTC", "RFICDTC"):
        if row.get(variable):
            return str(row[variable])
    return ""


def test_records_that_disappeared_belong_to_the_withdrawn_event(first: Transfer, second: Transfer) -> None:
    gone = {(name, key[0]) for name in NAMES for key in keyed(first, name).keys() - keyed(second, name).keys()}
    assert gone == {("AE", "NCT05075512-01-040"), ("CM", "NCT05075512-01-040")}


def test_records_from_before_the_first_transfer_that_came_later(first: Transfer, second: Transfer) -> None:
    before = {name: keyed(first, name) for name in NAMES}
    late = {
        (name, key[0])
        for name in NAMES
        for key, row in keyed(second, name).items()
        if key not in before[name] and when(name, row) <= first.day.isoformat()
    }
    assert late >= {(name, "NCT05075512-01-043") for name in ("AE", "SV", "TR", "RS")}
    assert {usubjid for _, usubjid in late} == {"NCT05075512-01-043"}


def test_the_death_that_became_known_happened_before_the_first_cutoff(first: Transfer, second: Transfer) -> None:
    known = {row["USUBJID"] for row in first.rows("DM", DTHFL="Y")}
    late = {
        row["USUBJID"]
        for row in second.rows("DM", DTHFL="Y")
        if row["USUBJID"] not in known and row["DTHDTC"] <= "2025-06-30"
    }
    assert late == {"NCT05075512-01-039"}


def test_records_in_both_transfers_differ_only_in_their_ends_and_the_correction(
    first: Transfer, second: Transfer
) -> None:
    for name in NAMES:
        later = keyed(second, name)
        for key, row in keyed(first, name).items():
            if key not in later:
                continue
            changed = {variable for variable in row if row[variable] != later[key][variable]}
            if key[0] == CORRECTED and name in ("SV", "TR", "RS", "TU"):
                changed -= {f"{name}DTC", f"{name}DY", "SVSTDTC", "SVENDTC", "SVSTDY", "SVENDY"}
            assert changed <= set(ENDS), (name, key, changed)
