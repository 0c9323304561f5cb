"""What AWS Lambda imports: `make lambda` puts this file at the top of the package."""

import gc
import os

# Nothing that is made while modules are imported becomes garbage, and looking for it would take a tenth of the start.
gc.disable()
# pydantic would look for plugins in every package.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from commands.aws_lambda import make_handler  # noqa: E402

handler = make_handler()
