"""The rules of the derivations in words, for appendix 16.1.9: the same tables that the derivations go by."""

from analysis.adam import adrs
from analysis.tlf.context import Context
from analysis.tlf.model import Column, Row, Table

RESPONSE_TABLE = "t-16-1-9-6"


def response_table(context: Context) -> Table:
    """Table 16.1.9.6: for each response parameter its rules, in the order in which they are tried."""
    body = []
    for paramcd, (param, rules) in adrs.parameters(context.params).items():
        body.append(Row.of(f"{param} ({paramcd})", kind="group"))
        body += [Row.of(rule.name, rule.value, rule.says(context.params), indent=1) for rule in rules]
    columns = (Column("Rule", 0.25), Column("Gives", 0.15), Column("Where", 0.6))
    return context.table(RESPONSE_TABLE, columns, body, datasets=("params/study.yaml",))
