"""Which characters a file's bytes stand for, and giving them as UTF-8."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from deskpulse.sources.blob import Blob, Stream

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_GUESS_BYTES = 60_000
_DECODE_BYTES = 262_144
_WESTERN = frozenset("àâäáãåæçéèêëíìîïñóòôöõøœúùûüÿßÀÂÄÁÃÅÆÇÉÈÊËÍÎÑÓÔÖÕØŒÚÛÜ¿¡€£§°«»–—‘’“”„…•™®©ªº·\xa0")
_RUSSIAN = frozenset("оеаинтсрвлкмдпу")


@dataclass(frozen=True)
class Encoding:
    """A codec's name, the bytes of a byte order mark before the text, and whether it was guessed.

    `has_returns`: lines end with a carriage return alone, as on early Macintoshes; they are given as line feeds.
    """

    name: str
    mark: int = 0
    is_guess: bool = False
    has_returns: bool = False

    @property
    def note(self) -> str:
        """Return what a person should know, "" when there is nothing."""
        return f"Read as {self.name}: the encoding was guessed from the text." if self.is_guess else ""


def detect(sample: bytes) -> Encoding:
    """Return the encoding of a text of which `sample` is the beginning."""
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return Encoding(name, len(mark))
    if wide := _wide_without_mark(sample[:4096]):
        return Encoding(wide, is_guess=True)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return Encoding(_guess(sample), is_guess=True)
    return Encoding("utf-8")


def _wide_without_mark(head: bytes) -> str | None:
    # Latin text in UTF-16 has a NUL in every second byte, on one side only.
    pairs = len(head) // 2
    if pairs < 4:
        return None
    even, odd = head[: pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if odd > pairs * 0.6 and even < pairs * 0.1:
        return "utf-16-le"
    if even > pairs * 0.6 and odd < pairs * 0.1:
        return "utf-16-be"
    return None


def _guess(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    # Lines without a byte above 127 say nothing about the encoding.
    lines = [line for line in sample.splitlines(keepends=True) if not line.isascii()]
    telling = b"".join(lines)[:_GUESS_BYTES]
    if _is_mostly_valid_utf8(telling):
        return "utf-8"
    if plain := _western(telling) or _russian(telling) or _japanese(telling):
        return plain
    best = from_bytes(telling).best()
    return best.encoding if best is not None else "cp1252"


# Short texts mislead a general detector, so the commonest cases are told apart by their own letters first.


def _western(text: bytes) -> str | None:
    decoded = text.decode("cp1252", "replace")
    high = [c for c in decoded if c > "\x7f"]
    words = [w for w in re.findall(r"\w+", decoded) if not w.isascii()]
    accents = sum(1 for word in words for c in word if c > "\x7f")
    is_sparse = accents * 2 <= sum(map(len, words))  # other scripts have such bytes side by side
    return "cp1252" if is_sparse and sum(c in _WESTERN for c in high) >= len(high) * 0.95 else None


def _russian(text: bytes) -> str | None:
    letters = [c for c in text.decode("cp1251", "replace").lower() if c > "\x7f" and c.isalpha()]
    return "cp1251" if letters and sum(c in _RUSSIAN for c in letters) >= len(letters) * 0.7 else None


def _japanese(text: bytes) -> str | None:
    # Korean and Chinese codecs read Japanese text without complaint; kana in plenty tell it apart.
    for name in ("cp932", "euc_jp"):
        decoded = text.decode(name, "ignore")
        wide = [c for c in decoded if c > "\u00ff"]
        if len(wide) * 2 >= len(text) * 0.6 and sum("\u3041" <= c <= "\u30ff" for c in wide) * 4 > len(wide):
            return name
    return None


def _is_mostly_valid_utf8(text: bytes) -> bool:
    # Single broken sequences in a UTF-8 file are repaired one by one while reading.
    wrong = text.decode("utf-8", "replace").count("�") - text.count("�".encode())
    high = sum(1 for byte in text if byte >= 0x80)
    return wrong * 20 < high


def _one_byte_at_a_time(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    broken = error.object[error.start : error.end]
    return broken.decode("cp1252", "replace"), error.end


codecs.register_error("deskpulse-cp1252", _one_byte_at_a_time)


def repair(text: bytes) -> bytes:
    """Return valid UTF-8: bytes that are none are taken for Windows-1252."""
    return text.decode("utf-8", "deskpulse-cp1252").encode("utf-8")


def as_utf8(sample: bytes, encoding: Encoding) -> bytes:
    """Return the beginning of a text as `open_text` gives it; a character cut at the end is left out."""
    text = sample[encoding.mark :]
    if encoding.name == "utf-8":
        return text
    return codecs.getincrementaldecoder(encoding.name)("replace").decode(text).encode("utf-8", "replace")


class Utf8Stream(Stream):
    """The text of `inner` (in `encoding`, after its byte order mark) as UTF-8; bytes that are none are repaired."""

    def __init__(self, inner: Stream, encoding: Encoding) -> None:
        self._inner = inner
        self._has_returns = encoding.has_returns
        errors = "deskpulse-cp1252" if encoding.name == "utf-8" else "replace"
        self._decoder = codecs.getincrementaldecoder(encoding.name)(errors=errors)
        self._ready = b""
        self._at_end = False

    def readinto(self, buffer: object) -> int:
        """Fill `buffer` and return how many bytes were put into it."""
        while not self._ready and not self._at_end:
            piece = self._inner.read(_DECODE_BYTES) or b""
            self._at_end = not piece
            text = self._decoder.decode(piece, final=self._at_end)
            if self._has_returns:
                text = text.replace("\r", "\n")
            self._ready = text.encode("utf-8", "replace")
        view = memoryview(buffer)  # type: ignore[arg-type]
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    @property
    def consumed(self) -> int | None:
        """Return the stored bytes used so far."""
        return self._inner.consumed

    def close(self) -> None:
        """Close what it reads from."""
        self._inner.close()
        super().close()


def open_text(blob: Blob, encoding: Encoding, offset: int = 0, *, is_repaired: bool = False) -> Stream:
    """Return the text of `blob` as UTF-8 from byte `offset` of that UTF-8 on.

    Offsets count from the end of the byte order mark. A UTF-8 file is given as it is, broken sequences included,
    unless `is_repaired` asks for valid UTF-8.
    """
    if encoding.name == "utf-8" and not encoding.has_returns and not is_repaired:
        return blob.open(encoding.mark + offset)
    stream = Utf8Stream(blob.open(encoding.mark), encoding)
    try:
        stream.skip(offset)
    except BaseException:
        stream.close()
        raise
    return stream
