"""What AWS Lambda imports: `make lambda` puts this file at the top of the package."""

import gc

# Nothing that is made while modules are imported becomes garbage, and looking for it would take a tenth of the start.
gc.disable()

from commands.aws_lambda import make_handler  # noqa: E402

handler = make_handler()
