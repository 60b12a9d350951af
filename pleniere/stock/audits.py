"""Every counter, rebuilt from claims and grants."""

from django.utils.translation import gettext_noop

from pleniere.common.audits import check

from .queries import audit

check(gettext_noop("stock: counters are what claims and grants say"))(audit)
