"""What a number is: cards, accounts, identities and telephones by form and checksum, machines by address.

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
LEAST_DIGITS, MOST_DIGITS = 7, 19
"""So many digits make a number of a person."""
SPANISH_SIZES = (7, 8)
_NOT_DIGITS = re.compile(r"\D")
_ENDS = ("", "\n", "\r", ".", ",", ";", ")", "<")
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
_PHONE_AMONG = re.compile(
    r"(?:(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])\d{3}[ .-]\d{4}|\(\d{2,5}\)[ -]?\d{4,5}[ -]\d{3,4}"
    r"|0[1-9]\d{1,3}[ /-]\d{5,9}|0[1-9]\d{1,3} \d{3,4} \d{3,4}|0[1-9](?:[ .]\d\d){4}|[6-9]\d\d(?: \d\d){3}"
    r"|00[1-9]\d{1,2}(?:[ -]\d{2,10}){1,4})(?!\d)"
)
"""The forms of telephones that show among other numbers: dates and tables have none of them."""
_FORMS_AMONG = (("national_id", _SSN), ("national_id", _CPF), ("national_id", _NIR), ("phone", _PHONE_AMONG))
_EXPIRY = re.compile(
    r"[ ,;|/-]{0,3}(?:(?:exp(?:iry|ires|iration)?|valid (?:until|thru|to))(?: date)?[ .:]{0,2})?"
    r"(?:0?[1-9]|1[0-2]) ?[/.-] ?(?:20)?\d\d(?!\d)",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"[ ,;|/-]{0,3}(?:and )?(?:cvv2?|cvc2?|cv2|csc|security code|prüfziffer|sicherheitscode)[ .:#]{0,3}\d{3,4}(?!\d)",
    re.IGNORECASE,
)
_BARE_CODE = re.compile(r"[ ,;|/-]{1,3}\d{3,4}(?![\w%]|[ .(/-]{1,3}\d)")
_IP4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?!\w|\.[0-9])")
_IP6 = re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
_VERSION = re.compile(r"(?:\bv|version|release|firmware|build|update)[ .:]{0,2}$", re.IGNORECASE)
_SPANISH = "TRWAGMYFPDXBNJZSQVHLCKE"
NEAR = 28
"""So many characters before a number are looked at for what it is called."""


def lettered(text: str, start: int, end: int) -> Found | None:
    """Return the account or identity with letters of which a run of digits is the first part."""
    behind = text[start - 2 : start] if start >= 2 else ""
    if behind.isalpha() and not text[max(0, start - 3) : start - 2].isalnum() and (stop := _iban(text, start - 2)):
        return "iban", start - 2, stop
    for pattern, most, size in ((_BRITISH_ID, 3, (2, 6)), (_ITALIAN_ID, 6, (2, 2))):
        if size[0] <= end - start <= size[1]:
            for before in (most, most - 1):
                if start >= before and (told := pattern.match(text, start - before)):
                    return "national_id", *told.span()
    if end - start in SPANISH_SIZES and (spanish := _SPANISH_ID.match(text, start)) and _is_spanish(text, spanish):
        return "national_id", start - (1 if text[start - 1] in "XYZ" else 2) * (end - start == 7), spanish.end()
    return None


def machine(text: str, start: int) -> Found | None:
    """Return the address of four numbers that begins at a run of digits, unless it is called a version."""
    found = _IP4.match(text, start)
    if found is None or (start and (text[start - 1] in "._" or text[start - 1].isalnum())):
        return None
    is_one = _names_amachine(found.group()) and not _VERSION.search(text[max(0, start - 10) : start])
    return ("ip_address" if is_one else ""), start, found.end()


def long_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of machines' addresses of the sixth version."""
    for found in _IP6.finditer(text):
        if len(found.group()) > 3 and _names_amachine(found.group()):
            yield found.span()


def _names_amachine(written: str) -> bool:
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


def kind_of(text: str, start: int, end: int) -> str | None:
    """Return what the digits and separators of text[start:end] are, taken together; None for no number of a person."""
    if end - start > MOST_DIGITS * 4:
        return None
    written = text[start:end]
    digits = _NOT_DIGITS.sub("", written)
    if not LEAST_DIGITS <= len(digits) <= MOST_DIGITS:
        return None
    before = text[max(0, start - NEAR) : start]
    if written[0] != "+" and is_card(written):
        return "card"
    if _is_identity(written, digits) or (8 <= len(digits) <= 12 and _called("identities", "before").search(before)):
        return "national_id"
    return "phone" if _is_phone(written, digits, before) else None


def has_checksum(text: str, found: Found) -> bool:
    """Whether an identity or a telephone is known by more than its form."""
    return found[0] == "national_id" and _SSN.fullmatch(text, found[1], found[2]) is None


def is_called(text: str, start: int) -> bool:
    """Whether the word before a place makes a number that begins there an identity or a telephone."""
    before = text[max(0, start - NEAR) : start]
    return any(_called(section, "before").search(before) for section in ("identities", "phones"))


def is_card(written: str) -> bool:
    """Whether digits with blanks and hyphens are a card's number."""
    digits = _NOT_DIGITS.sub("", written)
    if not _CARD.fullmatch(digits) or not {*written} <= {*"0123456789 -"}:
        return False
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0 and len({*digits}) > 1


def form_at(text: str, begin: int, series: int) -> Found | None:
    """Return the identity or the telephone whose form shows among other numbers; these begin at `series`."""
    for kind, pattern in _FORMS_AMONG:
        found = pattern.match(text, begin)
        if found is None or text[found.end() : found.end() + 1].isdigit():
            continue
        written = found.group()
        if kind == "phone":
            before = text[max(0, series - NEAR) : series]
            is_one = not _DATE.match(written) and not _called("phones", "things").search(before)
        else:
            is_one = _is_identity(written, _NOT_DIGITS.sub("", written))
        if is_one:
            return kind, begin, found.end()
    return None


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
    if _called("phones", "before").search(before):
        return True
    return _DOMESTIC.fullmatch(written) is not None and not _called("phones", "things").search(before)


@cache
def _called(section: str, name: str) -> re.Pattern[str]:
    """Return what finds one of the words at the end of what stands before a number."""
    words = sorted(split_terms(read_data("personal")[section][name]), key=len, reverse=True)
    said = "|".join(re.escape(word) for word in words)
    between = "[ :.#=(-]|is|ist|est|es|é|è|at|on|under|unter|no|nr|number|nummer"
    return re.compile(rf"\b(?:{said})\b\.?(?:{between}){{0,12}}$", re.IGNORECASE)


def with_code(text: str, end: int) -> int:
    """Return where a card's date of expiry and its code end, which stand behind its number or do not."""
    if expiry := _EXPIRY.match(text, end):
        end = expiry.end()
    code = _CODE.match(text, end)
    if (
        code is None
        and (bare := _BARE_CODE.match(text, end))
        and (expiry or text[bare.end() : bare.end() + 1] in _ENDS)
    ):
        code = bare
    return code.end() if code else end
