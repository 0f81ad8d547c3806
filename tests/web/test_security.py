import asyncio
from typing import Any

from deskpulse.web.security import ContentPolicy

PAGE = b'<html>\n  <script src="/a.js"></script>\n<body>\n<script type="module">app(`<script>evil()`)</script></body>'


async def answer(body: bytes, kind: bytes, parts: int = 3) -> tuple[dict[bytes, bytes], bytes]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        step = len(body) // parts + 1
        for start in range(0, len(body), step):
            await send({"type": "http.response.body", "body": body[start : start + step],
                        "more_body": start + step < len(body)})  # fmt: skip

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await ContentPolicy(app)({"type": "http"}, None, send)  # type: ignore[arg-type]
    return dict(sent[0]["headers"]), b"".join(m["body"] for m in sent[1:])


def test_only_the_frames_own_scripts_get_the_nonce() -> None:
    headers, body = asyncio.run(answer(PAGE, b"text/html; charset=utf-8"))
    assert body.count(b"nonce=") == 2
    assert b"`<script>evil()`" in body
    assert int(headers[b"content-length"]) == len(body)
    assert b"object-src 'none'" in headers[b"content-security-policy"]


def test_other_answers_pass_untouched() -> None:
    headers, body = asyncio.run(answer(b"\n<script>", b"text/javascript"))
    assert body == b"\n<script>"
    assert b"content-security-policy" not in headers
