"""A buyer's own booking, by its signed link; "I already have a booking"; what one payer owes."""

from django.urls import URLPattern, URLResolver, path

from . import draws, pay, subblock, views, waiting

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.find, name="client-find"),
    path("pay/<str:token>/", pay.pay, name="client-pay"),
    path("pay/<str:token>/paper.pdf", pay.paper, name="client-payer-paper"),
    path("pay/<str:token>/numbers/", pay.numbers, name="client-payer-numbers"),
    path("pay/<str:token>/invoices/<int:pk>.pdf", pay.invoice, name="client-payer-invoice"),
    path("rooms/<str:token>/", subblock.page, name="client-sub-block"),
    path("rooms/<str:token>/guests/<int:pk>/", subblock.drop, name="client-sub-block-guest"),
    path("<str:token>/", views.booking, name="client-booking"),
    path("<str:token>/confirmation.pdf", views.confirmation, name="client-confirmation"),
    path("<str:token>/calendar.ics", views.calendar, name="client-calendar"),
    path("<str:token>/names/<int:pk>/", views.name, name="client-name"),
    path("<str:token>/invoices/<int:pk>.pdf", views.invoice, name="client-invoice"),
    path("<str:token>/payers/<int:pk>/", views.payer, name="client-payer"),
    path("<str:token>/wish/", views.wish, name="client-wish"),
    path("<str:token>/draws/", draws.index, name="client-draws"),
    path("<str:token>/draws/<int:draw>/", draws.draw, name="client-draw"),
    path("<str:token>/draws/<int:draw>/leave/", draws.leave, name="client-draw-leave"),
    path("<str:token>/waiting/", waiting.waiting, name="client-waiting"),
    path("<str:token>/waiting/<str:key>/answer/", waiting.reply, name="client-waiting-answer"),
    path("<str:token>/waiting/<int:pk>/leave/", waiting.leave, name="client-waiting-leave"),
]
