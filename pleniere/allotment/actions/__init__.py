"""What is done to requests for rooms: asked, answered, retained, given back."""

from .answering import (
    AlreadyRetained,
    NotUnderstood,
    Questions,
    TooLate,
    ask_more_time,
    decline,
    mark_read,
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
    send_link,
    send_request,
)
from .choosing import CannotChoose, drop_scenario, edit_scenario, make_scenario, renew_scenario, set_rooms
from .giving import give_rooms
from .leaving import fresh_link, send_new_link
from .releasing import NothingToRelease, release_block
from .retaining import CannotRetain, Choice, PastHold, Refused, Taken, retain, retain_together

__all__ = [
    "AlreadyRetained",
    "CannotChoose",
    "CannotRetain",
    "Choice",
    "NotUnderstood",
    "NothingToRelease",
    "NothingToSend",
    "PastHold",
    "Questions",
    "Refused",
    "Taken",
    "TooLate",
    "ask_more_time",
    "close_request",
    "decline",
    "drop_request",
    "drop_scenario",
    "edit_request",
    "edit_scenario",
    "fresh_link",
    "give_rooms",
    "invite",
    "make_request",
    "make_scenario",
    "mark_read",
    "prolong",
    "record_decline",
    "record_reply",
    "release_block",
    "remind",
    "renew_scenario",
    "retain",
    "retain_together",
    "save_draft",
    "send_link",
    "send_new_link",
    "send_reply",
    "send_request",
    "set_rooms",
]
