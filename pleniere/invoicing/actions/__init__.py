"""Documents are issued and credited here, nowhere else: number, chain and entry in one transaction."""

from ..parties import NoHouse
from .billing import Billed, issue_deposit_invoice, issue_invoices
from .commissions import AlreadyInvoiced, NotACommission, issue_commission_invoice, override_commission
from .crediting import NothingToCredit, credit, credit_struck, open_lines, readdress
from .staying import agree_stay

__all__ = [
    "AlreadyInvoiced",
    "Billed",
    "NoHouse",
    "NotACommission",
    "NothingToCredit",
    "agree_stay",
    "credit",
    "credit_struck",
    "issue_commission_invoice",
    "issue_deposit_invoice",
    "issue_invoices",
    "open_lines",
    "override_commission",
    "readdress",
]
