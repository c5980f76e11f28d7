"""What the server answers beside Streamlit: the words that a star leads to, ahead of the page."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from streamlit.config import get_option

from ucf_core.json_reader import parse_json

AHEAD = "ahead/taste"
"""Where they are asked for, below the base path."""

_MOST_BYTES = 1_000


def routes() -> list[Route]:
    """For the server, below the base path that it is given."""
    base = (get_option("server.baseUrlPath") or "").strip("/")
    return [Route(f"/{base}/{AHEAD}".replace("//", "/"), ahead, methods=["POST"])]


async def ahead(request: Request) -> Response:
    """The words as JSON; 204 where there is nothing to say, 400 for what no page of ours would send."""
    # not before it is asked for: the server is to listen first
    from ucf_ui import taste_ahead

    try:
        asked = parse_json((await _body(request)).decode(), dict)
        token, key, place = asked["token"], asked["widget"], asked["place"]
    except (ValueError, KeyError, ClientDisconnect):
        return Response(status_code=400)
    line = taste_ahead.line_of(token) if isinstance(token, str) else None
    said = None if line is None else await run_in_threadpool(line.ahead, key, place)
    # what is rated is nobody else's, and true for one moment
    return Response(status_code=204) if said is None else JSONResponse(said, headers={"Cache-Control": "no-store"})


async def _body(request: Request) -> bytes:
    """All of it, if it is no longer than what a page sends; else ValueError."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            raise ValueError(f"more than {_MOST_BYTES} bytes")
    return body
