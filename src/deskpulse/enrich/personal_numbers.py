"""Numbers that belong to a person: cards, accounts, identities, telephones; and addresses of machines.

A number counts by its form and, where it has one, by its checksum: Luhn's for cards (ISO/IEC 7812), the remainder by 97
for accounts (ISO 13616) and French identities, the check letter or digits of Spain and Brazil.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from deskpulse.enrich.lexicon import read_data, split_terms

Found = tuple[str, int, int]

_RUN = re.compile("[0-9]+")
_NUMBER = re.compile(r"[0-9](?:[ .\-/()]{0,3}[0-9]){5,24}(?![\w%])")
_LEAST_DIGITS, _SEPARATORS = 6, " .-/()"
"""So many digits make a number, with these between them."""
_SPANISH_SIZES = (7, 8)
_NO_NUMBER_BEHIND = frozenset(".,#$€£+")
_NOT_DIGITS = re.compile(r"\D")
_IBAN = re.compile(r"[A-Z]{2}\d\d(?:[ -]?[A-Z0-9]){11,32}", re.IGNORECASE)
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24,
    "XK": 20,
}  # fmt: skip
_CARD = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12,15}|(?:6011|65\d\d|64[4-9]\d)\d{12,15}|62\d{14,17}"
    r"|(?:50|5[6-9]|6\d)\d{10,17}"
)
_SPANISH_ID = re.compile(r"([0-9]{8}|(?<=[XYZ])[0-9]{7}|(?<=[XYZ]-)[0-9]{7})-?([A-Z])(?!\w)")
_BRITISH_ID = re.compile(r"(?<!\w)[A-CEGHJ-PR-TW-Z]{2} ?[0-9]{2}(?: ?[0-9]{2}){2} ?[A-D](?!\w)")
_ITALIAN_ID = re.compile(r"(?<!\w)[A-Z]{6}[0-9]{2}[A-EHLMPR-T][0-9]{2}[A-Z][0-9]{3}[A-Z](?!\w)")
_SSN = re.compile(r"(?!000|666|9)\d{3}([ -])(?!00)\d\d\1(?!0000)\d{4}")
_CPF = re.compile(r"\d{3}\.\d{3}\.\d{3}-\d\d")
_NIR = re.compile(r"[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d\d ?\d{3} ?\d{3} ?\d\d")
_DATE = re.compile(r"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d\d))(?!\d)")
_DOMESTIC = re.compile(
    r"(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])\d{3}[ .-]\d{4}"  # 415-555-0132
    r"|\(\d{2,5}\)[ -]?\d[\d -]{5,10}\d"  # (11) 91234-5678
    r"|0[1-9]\d{0,4}[ /-]\d[\d /-]{4,12}\d|0[1-9](?:[ .]\d\d){4}"  # 030 4015985, 06 12 34 56 78
    r"|[6-9]\d\d \d{3} \d{3}|[6-9]\d\d(?: \d\d){3}"  # 612 34 56 78
)
_IP4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?!\w|\.[0-9])")
_IP6 = re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
_VERSION = re.compile(r"(?:\bv|version|release|firmware|build|update)[ .:]{0,2}$", re.IGNORECASE)
_SPANISH = "TRWAGMYFPDXBNJZSQVHLCKE"
NEAR = 28
"""So many characters before a number are looked at for what it is called."""


def numbers_in(text: str) -> Iterator[Found]:
    """Yield (kind, start, end) of each number of a person; every run of digits is looked at once."""
    ended = 0
    for run in _RUN.finditer(text):
        start, end = run.span()
        if start < ended:
            continue
        # Most runs are an order, an amount or a day: what they cannot begin is not tried.
        found = None
        before = text[start - 2 : start] if start > 1 else ""
        if end - start in _SPANISH_SIZES or before.isalpha() or (before[:1].isupper() and before[1] == " "):
            found = _lettered(text, start, end)
        behind = text[end : end + 2]
        if found is None and behind[:1] == ".":
            found = _machine(text, start)
        if found is None and (end - start >= _LEAST_DIGITS or _may_go_on(behind)):
            found = _numbered(text, start)
        if found is not None:
            kind, start, ended = found
            if kind:
                yield kind, start, ended


def _may_go_on(behind: str) -> bool:
    """Whether more of a number may follow a run of digits, by the two characters behind it."""
    return len(behind) == 2 and behind[0] in _SEPARATORS and (behind[1] in _SEPARATORS or behind[1].isdigit())


def _numbered(text: str, start: int) -> Found | None:
    """Return the number that begins at a digit, of which kind ("" for none), with its plus and bracket."""
    before = text[start - 1 : start]
    if before and before not in "(+" and _belongs_elsewhere(before):
        return None
    found = _NUMBER.match(text, start)
    if found is None:
        return None
    if text[start - 1 : start] == "(" and ")" in found.group():
        start -= 1
    if text[start - 1 : start] == "+":
        start -= 1
    before = text[start - 1 : start]
    if before and _belongs_elsewhere(before):
        return None
    return _kind(text, text[start : found.end()], start) or "", start, found.end()


def _belongs_elsewhere(before: str) -> bool:
    """Whether a character makes what follows it a part of something else: of an order, an amount, a word."""
    return before in _NO_NUMBER_BEHIND or before == "_" or before.isalnum()


def _lettered(text: str, start: int, end: int) -> Found | None:
    """Return the account or identity with letters of which a run of digits is the first part."""
    behind = text[start - 2 : start] if start >= 2 else ""
    if behind.isalpha() and not text[max(0, start - 3) : start - 2].isalnum() and (stop := _iban(text, start - 2)):
        return "iban", start - 2, stop
    for pattern, most, size in ((_BRITISH_ID, 3, (2, 6)), (_ITALIAN_ID, 6, (2, 2))):
        if size[0] <= end - start <= size[1]:
            for before in (most, most - 1):
                if start >= before and (told := pattern.match(text, start - before)):
                    return "national_id", *told.span()
    if end - start in _SPANISH_SIZES and (spanish := _SPANISH_ID.match(text, start)) and _is_spanish(text, spanish):
        return "national_id", start - (1 if text[start - 1] in "XYZ" else 2) * (end - start == 7), spanish.end()
    return None


def _machine(text: str, start: int) -> Found | None:
    """Return the address of four numbers that begins at a run of digits, unless it is called a version."""
    found = _IP4.match(text, start)
    if found is None or (start and (text[start - 1] in "._" or text[start - 1].isalnum())):
        return None
    is_one = _names_a_machine(found.group()) and not _VERSION.search(text[max(0, start - 10) : start])
    return ("ip_address" if is_one else ""), start, found.end()


def long_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of machines' addresses of the sixth version."""
    for found in _IP6.finditer(text):
        if len(found.group()) > 3 and _names_a_machine(found.group()):
            yield found.span()


def _names_a_machine(written: str) -> bool:
    try:
        address = IPv6Address(written) if ":" in written else IPv4Address(written)
    except AddressValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _iban(text: str, start: int) -> int | None:
    """Return where the account that begins here ends; None when there is none."""
    size = _IBAN_LENGTHS.get(text[start : start + 2].upper())
    found = _IBAN.match(text, start)
    if size is None or found is None:
        return None
    letters = [place for place, letter in enumerate(found.group()) if letter not in " -"]
    if len(letters) < size:
        return None
    end = start + letters[size - 1] + 1
    if text[end : end + 1].isalnum():
        return None
    plain = "".join(found.group()[place] for place in letters[:size]).upper()
    is_right = int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1
    return end if is_right else None


def _kind(text: str, written: str, start: int) -> str | None:
    digits = _NOT_DIGITS.sub("", written)
    before = text[max(0, start - NEAR) : start]
    if written[0] != "+" and _is_card(written, digits):
        return "card"
    if _is_identity(written, digits) or (8 <= len(digits) <= 12 and _called("identities", "before").search(before)):
        return "national_id"
    return "phone" if _is_phone(written, digits, before) else None


def _is_card(written: str, digits: str) -> bool:
    if not _CARD.fullmatch(digits) or not {*written} <= {*"0123456789 -"}:
        return False
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0 and len({*digits}) > 1


def _is_identity(written: str, digits: str) -> bool:
    if _SSN.fullmatch(written):
        return True
    if _CPF.fullmatch(written):
        return len({*digits}) > 1 and all(_brazilian(digits[:size]) == digits[size] for size in (9, 10))
    return _NIR.fullmatch(written) is not None and 97 - int(digits[:13]) % 97 == int(digits[13:])


def _brazilian(digits: str) -> str:
    rest = sum(int(digit) * (len(digits) + 1 - place) for place, digit in enumerate(digits)) * 10 % 11
    return str(rest % 10)


def _is_spanish(text: str, found: re.Match[str]) -> bool:
    """Whether the check letter fits the number, which X, Y or Z may lead; nothing else stands before it."""
    number, letter = found.groups()
    led = re.search("([XYZ])-?$", text[max(0, found.start() - 2) : found.start()]) if len(number) == 7 else None
    if led is not None:
        number = str("XYZ".index(led.group(1))) + number
    before = text[max(0, found.start() - (len(led.group()) if led else 0) - 1) : found.start()][:1]
    if len(number) == 7 or (before.isalnum() and led is None):
        return False
    return _SPANISH[int(number) % 23] == letter


def _is_phone(written: str, digits: str, before: str) -> bool:
    if not 7 <= len(digits) <= 15 or _DATE.match(written):
        return False
    if written[0] == "+" or (written.startswith("00") and len(digits) >= 11):
        return len(digits) >= 8
    if _called("phones", "things").search(before):
        return False
    return bool(_DOMESTIC.fullmatch(written) or _called("phones", "before").search(before))


@cache
def _called(section: str, name: str) -> re.Pattern[str]:
    """Return what finds one of the words at the end of what stands before a number."""
    words = sorted(split_terms(read_data("personal")[section][name]), key=len, reverse=True)
    said = "|".join(re.escape(word) for word in words)
    between = "[ :.#=(-]|is|ist|est|es|é|è|at|on|under|unter|no|nr|number|nummer"
    return re.compile(rf"\b(?:{said})\b\.?(?:{between}){{0,12}}$", re.IGNORECASE)
