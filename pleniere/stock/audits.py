"""Every counter, rebuilt from claims and grants."""

from pleniere.common.audits import check

from .queries import audit

check("stock: counters are what claims and grants say")(audit)
