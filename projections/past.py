"""What ends with what was made of a contact's words: their person's erasure, or their time."""

from ..events.base import Event
from ..events.contact import ContactErased
from ..events.retention import DataDeleted

# To be named by whoever keeps texts beside those of the transcript.
ENDING: tuple[type[Event], ...] = (ContactErased, DataDeleted)


def ends_texts(event: Event) -> bool:
    """Tell whether nothing that was made of a contact's words is to be read any more."""
    match event:
        case ContactErased():
            return True
        case DataDeleted(kind=kind):
            return kind == "annotations"
        case _:
            return False


def ends_numbers(event: Event) -> bool:
    """Tell whether nothing that was counted of a contact is to be told any more."""
    return isinstance(event, DataDeleted) and event.kind == "analytics"
