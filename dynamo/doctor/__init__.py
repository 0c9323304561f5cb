"""The doctor: examines a whole table, reports what is wrong, and mends what can be mended without losing anything.

`examination` reads the table, `inspection` decides about one item, `settlement` and `mending` write.
"""

from dynamo.doctor.examination import examine
from dynamo.doctor.options import Options
from dynamo.doctor.report import Report
from dynamo.doctor.state import State

__all__ = ["Options", "Report", "State", "examine"]
