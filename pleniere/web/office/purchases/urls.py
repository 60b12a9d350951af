from django.urls import path

from . import views

urlpatterns = [  # under /office/congresses/<code>/purchases/
    path("", views.index, name="office-purchases"),
    path("deposits/", views.deposits, name="office-purchase-deposits"),
    path("<int:pk>/", views.purchase, name="office-purchase"),
]
