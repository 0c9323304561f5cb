"""Looking a whole table over: what is wrong in it, what of that can be mended without losing anything, and mending it.

`examination` walks, `inspection` decides about one item, `settlement`, `mending` and `merging` write.
"""

from dynamo.doctor.examination import examine
from dynamo.doctor.options import Options
from dynamo.doctor.report import Report
from dynamo.doctor.state import State

__all__ = ["Options", "Report", "State", "examine"]
