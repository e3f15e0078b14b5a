"""The deployed functions, a folder each; `main.py` is where one begins.

Importing one makes a hundred thousand objects that stay. Looking for garbage among them, again and again, is a fifth of
what a cold start costs, so the collector rests until the handler is made (`common.web.lambda_adapter`).
"""

import gc

gc.disable()
