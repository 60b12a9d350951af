"""What is done to suppliers; each noun in a module of its own."""

from .bank import NotWaiting, SamePerson, approve_iban, end_iban, propose_iban, refuse_iban
from .contacts import edit_contact, give_account, leave, make_contact
from .contracts import edit_contract, is_used, make_contract, retire_contract
from .groups import drop_group, edit_group, make_group
from .packages import PACKAGES, Part, package_price, set_package
from .photos import add_photo, drop_photo, edit_photo, put_first
from .services import edit_rate, edit_service, make_rate, make_service, retire_service, room_rate, room_service
from .suppliers import edit_supplier, make_supplier, retire_supplier
from .taxes import drop_tourist_tax, drop_vat, edit_tourist_tax, make_tourist_tax, make_vat

__all__ = [
    "PACKAGES",
    "NotWaiting",
    "Part",
    "SamePerson",
    "add_photo",
    "approve_iban",
    "drop_group",
    "drop_photo",
    "drop_tourist_tax",
    "drop_vat",
    "edit_contact",
    "edit_contract",
    "edit_group",
    "edit_photo",
    "edit_rate",
    "edit_service",
    "edit_supplier",
    "edit_tourist_tax",
    "end_iban",
    "give_account",
    "is_used",
    "leave",
    "make_contact",
    "make_contract",
    "make_group",
    "make_rate",
    "make_service",
    "make_supplier",
    "make_tourist_tax",
    "make_vat",
    "package_price",
    "propose_iban",
    "put_first",
    "refuse_iban",
    "retire_contract",
    "retire_service",
    "retire_supplier",
    "room_rate",
    "room_service",
    "set_package",
]
