"""The office's addresses: each noun keeps its own."""

from django.urls import include, path

from .bookings import urls as bookings
from .invoices import urls as invoices

urlpatterns = [
    path("settings/", include("pleniere.web.office.settings.urls")),
    path("clients/", include("pleniere.web.office.clients.urls")),
    path("people/", include("pleniere.web.office.people.urls")),
    path("mails/", include("pleniere.web.office.mails.urls")),
    path("suppliers/", include("pleniere.web.office.suppliers.urls")),
    path("", include("pleniere.web.office.today.urls")),
    path("me/", include("pleniere.web.office.me.urls")),
    path("payments/", include("pleniere.web.office.payments.urls")),
    path("search/", include("pleniere.web.office.search.urls")),
    path("bookings/", include(bookings.urlpatterns)),
    path("bookings/", include(invoices.of_booking)),
    path("congresses/<str:code>/bookings/", include(bookings.of_congress)),
    path("invoices/", include(invoices.urlpatterns)),
    path("books/", include("pleniere.web.office.books.urls")),
    path("enquiries/", include("pleniere.web.office.enquiries.urls")),
    path("congresses/", include("pleniere.web.office.congresses.urls")),
    path("", include("pleniere.web.office.quotes.urls")),
    path("congresses/<str:code>/purchases/", include("pleniere.web.office.purchases.urls")),
    path("congresses/<str:code>/waiting/", include("pleniere.web.office.waiting.urls")),
    path("congresses/<str:code>/draws/", include("pleniere.web.office.draws.urls")),
    path("congresses/<str:code>/stays/", include("pleniere.web.office.stays.urls")),
    path("congresses/<str:code>/account/", include("pleniere.web.office.account.urls")),
    path("congresses/", include("pleniere.web.office.lists.urls")),
    path("congresses/", include("pleniere.web.office.payouts.urls")),
    path("congresses/", include("pleniere.web.office.requests.urls")),
    path("congresses/", include("pleniere.web.office.planning.urls")),
    path("congresses/", include("pleniere.web.office.subblocks.urls")),
]
