"""What is done to the bureau and its people; each noun in a module of its own."""

from .bureau import AlreadyFounded, edit_bureau, found_bureau
from .clients import edit_client, make_client
from .traces import changed, the_bureau, trace
from .users import (
    AlreadyKnown,
    LastAdministrator,
    deactivate_user,
    edit_profile,
    make_user,
    reactivate_user,
    set_bureau_roles,
    set_password,
)

__all__ = [
    "AlreadyFounded",
    "AlreadyKnown",
    "LastAdministrator",
    "changed",
    "deactivate_user",
    "edit_bureau",
    "edit_client",
    "edit_profile",
    "found_bureau",
    "make_client",
    "make_user",
    "reactivate_user",
    "set_bureau_roles",
    "set_password",
    "the_bureau",
    "trace",
]
