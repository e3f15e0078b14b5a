"""The deployed functions, one folder each; `main.py` has the handler.

Importing a function creates a hundred thousand objects that are never freed. The garbage collector would check them
again and again, which takes a fifth of a cold start. So the collector is off until `lambda_handler` has made the
handler (`common.web.lambda_adapter`).
"""

import gc

gc.disable()
