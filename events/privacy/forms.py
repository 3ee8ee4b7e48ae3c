"""Numbers and codes whose form says what they are. Of compact text: letters and digits alone.

Source: HMRC NIM39110 (national insurance numbers), ISO 13616 (IBAN), BS 7666 (British postcodes),
Canada Post (postal codes), the check digits that the Canada Revenue Agency (SIN), the NHS, the
Bundeszentralamt für Steuern (Steuer-ID), the UIDAI (Aadhaar) and Ireland's Revenue (PPS) publish.
"""

import re

from .kinds import PersonalKind

_NINO = re.compile(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]")
_BRITISH = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?\d[ABD-HJLNP-UW-Z]{2}")
_CANADIAN = re.compile(r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]\d[ABCEGHJ-NPRSTV-Z]\d")
_PPS = re.compile(r"\d{7}[A-W][A-IW]?")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")


def kind_of_form(compact: str) -> PersonalKind | None:
    """Return what letters and digits, upper case, are by their form alone."""
    if _NINO.fullmatch(compact) or _is_pps(compact):
        return "national_id"
    if _BRITISH.fullmatch(compact) or _CANADIAN.fullmatch(compact):
        return "postal_address"
    return "account_number" if is_iban(compact) else None


def _is_pps(compact: str) -> bool:
    """Tell whether this is an Irish PPS number, by its check letter."""
    if not _PPS.fullmatch(compact):
        return False
    body, check, second = compact[:7], compact[7], compact[8:]
    total = sum(int(sign) * weight for sign, weight in zip(body, range(8, 1, -1), strict=True))
    total += 9 * (ord(second) - ord("A") + 1) if second and second != "W" else 0
    return (total % 23) == (ord(check) - ord("A") + 1) % 23


def is_iban(compact: str) -> bool:
    """Tell whether this is an account number in the international form, by its check digits."""
    if not _IBAN.fullmatch(compact):
        return False
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def is_national_id(digits: str) -> bool:
    """Tell whether digits nobody named are surely a number that a state gives a person."""
    match len(digits):
        case 11:
            return _is_steuer_id(digits)
        case 12:
            return digits[0] not in "01" and _verhoeff(digits) == 0
        case _:
            return False


_STEUER_DIGITS = 10
_SAME_MAX = 3


def _is_steuer_id(digits: str) -> bool:
    body = digits[:_STEUER_DIGITS]
    counts = sorted(body.count(one) for one in set(body))
    if (
        digits[0] == "0"
        or counts[-1] not in (2, _SAME_MAX)
        or counts[:-1].count(1) < len(counts) - 1
    ):
        return False
    product = _STEUER_DIGITS
    for one in body:
        total = (int(one) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


_TIMES = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321",
    "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_TURN = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901",
    "2793806415", "7046913258",
)  # fmt: skip


def _verhoeff(digits: str) -> int:
    check = 0
    for place, one in enumerate(reversed(digits)):
        check = int(_TIMES[check][int(_TURN[place % 8][int(one)])])
    return check
