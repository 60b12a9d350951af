"""People with an account: who they are, what they may do, invited and sent away by administrators."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Concat, Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts.actions import (
    AlreadyKnown,
    LastAdministrator,
    deactivate_user,
    edit_profile,
    reactivate_user,
    set_bureau_roles,
    the_bureau,
    trace,
)
from pleniere.accounts.models import BureauRole, Role, User
from pleniere.accounts.queries import history_of, users_visible_to
from pleniere.accounts.rights import NotAllowed, require
from pleniere.catalogue.models import Contact
from pleniere.common import sheets
from pleniere.common.templatetags.shown import colon
from pleniere.congress.actions.people import invitation_token, invite, send_invitation, set_member_roles
from pleniere.congress.models import Member
from pleniere.messaging.outbox import stays_inside
from pleniere.web.tables import Column, Listing
from pleniere.web.templatetags.ui import pill

from ..door import acting, staff
from .forms import InvitationForm, MembershipForm, ProfileForm, RolesForm


def _attach(rows: list[User]) -> None:
    """Roles of a page of people, in three queries."""
    pks = [row.pk for row in rows]
    words = {role.value: str(role.label) for role in Role}
    over: dict[int, list[str]] = {pk: [] for pk in pks}
    for user, role in _bureau_roles(pks):
        over[user].append(words[role])
    within: dict[int, list[str]] = {pk: [] for pk in pks}
    for user, role, code in (
        Member.objects.filter(user__in=pks).order_by("congress__code").values_list("user", "role", "congress__code")
    ):
        within[user].append(f"{code}{colon()}{words[role]}")
    for user, name in Contact.objects.filter(user__in=pks, left_at=None).values_list("user", "supplier__name"):
        within[user].append(name)
    for row in rows:
        row.over, row.within = ", ".join(over[row.pk]), ", ".join(within[row.pk])  # type: ignore[attr-defined]


def _bureau_roles(pks: list[int]) -> QuerySet[Any]:
    return BureauRole.objects.filter(user__in=pks).order_by("role").values_list("user", "role")


def _state(row: User) -> str:
    if not row.is_active:
        return _("deactivated")
    return _("active") if row.last_login or row.has_usable_password() else _("invited")


def _state_pill(row: User) -> str:
    look = (
        ("cancelled", "cross") if not row.is_active else ("ready", "check") if row.has_usable_password() else ("waiting", "glass")
    )
    return pill(*look, _state(row))


COLUMNS = (
    Column(gettext_lazy("Name"), "name", sort="name", is_name=True, href=lambda row: reverse("office-person", args=[row.pk])),
    Column(gettext_lazy("E-mail"), "email", sort="email"),
    Column(gettext_lazy("Over the whole bureau"), "over"),
    Column(gettext_lazy("Elsewhere"), "within"),
    Column(gettext_lazy("State"), _state, shown=_state_pill),
    Column(gettext_lazy("Last seen"), "last_login", sheets.MOMENT, sort="last_login"),
)


@staff
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    require(request.user, "users.edit")
    rows = users_visible_to(request.user).annotate(search=Lower(Concat("name", Value(" "), "email", output_field=CharField())))  # type: ignore[arg-type]
    facts: dict[str, Any] = {"title": _("People"), "name": "people", "sort": "name", "attach": _attach}
    listing = Listing(request, rows, COLUMNS, **facts, struck=lambda row: not row.is_active)
    return listing.export() or render(request, "office/people/index.html", {"listing": listing})


@staff
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    require(request.user, "users.edit")
    form = InvitationForm(request.POST or None)
    if form.is_valid():
        facts = form.cleaned_data
        congress = {facts["congress"]: facts["congress_roles"]} if facts["congress"] else {}
        who: dict[str, Any] = {name: facts[name] for name in ("name", "language", "bureau_roles")}
        try:
            user = invite(facts["email"], **who, memberships=congress, **acting(request))
            messages.success(request, _("An invitation is on its way."))
            return redirect("office-person", user.pk)
        except AlreadyKnown:
            form.add_error("email", _("Somebody has this e-mail already: give them roles on their page."))
    return render(request, "office/people/invite.html", {"form": form}, status=422 if form.is_bound else 200)


@staff
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    form = ProfileForm(request.POST or None, initial={"name": user.name, "language": user.language})
    if form.is_valid():
        edit_profile(user, **form.cleaned_data, **acting(request))
        messages.success(request, _("Saved."))
        return redirect("office-person", pk)
    return _page(request, user, profile=form)


@staff
@require_POST
def roles(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    form = RolesForm(request.POST)
    if form.is_valid():
        try:
            set_bureau_roles(user, form.cleaned_data["roles"], **acting(request))
            messages.success(request, _("Saved."))
            return redirect("office-person", pk)
        except LastAdministrator:
            form.add_error("roles", _("The bureau would be left without an administrator."))
    return _page(request, user, over=form)


@staff
@require_POST
def membership(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    form = MembershipForm(request.POST)
    if form.is_valid():
        set_member_roles(form.cleaned_data["congress"], user, form.cleaned_data["roles"], **acting(request))
        messages.success(request, _("Saved."))
        return redirect("office-person", pk)
    return _page(request, user, within=form)


@staff
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Send away, call back, invite again, or show the invitation to who hands it over."""
    user = _user(request, pk)
    wanted = request.POST.get("act", "")
    if wanted == "link" and not user.has_usable_password():
        trace(**acting(request), verb="users.invitation_shown", subject=user)
        return _page(request, user, link=f"{settings.SITE_URL}/invitation/{invitation_token(user)}/")
    try:
        if wanted == "deactivate":
            deactivate_user(user, reason=request.POST.get("reason", "").replace("\x00", "")[:300], **acting(request))
        elif wanted == "reactivate":
            reactivate_user(user, **acting(request))
        elif wanted == "invite":
            send_invitation(user, **acting(request))
            messages.success(request, _("An invitation is on its way."))
    except LastAdministrator:
        messages.error(request, _("The bureau would be left without an administrator."))
    except NotAllowed:
        messages.error(request, _("Nobody sends themselves away."))
    return redirect("office-person", pk)


def _user(request: HttpRequest, pk: int) -> User:
    require(request.user, "users.edit")
    return get_object_or_404(users_visible_to(request.user), pk=pk)  # type: ignore[arg-type]


def _page(
    request: HttpRequest,
    user: User,
    *,
    profile: ProfileForm | None = None,
    over: RolesForm | None = None,
    within: MembershipForm | None = None,
    link: str = "",
) -> HttpResponse:
    refused = [form for form in (profile, over, within) if form is not None and form.is_bound]
    memberships: dict[Any, list[str]] = {}
    for member in Member.objects.filter(user=user).select_related("congress").order_by("-congress__starts", "role"):
        memberships.setdefault(member.congress, []).append(str(Role(member.role).label))
    facts = {
        "person": user,
        "profile": profile or ProfileForm(initial={"name": user.name, "language": user.language}),
        "over": over or RolesForm(initial={"roles": list(user.bureau_roles.values_list("role", flat=True))}),
        "within": within or MembershipForm(),
        "memberships": [(congress, ", ".join(names)) for congress, names in memberships.items()],
        "contacts": user.supplier_contacts.filter(left_at=None).select_related("supplier"),
        "is_invited": user.is_active and not user.has_usable_password(),
        "is_me": user.pk == request.user.pk,
        "state": _state_pill(user),
        "rows": history_of(user, limit=50),
        "link": link,
        "inside": stays_inside(the_bureau()),
    }
    return render(request, "office/people/person.html", facts, status=422 if refused else 200)
