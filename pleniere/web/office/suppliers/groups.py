"""Groups of suppliers, asked together: their names, who is in them."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from pleniere.accounts.queries import history_of
from pleniere.accounts.rights import can
from pleniere.catalogue.actions import drop_group, edit_group, make_group
from pleniere.catalogue.models import Supplier, SupplierGroup
from pleniere.web.forms import Form, add_errors

from ..door import StaffRequest, staff


class GroupForm(Form):
    """A name, and the codes of who is in it: one a line, or with commas."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    suppliers = forms.CharField(
        label=gettext_lazy("Codes of its suppliers"),
        help_text=gettext_lazy("one a line, or with commas; what follows a code on its line after a dash is not read"),
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 12}),
    )

    def clean_suppliers(self) -> list[int]:
        """The suppliers of these codes. One that nobody bears is said."""
        lines = self.cleaned_data["suppliers"].replace("\0", "").splitlines()
        typed = [word.strip() for line in lines for word in re.split(r"[,;]", re.split(r"\s[–—-]\s", line)[0])]
        codes = list(dict.fromkeys(code.upper() for code in typed if code))
        found = {
            code.upper(): pk for code, pk in Supplier.objects.filter(code__in=self._spelled(codes)).values_list("code", "pk")
        }
        if unknown := [code for code in codes if code not in found]:
            raise ValidationError(_("Nobody has these codes: %(codes)s.") % {"codes": ", ".join(c[:32] for c in unknown[:8])})
        return [found[code] for code in codes]

    def _spelled(self, codes: list[str]) -> list[str]:
        """As they stand in the file, whatever their capitals."""
        wanted = set(codes)
        return [code for code in Supplier.objects.values_list("code", flat=True) if code.upper() in wanted]

    @staticmethod
    def of(group: SupplierGroup) -> dict[str, Any]:
        rows = group.suppliers.order_by("name", "code")
        return {"name": group.name, "suppliers": "\n".join(f"{row.code} – {row.name}" for row in rows)}


@staff
@require_http_methods(["GET", "POST"])
def index(request: StaffRequest) -> HttpResponse:
    """The groups, and a form for one more."""
    form = GroupForm(request.POST or None)
    if form.is_valid():
        try:
            make_group(form.cleaned_data["name"], form.cleaned_data["suppliers"], by=request.user, at=timezone.now())
            messages.success(request, _("Saved."))
            return redirect("office-supplier-groups")
        except ValidationError as error:
            add_errors(form, error)
    groups = SupplierGroup.objects.annotate(count=Count("suppliers"))
    page = {"form": form, "groups": groups, "may_edit": can(request.user, "catalogue.edit")}
    return render(request, "office/suppliers/groups.html", page, status=422 if form.is_bound else 200)


@staff
@require_http_methods(["GET", "POST"])
def group(request: StaffRequest, pk: int) -> HttpResponse:
    """One group: renamed, its suppliers changed, thrown away; what happened to it."""
    row = get_object_or_404(SupplierGroup, pk=pk)
    form = GroupForm(request.POST or None, initial=GroupForm.of(row))
    if "drop" in request.POST:
        drop_group(row, by=request.user, at=timezone.now())
        messages.success(request, _("The group is thrown away; its suppliers stay."))
        return redirect("office-supplier-groups")
    if form.is_valid():
        try:
            edit_group(row, **form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, _("Saved."))
            return redirect("office-supplier-groups")
        except ValidationError as error:
            add_errors(form, error)
    page = {"form": form, "group": row, "history": history_of(row)[:20], "may_edit": can(request.user, "catalogue.edit")}
    return render(request, "office/suppliers/group.html", page, status=422 if form.is_bound else 200)
