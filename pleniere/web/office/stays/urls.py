from django.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="office-stays"),
    path("<int:pk>/", views.hotel, name="office-stays-hotel"),
]
