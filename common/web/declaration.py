"""What a function declares about itself; the `endpoint` decorator and the OpenAPI document use it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel
from werkzeug import Request

from common.errors import SlotledgerError
from common.web.parsing import parse_body, parse_query

Access = Literal["public", "tutor", "admin"]


@dataclass(frozen=True, slots=True)
class Declaration:
    """The properties of a function, from which the OpenAPI document is made.

    `methods`: without HEAD and OPTIONS. `access`: `public`; `tutor`, for the tutor and admins; `admin`, for admins.
    `answer`: the type that is encoded, or a union of types. `query`: a model. `body`: a model, or a union of models of
    which exactly one fits; a union needs `parse`, which reads the body. `errors`: the errors that the function raises
    besides those that follow from its access and its body. `identity_parameter`: a parameter of a public function; if
    it is `true`, the function authenticates callers who send a token. `request_headers` have a description and a
    schema; `answer_headers` and `other_formats`, the media types besides JSON, have descriptions. A function that
    declares `If-None-Match` can answer 304.
    """

    methods: tuple[str, ...]
    access: Access
    docstring: str
    operation_id: str
    answer: Any
    query: type[BaseModel] | None = None
    body: Any = None
    parse: Callable[[Request], Any] | None = None
    errors: tuple[type[SlotledgerError], ...] = ()
    identity_parameter: str | None = None
    request_headers: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    other_formats: Mapping[str, str] = field(default_factory=dict)

    def reads_token(self, request: Request) -> bool:
        """Return whether the request's token matters: always, unless the function is public."""
        if self.access != "public":
            return True
        has_parameter = self.identity_parameter is not None and request.args.get(self.identity_parameter) == "true"
        return has_parameter and "HTTP_AUTHORIZATION" in request.environ

    def input_parser(self) -> Callable[[Request], Any] | None:
        """Return the function that reads the query or the body; None if the function has neither."""
        if self.parse is not None:
            return self.parse
        if self.query is not None:
            return partial(parse_query, self.query)
        return partial(parse_body, self.body) if self.body is not None else None
