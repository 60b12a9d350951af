"""Suppliers and what they offer: one file, used everywhere."""

from .groups import SupplierGroup
from .imports import ImportRow, SupplierImport
from .packages import Component
from .selling import Basis, Contract, Rate, Service, TouristTax, Vat, vat_percent
from .suppliers import BankAccount, Contact, Photo, Supplier, SupplierId, SupplierQuerySet, identity_of
from .terms import Clause, Terms

__all__ = [
    "BankAccount",
    "Basis",
    "Clause",
    "Component",
    "Contact",
    "Contract",
    "ImportRow",
    "Photo",
    "Rate",
    "Service",
    "Supplier",
    "SupplierGroup",
    "SupplierId",
    "SupplierImport",
    "SupplierQuerySet",
    "Terms",
    "TouristTax",
    "Vat",
    "identity_of",
    "vat_percent",
]
