from django.urls import path

from . import acting, files, refunds, views

urlpatterns = [
    path("<str:code>/payouts/", views.selection, name="office-payouts"),
    path("<str:code>/payouts/suppliers/<int:pk>/", views.supplier, name="office-payout-supplier"),
    path("<str:code>/payouts/suppliers/<int:pk>/deposits/<int:due>/", views.deposit, name="office-payout-deposit"),
    path("<str:code>/payouts/tax/", views.tax, name="office-payout-tax"),
    path("<str:code>/payouts/made/", views.made, name="office-payouts-made"),
    path("<str:code>/payouts/made/<int:pk>/", acting.payout, name="office-payout"),
    path("<str:code>/payouts/made/<int:pk>/note/", acting.note, name="office-payout-note"),
    path("<str:code>/payouts/made/<int:pk>/note.pdf", acting.note_file, name="office-payout-note-pdf"),
    path("<str:code>/payouts/made/<int:pk>/letter.pdf", acting.letter, name="office-payout-letter"),
    path("<str:code>/payouts/file/", files.new, name="office-payout-file-new"),
    path("<str:code>/payouts/files/<int:pk>/", files.file, name="office-payout-file"),
    path("<str:code>/payouts/files/<int:pk>/download/", files.download, name="office-payout-file-download"),
    path("<str:code>/payouts/refunds/<int:pk>/", refunds.refund, name="office-payout-refund"),
    path("<str:code>/payouts/back/<int:pk>/", refunds.back, name="office-payout-back"),
]
