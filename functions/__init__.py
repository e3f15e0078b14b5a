"""The deployed functions, one folder each; `main.py` has the handler.

Importing a function makes a hundred thousand objects that stay. The garbage collector would search them again and
again, which takes a fifth of a cold start. So the collector is off until the handler is made
(`common.web.lambda_adapter`).
"""

import gc

gc.disable()
