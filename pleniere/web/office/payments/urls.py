from django.urls import path

from . import bank, receipts, waiting

urlpatterns = [
    path("", receipts.index, name="office-payments"),
    path("new/", receipts.new, name="office-payment-new"),
    path("suspense/", waiting.suspense, name="office-payments-suspense"),
    path("suspense/<int:pk>/", waiting.match, name="office-payments-match"),
    path("announced/", waiting.announced, name="office-payments-announced"),
    path("options/", waiting.options, name="office-payments-options"),
    path("bank/", bank.remit, name="office-payments-bank"),
    path("bank/slips/<int:pk>.pdf", bank.slip, name="office-payments-slip"),
    path("refunds/", bank.refunds, name="office-payments-refunds"),
    path("<int:pk>/", receipts.receipt, name="office-payment"),
    path("<int:pk>/undo/", receipts.undo, name="office-payment-undo"),
]
