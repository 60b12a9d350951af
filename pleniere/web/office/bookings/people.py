"""Who is in a booking: renamed, named, one more; and the comment on it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from pleniere.booking.actions import Outdated, PersonFacts, add_person, note, rename_person, say_audience
from pleniere.booking.models import Booking, Person
from pleniere.congress.models import Audience, Congress
from pleniere.congress.pricing import NotSold
from pleniere.web.forms import Form
from pleniere.web.typed import number

from ..door import StaffRequest
from .frame import frame, of_booking
from .words import told

NAMES = ("title", "first_name", "last_name", "institution", "email", "is_unnamed")


class NoteForm(Form):
    comment = forms.CharField(
        label=gettext_lazy("Comment"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )


class PersonForm(Form):
    """A person, or a place kept for one: then its institution is enough."""

    title = forms.ChoiceField(label=gettext_lazy("Title"), required=False, choices=Person.Title.choices)
    first_name = forms.CharField(label=gettext_lazy("First name"), required=False, max_length=80)
    last_name = forms.CharField(label=gettext_lazy("Last name"), required=False, max_length=80)
    institution = forms.CharField(label=gettext_lazy("Institution"), required=False, max_length=160)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    is_unnamed = forms.BooleanField(label=gettext_lazy("Not known yet: keep the place for the institution"), required=False)
    companion_of = forms.ChoiceField(label=gettext_lazy("Comes with"), required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=500)

    def __init__(self, *args: Any, delegates: list[Person] | None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.delegates = {str(person.pk): person for person in delegates or []}
        if delegates is None:
            del self.fields["companion_of"]
        else:
            choices = [("", _("nobody: a delegate")), *((pk, str(person)) for pk, person in self.delegates.items())]
            self.fields["companion_of"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if facts.get("is_unnamed") and not facts.get("institution"):
            self.add_error("institution", _("Say of which institution this person will be."))
        if not facts.get("is_unnamed") and not facts.get("last_name"):
            self.add_error("last_name", _("Give a name, or say that it is not known yet."))
        return facts

    def names(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in NAMES}


def save_note(request: StaffRequest, booking: Booking, form: NoteForm) -> HttpResponse | None:
    """Keep the comment; None when somebody was faster: the page says so and keeps what was typed."""
    try:
        note(booking, form.cleaned_data["comment"], seen=number(request.POST.get("seen", "")), by=request.user, at=timezone.now())
    except Outdated:
        form.add_error(
            None, _("Somebody changed this booking meanwhile: read what changed, then save again. What you typed is still here.")
        )
        return None
    messages.success(request, _("Saved."))
    return redirect("office-booking-general", booking.number)


@of_booking
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest, booking: Booking) -> HttpResponse:
    form = PersonForm(request.POST or None, delegates=list(booking.persons.filter(companion_of=None)))

    def act(seen: int | None) -> None:
        leans_on = form.delegates.get(form.cleaned_data["companion_of"])
        add_person(booking, PersonFacts(**form.names()), companion_of=leans_on, seen=seen, by=request.user, at=timezone.now())

    return _page(request, booking, form, act, title=_("One more person"))


@of_booking
@require_http_methods(["GET", "POST"])
def rename(request: StaffRequest, booking: Booking, pk: int) -> HttpResponse:
    person = get_object_or_404(booking.persons, pk=pk)
    form = PersonForm(request.POST or None, delegates=None, initial={name: getattr(person, name) for name in NAMES})

    def act(seen: int | None) -> None:
        facts = {"reason": form.cleaned_data["reason"], "seen": seen}
        rename_person(booking, person, **form.names(), **facts, by=request.user, at=timezone.now())

    return _page(request, booking, form, act, title=str(person))


class CategoryForm(Form):
    """What a person pays as, and whether an agent has seen it proved."""

    audience = forms.ModelChoiceField(label=gettext_lazy("Pays as"), queryset=Audience.objects.none())
    proved = forms.BooleanField(
        label=gettext_lazy("Proved: I have seen it, or I vouch for it"),
        required=False,
        help_text=gettext_lazy("Else they pay as what this category falls back to."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=500)

    def __init__(self, *args: Any, person: Person, congress: Congress, **kwargs: Any):
        super().__init__(*args, **kwargs)
        kind = Audience.Kind.COMPANION if person.companion_of_id else Audience.Kind.DELEGATE
        self.fields["audience"].queryset = congress.audiences.filter(kind=kind)  # type: ignore[attr-defined]


@of_booking
@require_http_methods(["GET", "POST"])
def category(request: StaffRequest, booking: Booking, pk: int) -> HttpResponse:
    """Whom a person pays as: what changes is priced anew, at the day it was ordered."""
    person = get_object_or_404(booking.persons, pk=pk)
    initial = {"audience": person.audience_id, "proved": person.is_proved}
    form = CategoryForm(request.POST or None, person=person, congress=booking.congress, initial=initial)

    def act(seen: int | None) -> None:
        said = form.cleaned_data
        facts: dict[str, Any] = {"proved": said["proved"], "reason": said["reason"], "seen": seen}
        moved = say_audience(booking, person, said["audience"], **facts, by=request.user, at=timezone.now())
        if moved:
            text = ngettext("%(n)d line is priced anew.", "%(n)d lines are priced anew.", len(moved))
            messages.info(request, text % {"n": len(moved)})

    return _page(request, booking, form, act, title=_("%(person)s: category") % {"person": person})


def _page(request: StaffRequest, booking: Booking, form: PersonForm | CategoryForm, act: Any, *, title: str) -> HttpResponse:
    context = frame(booking, "office-booking-general") | {"form": form, "title": title, "seen": booking.version}
    if form.is_valid():
        try:
            act(number(request.POST.get("seen", "")))
        except Outdated as error:
            context["theirs"] = [told(change, booking.congress) for change in error.changes]
        except NotSold as error:
            form.add_error("audience", str(error))  # whom there is no price for
        else:
            messages.success(request, _("Saved."))
            return redirect("office-booking-general", booking.number)
    return render(request, "office/bookings/person.html", context, status=422 if form.is_bound else 200)
