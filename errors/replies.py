"""What is refused of translations and of replies that are spoken."""

from .roots import Refused, Unknown


class TranslationUnconfigured(Refused):
    """Nothing can translate for this tenant: no model was configured for it."""

    code = "translation_unconfigured"

    def __init__(self, tenant: str) -> None:
        super().__init__(f"translation is not configured for tenant {tenant}")
        self.tenant = tenant


class ReplyUnknown(Unknown):
    """The contact has no such reply."""

    code = "reply_unknown"

    def __init__(self, contact_id: str, reply_id: str) -> None:
        super().__init__(f"contact {contact_id} has no reply {reply_id}")
        self.contact_id = contact_id
        self.reply_id = reply_id


class ReplyUnspoken(Refused):
    """A reply of which there is no audio, or none yet."""

    code = "reply_unspoken"

    def __init__(self, contact_id: str, reply_id: str, state: str) -> None:
        super().__init__(f"reply {reply_id} of contact {contact_id} has no audio: {state}")
        self.contact_id = contact_id
        self.reply_id = reply_id
        self.state = state
