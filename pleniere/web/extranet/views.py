"""The hotel's desk: one page per congress, reached by its link or its account. A GET opens, counts and changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts.models import Link, User
from pleniere.allotment import reading
from pleniere.allotment.actions import (
    AlreadyRetained,
    CannotPropose,
    CannotShare,
    NotUnderstood,
    Questions,
    TooLate,
    add_paper,
    ask_back,
    ask_more_time,
    decline,
    drop_paper,
    forward_link,
    fresh_link,
    mark_read,
    offer_rooms,
    save_draft,
    send_new_link,
    send_reply,
    stop_sales,
)
from pleniere.allotment.models import Invitation
from pleniere.allotment.queries import last_reply
from pleniere.booking.actions import acknowledge
from pleniere.catalogue.models import Contact
from pleniere.common import sheets
from pleniere.web.links import link_of
from pleniere.web.typed import number, pk_of, pks_of

from . import pages
from .forms import GiveForm, NightsForm, PaperForm, StopForm


class Door:
    """Who came, for which request, and where its pages are: by the link, or signed in."""

    def __init__(self, invitation: Invitation, by: Link | User, home: str, word: str | int):
        self.invitation, self.by, self.home, self.word = invitation, by, home, word

    def url(self, page: str = "") -> str:
        return reverse(f"{self.home}-{page}" if page else self.home, args=[self.word])


View = Callable[..., HttpResponse]


def by_link(view: View) -> Callable[..., HttpResponse]:
    """The holder of a live ANSWER link; an ended one is told why and whom to call."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
        link = link_of(token, Link.Purpose.ANSWER)
        rows = Invitation.objects.visible_to(link).select_related("request", "congress", "supplier")
        invitation = get_object_or_404(rows)
        if not link.is_live(timezone.now()):
            return _ended(request, invitation, link)
        response = view(request, Door(invitation, link, "extranet-answer", token), **more)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped


def _ended(request: HttpRequest, invitation: Invitation, link: Link) -> HttpResponse:
    """Why it no longer opens; a button sends the new one, if there is one, to the address the bureau knows."""
    at = timezone.now()
    sent = request.method == "POST" and request.POST.get("act") == "link" and send_new_link(invitation, by=link, at=at)
    page = {"invitation": invitation, "link": link, "sent": sent, "fresh": fresh_link(invitation, at=at)}
    return render(request, "extranet/ended.html", page, status=410)


def by_account(view: View) -> Callable[..., HttpResponse]:
    """A contact of the hotel, signed in; another hotel's request is a 404."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, pk: int, **more: Any) -> HttpResponse:
        assert isinstance(request.user, User)
        rows = pages.invitations_of(request.user).select_related("request", "congress", "supplier")
        return view(request, Door(get_object_or_404(rows, pk=pk), request.user, "extranet-request", pk), **more)

    return wrapped


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Every congress and request of the houses this person works for."""
    user = request.user
    assert isinstance(user, User)
    if not Contact.objects.filter(user=user, left_at=None).exists():
        raise PermissionDenied
    return render(request, "extranet/home.html", {"groups": pages.by_congress(user), "at": timezone.now()})


def _answer(request: HttpRequest, door: Door) -> HttpResponse:
    act = request.POST.get("act", "")
    acts = {"draft": _keep, "send": _send, "decline": _decline, "more": _more}
    if request.method == "POST":
        return (_copy if "copy" in request.POST else _decline if "because" in request.POST else acts.get(act, _keep))(
            request, door
        )
    if request.GET.get("export") == "answer":
        return pages.answer_paper(door.invitation, request.GET.get("version", ""))
    if request.GET.get("export") in sheets.FORMATS:
        return pages.rooming_list(door.invitation, request.GET["export"], only=request.GET.get("only", ""))
    return _page(request, door)


def _keep(request: HttpRequest, door: Door) -> HttpResponse:
    """The whole form as typed: what the button does where no script runs."""
    kept = save_draft(door.invitation, typed=request.POST.dict(), whole=True, by=door.by, at=timezone.now())
    messages.success(request, _saved(door, kept.saved_at))
    return redirect(door.url() + "?correct=1")


def _copy(request: HttpRequest, door: Door) -> HttpResponse:
    """A night as the night before, where no script runs; the draft is kept with it."""
    code, _colon, night = request.POST.get("copy", "")[:40].partition(":")
    typed = reading.as_the_night_before(request.POST.dict(), code, night)
    save_draft(door.invitation, typed=typed, whole=True, by=door.by, at=timezone.now())
    return redirect(f"{door.url()}?correct=1#n:{quote(code)}:{quote(night)}")


def _send(request: HttpRequest, door: Door) -> HttpResponse:
    """The draft first, so that nothing typed is lost; then the answer, or what is to correct in it."""
    typed, at, confirmed = request.POST.dict(), timezone.now(), "confirmed" in request.POST
    save_draft(door.invitation, typed=typed, whole=True, by=door.by, at=at)
    last = last_reply(door.invitation)
    newer = last if last and str(last.pk) != request.POST.get("seen", "") else None
    if newer and not confirmed:
        words = _("Another answer was sent meanwhile, by %(who)s. Yours will replace it.") % {"who": newer.by}
        return _page(request, door, typed=typed, questions=[words])
    try:
        send_reply(door.invitation, typed=typed, confirmed=confirmed, by=door.by, at=at)
    except TooLate:
        messages.warning(request, _("The deadline came while you were typing: your draft is kept."))
        return _page(request, door, status=409)
    except NotUnderstood as error:
        return _page(request, door, typed=typed, problems=error.problems)
    except Questions as error:
        return _page(request, door, typed=typed, questions=error.questions)
    messages.success(request, _("Your answer is sent. Thank you!"))
    return redirect(door.url())


def _decline(request: HttpRequest, door: Door) -> HttpResponse:
    reason = pages.REASONS.get(request.POST.get("because", ""), request.POST.get("reason", ""))
    try:
        decline(door.invitation, reason=str(reason), by=door.by, at=timezone.now())
        messages.success(request, _("It is noted. Thank you for telling us."))
    except TooLate:
        messages.warning(request, _("The deadline is past."))
    except AlreadyRetained:
        messages.warning(request, _("Rooms of your answer are retained: please call us."))
    return redirect(door.url())


def _more(request: HttpRequest, door: Door) -> HttpResponse:
    ask_more_time(door.invitation, by=door.by, at=timezone.now())
    messages.success(request, _("The bureau is told that you ask for more days."))
    return redirect(door.url())


def _page(
    request: HttpRequest,
    door: Door,
    *,
    typed: dict[str, Any] | None = None,
    problems: dict[str, str] | None = None,
    questions: list[str] | None = None,
    status: int = 0,
) -> HttpResponse:
    at = timezone.now()
    page = pages.page(door.invitation, at, correcting="correct" in request.GET, typed=typed, problems=problems)
    context = {
        **page,
        "door": door,
        "home": door.url(),
        "draft_url": door.url("draft"),
        "taken_url": door.url("taken"),
        "rooms_url": door.url("rooms"),
        "stays_url": door.url("stays") if any(each.row.line.start <= page["today"] for each in page["lines"]) else "",
    }
    context |= {"questions": questions or [], "problems": problems or {}, "at": at}
    return render(request, "extranet/answer.html", context, status=status or (422 if problems or questions else 200))


def _draft(request: HttpRequest, door: Door) -> HttpResponse:
    """One cell, or a few, as they are left: says when it was kept."""
    kept = save_draft(door.invitation, typed=request.POST.dict(), by=door.by, at=timezone.now())
    return JsonResponse({"saved": _saved(door, kept.saved_at)})


def _saved(door: Door, at: Any) -> str:
    return _("Draft saved at %(hour)s") % {"hour": f"{timezone.localtime(at, door.invitation.congress.zone):%H:%M}"}


def _taken(request: HttpRequest, door: Door) -> HttpResponse:
    """ "Taken into our system": one line (`line`) or `all` that are shown, each at the version that was read; numbers besides."""
    seen, numbers = _lines(request)
    at = timezone.now()
    late = acknowledge(door.invitation, seen, numbers=numbers, by=door.by, at=at)
    mark_read(door.invitation, by=door.by, at=at)
    if late:
        words = ngettext(
            "%(n)s line has changed since you opened the page: please read it again.",
            "%(n)s lines have changed since you opened the page: please read them again.",
            len(late),
        )
        messages.warning(request, words % {"n": len(late)})
    else:
        messages.success(request, _("Noted: taken into your system.") if seen else _("Your numbers are kept."))
    return redirect(door.url() + "#bookings")


def _rooms(request: HttpRequest, door: Door) -> HttpResponse:
    """Rooms on sale: more of them, some back, or no more sales tonight."""
    acts = {"give": _give, "back": _back, "stop": _stop}
    if request.method == "POST":
        return acts.get(request.POST.get("act", ""), _stop)(request, door)
    if paid := pk_of(request.GET.get("note", "")):
        return pages.note(door.invitation, paid)
    return _rooms_page(request, door)


def _give(request: HttpRequest, door: Door) -> HttpResponse:
    form = GiveForm(request.POST, **pages.on_sale(door.invitation))
    if form.is_valid():
        try:
            made = offer_rooms(door.invitation, **form.cleaned_data, by=door.by, at=timezone.now())
            live = made.state == made.State.ACCEPTED
            messages.success(request, _("They are on sale. Thank you!") if live else _("The bureau is asked, and answers you."))
            return redirect(door.url("rooms"))
        except CannotPropose as error:
            form.add_error(None, str(error))
    return _rooms_page(request, door, give=form)


def _back(request: HttpRequest, door: Door) -> HttpResponse:
    form = NightsForm(request.POST, **pages.on_sale(door.invitation))
    if form.is_valid():
        try:
            ask_back(door.invitation, **form.cleaned_data, by=door.by, at=timezone.now())
            messages.success(request, _("The bureau is asked, and answers you."))
            return redirect(door.url("rooms"))
        except CannotPropose as error:
            form.add_error(None, str(error))
    return _rooms_page(request, door, back=form)


def _stop(request: HttpRequest, door: Door) -> HttpResponse:
    """The night named, from now on: what is free of it is the hotel's again."""
    form = StopForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Which night?"))
        return redirect(door.url("rooms"))
    try:
        count = stop_sales(door.invitation, **form.cleaned_data, by=door.by, at=timezone.now())
        words = ngettext(
            "Sales are stopped: %(n)s room is yours again.", "Sales are stopped: %(n)s rooms are yours again.", count
        )
        messages.success(
            request, words % {"n": count} if count else _("Nothing was free that night: sales were at an end already.")
        )
    except CannotPropose as error:
        messages.error(request, str(error))
    return redirect(door.url("rooms"))


def _rooms_page(
    request: HttpRequest, door: Door, *, give: GiveForm | None = None, back: NightsForm | None = None
) -> HttpResponse:
    page = pages.rooms_page(door.invitation, timezone.now())
    context = {**page, "door": door, "home": door.url(), "rooms_url": door.url("rooms")}
    facts = pages.on_sale(door.invitation)
    context |= {"give": give or GiveForm(**facts), "back": back or NightsForm(**facts), "key": uuid.uuid4()}
    return render(request, "extranet/rooms.html", context, status=422 if give or back else 200)


def _papers(request: HttpRequest, door: Door) -> HttpResponse:
    """A contract or terms, added to the answer; or one taken back."""
    at = timezone.now()
    if "drop" in request.POST:
        drop_paper(door.invitation, pk_of(request.POST["drop"]) or 0, by=door.by, at=at)
        return redirect(door.url() + "#papers")
    form = PaperForm(request.POST, request.FILES)
    try:
        if form.is_valid():
            name, content = form.cleaned_data["file"]
            add_paper(door.invitation, name=name, content=content, by=door.by, at=at)
            messages.success(request, _("Kept with your answer; the bureau reads it."))
        else:
            messages.error(request, " ".join(map(str, form.errors["file"])))
    except CannotShare as error:
        messages.error(request, str(error))
    return redirect(door.url() + "#papers")


def _paper(request: HttpRequest, door: Door, file: int) -> HttpResponse:
    """A file of this hotel's own."""
    found = get_object_or_404(door.invitation.papers.select_related("file"), pk=file).file
    response = FileResponse(found.content.open("rb"), content_type=found.content_type, as_attachment=True, filename=found.name)
    response["X-Content-Type-Options"] = "nosniff"
    return response  # type: ignore[return-value]


def _colleagues(request: HttpRequest, door: Door) -> HttpResponse:
    """The page handed on to somebody else of the hotel, by a link of their own."""
    to = request.POST.get("to", "").replace("\0", "")[:254]
    try:
        forward_link(door.invitation, to=to, by=door.by, at=timezone.now())
        messages.success(request, _("A link of their own is on its way to %(to)s. The bureau sees it.") % {"to": to.strip()})
    except CannotShare as error:
        messages.error(request, str(error))
    return redirect(door.url() + "#colleagues")


def _lines(request: HttpRequest) -> tuple[dict[int, int], dict[int, str]]:
    """What is taken in (`seen:LINE` = the version read) and the hotel's numbers (`number:LINE`)."""
    versions: dict[int, int] = {}
    numbers: dict[int, str] = {}
    for name in request.POST:
        value = request.POST.get(name, "")
        what, _colon, pk = name.partition(":")
        line, version = pk_of(pk), number(value)
        if what == "seen" and line and version is not None:
            versions[line] = version
        elif what == "number" and line:
            numbers[line] = value[:200]
    one = request.POST.get("line", "")
    wanted = set(versions) if "all" in request.POST else set(pks_of([one]))
    return {pk: version for pk, version in versions.items() if pk in wanted}, numbers


# Its page is read on a phone at the reception: compressed (Django masks the token and varies the length against BREACH).
answer = gzip_page(by_link(require_http_methods(["GET", "HEAD", "POST"])(_answer)))
draft = by_link(require_POST(_draft))
taken = by_link(require_POST(_taken))
rooms = gzip_page(by_link(require_http_methods(["GET", "HEAD", "POST"])(_rooms)))
papers = by_link(require_POST(_papers))
paper = by_link(require_safe(_paper))
colleagues = by_link(require_POST(_colleagues))
request_papers = by_account(require_POST(_papers))
request_paper = by_account(require_safe(_paper))
request_colleagues = by_account(require_POST(_colleagues))
request_rooms = by_account(require_http_methods(["GET", "HEAD", "POST"])(_rooms))
request_answer = by_account(require_http_methods(["GET", "HEAD", "POST"])(_answer))
request_draft = by_account(require_POST(_draft))
request_taken = by_account(require_POST(_taken))
