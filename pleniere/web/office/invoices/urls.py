from django.urls import path

from . import views

of_booking = [  # under /office/bookings/
    path("<str:number>/documents/", views.booking, name="office-booking-documents"),
]

urlpatterns = [  # under /office/invoices/
    path("", views.index, name="office-invoices"),
    path("queue/", views.queue, name="office-invoices-queue"),
    path("commissions/", views.commissions, name="office-commissions"),
    path("<int:pk>/", views.invoice, name="office-invoice"),
    path("<int:pk>/document.pdf", views.document, name="office-invoice-pdf"),
    path("<int:pk>/credits/", views.credits, name="office-invoice-credit"),
    path("<int:pk>/addressee/", views.addressee, name="office-invoice-addressee"),
    path("charges/<int:pk>/commission/", views.commission, name="office-commission"),
]
