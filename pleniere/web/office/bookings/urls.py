from django.urls import path

from . import cart, index, lines, money, payers, people, reviving, sheet, telling

of_congress = [  # under /office/congresses/<code>/bookings/
    path("", index.index, name="office-bookings"),
    path("new/", cart.new, name="office-booking-new"),
    path("carts/<int:pk>/", cart.cart, name="office-cart"),
    path("carts/<int:pk>/lines/", cart.take, name="office-cart-take"),
    path("carts/<int:pk>/order/", cart.order, name="office-cart-order"),
]

urlpatterns = [  # under /office/bookings/
    path("<str:number>/", sheet.content, name="office-booking"),
    path("<str:number>/general/", sheet.general, name="office-booking-general"),
    path("<str:number>/payments/", sheet.payments, name="office-booking-payments"),
    path("<str:number>/changes/", sheet.changes, name="office-booking-changes"),
    path("<str:number>/mails/", sheet.mails, name="office-booking-mails"),
    path("<str:number>/suppliers/", sheet.suppliers, name="office-booking-suppliers"),
    path("<str:number>/confirmation.pdf", sheet.confirmation, name="office-booking-confirmation"),
    path("<str:number>/confirmation/", telling.update, name="office-booking-update"),
    path("<str:number>/questions/<int:pk>/", telling.question, name="office-booking-question"),
    path("<str:number>/revival/", reviving.revival, name="office-booking-revival"),
    path("<str:number>/lines/new/", lines.new, name="office-line-new"),
    path("<str:number>/lines/<int:pk>/", lines.change, name="office-line"),
    path("<str:number>/cancellations/", lines.cancel, name="office-booking-cancel"),
    path("<str:number>/people/new/", people.new, name="office-booking-person-new"),
    path("<str:number>/people/<int:pk>/", people.rename, name="office-booking-person"),
    path("<str:number>/people/<int:pk>/category/", people.category, name="office-booking-person-category"),
    path("<str:number>/payers/", payers.division, name="office-booking-payers"),
    path("<str:number>/payers/new/", payers.new, name="office-booking-payer-new"),
    path("<str:number>/payers/<int:pk>/mail/", payers.mail, name="office-booking-payer-mail"),
    path("<str:number>/payers/<int:pk>/paper.pdf", payers.paper, name="office-booking-payer-paper"),
    path("<str:number>/receipts/", money.receive, name="office-booking-receive"),
    path("<str:number>/orders/", money.sign, name="office-booking-sign"),
    path("<str:number>/options/", money.options, name="office-booking-options"),
]
