"""What is done to requests for rooms: asked, answered, retained, given back."""

from .answering import (
    AlreadyRetained,
    NotUnderstood,
    Questions,
    TooLate,
    ask_more_time,
    decline,
    mark_opened,
    record_decline,
    record_reply,
    save_draft,
    send_reply,
)
from .asking import (
    NothingToSend,
    close_request,
    drop_request,
    edit_request,
    invite,
    make_request,
    prolong,
    remind,
    send_request,
)
from .releasing import NothingToRelease, release_block
from .retaining import CannotRetain, PastHold, Taken, retain

__all__ = [
    "AlreadyRetained",
    "CannotRetain",
    "NotUnderstood",
    "NothingToRelease",
    "NothingToSend",
    "PastHold",
    "Questions",
    "Taken",
    "TooLate",
    "ask_more_time",
    "close_request",
    "decline",
    "drop_request",
    "edit_request",
    "invite",
    "make_request",
    "mark_opened",
    "prolong",
    "record_decline",
    "record_reply",
    "release_block",
    "remind",
    "retain",
    "save_draft",
    "send_reply",
    "send_request",
]
